import CMicroHTTPD

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A request target where the library keeps it, with its address to compare others with.
struct RawTarget {
    let bytes: [UInt8]
    private let start: UInt

    init(_ text: UnsafePointer<CChar>) {
        let length = strlen(text)
        bytes = [UInt8](UnsafeRawBufferPointer(start: text, count: length))
        start = UInt(bitPattern: text)
    }

    /// Whether `method`, one separator, the target, one separator and `version` lie side by side.
    ///
    /// The library cuts the request line in place, so anything else between them was a NUL or a blank that a C
    /// string cannot show.
    func lies(between method: UnsafePointer<CChar>, and version: UnsafePointer<CChar>) -> Bool {
        UInt(bitPattern: method) + UInt(strlen(method)) + 1 == start
            && start + UInt(bytes.count) + 1 == UInt(bitPattern: version)
    }
}

extension RawHead {
    /// Copies the head of the request on `connection` out of the library's buffer.
    init(
        of connection: OpaquePointer,
        target: RawTarget,
        method: UnsafePointer<CChar>,
        version: UnsafePointer<CChar>
    ) {
        self.method = [UInt8](UnsafeRawBufferPointer(start: method, count: strlen(method)))
        self.target = target.bytes
        bytes = relay_mhd_head_bytes(connection)
        let start = UnsafeRawPointer(method)
        var collector = HeaderCollector(
            lineEnd: UnsafeRawPointer(version) + strlen(version),
            headEnd: start + bytes
        )
        let count = withUnsafeMutablePointer(to: &collector) {
            MHD_get_connection_values_n(connection, .HEADER_KIND, collectHeader, $0)
        }
        headers = collector.headers
        isClean =
            target.lies(between: method, and: version) && Int(count) == headers.count
            && collector.endsCleanly()
    }
}

/// Copies headers and checks that the bytes between them are nothing but the separators.
///
/// Names and values lie in the library's read buffer in the order they were sent; it writes NULs over the colons
/// and line ends. A NUL that the peer sent, a bare CR or LF or a folded line leaves other bytes there.
private struct HeaderCollector {
    var headers: [(name: [UInt8], value: [UInt8])] = []
    private var lineEnd: UnsafeRawPointer
    private let headEnd: UnsafeRawPointer
    private var isClean = true

    init(lineEnd: UnsafeRawPointer, headEnd: UnsafeRawPointer) {
        self.lineEnd = lineEnd
        self.headEnd = headEnd
    }

    mutating func add(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
        headers.append(([UInt8](name), [UInt8](value)))
        guard isClean, let nameStart = name.baseAddress else {
            isClean = false
            return
        }
        let nameEnd = nameStart + name.count
        isClean = isLineEnd(upTo: nameStart, lines: 1)
        // A value that is absent altogether has no place of its own: it ends with the colon.
        let valueStart = value.baseAddress ?? nameEnd + 1
        guard isClean, valueStart > nameEnd, valueStart <= headEnd else {
            isClean = false
            return
        }
        let colon = nameEnd.load(as: UInt8.self)
        isClean = (colon == 0 || colon == 0x3A) && Self.isBlank(nameEnd + 1, valueStart)
        lineEnd = valueStart + value.count
    }

    /// Whether the last line and the empty line are all that follows.
    func endsCleanly() -> Bool { isClean && isLineEnd(upTo: headEnd, lines: 2) }

    private func isLineEnd(upTo next: UnsafeRawPointer, lines: Int) -> Bool {
        let breaks = next - 2 * lines
        guard breaks >= lineEnd, next <= headEnd, Self.isBlank(lineEnd, breaks) else { return false }
        return (0..<2 * lines).allSatisfy { offset in
            let byte = (breaks + offset).load(as: UInt8.self)
            return byte == 0 || byte == (offset % 2 == 0 ? 0x0D : 0x0A)
        }
    }

    private static func isBlank(_ start: UnsafeRawPointer, _ end: UnsafeRawPointer) -> Bool {
        UnsafeRawBufferPointer(start: start, count: end - start).allSatisfy { $0 == 0x20 || $0 == 0x09 }
    }
}

/// Called by the library for each header in turn.
private func collectHeader(
    context: UnsafeMutableRawPointer?,
    kind: MHD_ValueKind,
    name: UnsafePointer<CChar>?,
    nameSize: Int,
    value: UnsafePointer<CChar>?,
    valueSize: Int
) -> MHD_Result {
    guard let collector = context?.assumingMemoryBound(to: HeaderCollector.self) else { return .NO }
    collector.pointee.add(
        name: UnsafeRawBufferPointer(start: name, count: nameSize),
        value: UnsafeRawBufferPointer(start: value, count: valueSize)
    )
    return .YES
}
