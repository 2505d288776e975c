#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Finds the one file of a form (`multipart/form-data`, RFC 7578 in the framing of RFC 2046), piece by piece.
///
/// Own code, as libmicrohttpd's post processor cannot be strict: it passes over what stands before the first boundary
/// and behind the last one, takes parts of any number and nesting and headers of any kind, cuts names at a NUL, and
/// tells a truncated form only when it is destroyed. It also wants the connection, which belongs to the loop, while
/// this one runs on the pool beside the file that it feeds.
///
/// Refused beyond the RFCs' own rules, since no client sends it for a file: a preamble, an epilogue, blanks behind a
/// boundary, and all but one part.
struct MultipartReader {
    private enum Phase { case opening, head, content, delimited, closed }

    private var phase = Phase.opening
    /// What has come and is not yet understood.
    private var held: [UInt8] = []
    /// What the form says of its file, once that has come.
    private(set) var head: MultipartHead?
    private let opening: [UInt8]
    private let delimiter: [UInt8]
    private static let lineBreak: [UInt8] = [0x0D, 0x0A]

    /// A reader of the form that `contentType` announces.
    init(contentType: ParameterizedValue) throws(MultipartFault) {
        guard contentType.parameters.count == 1, let boundary = contentType["boundary"],
            (1...70).contains(boundary.utf8.count), boundary.utf8.allSatisfy(Self.isBoundary),
            !boundary.hasSuffix(" ")
        else { throw .boundary }
        let dashed = Array("--\(boundary)".utf8)
        opening = dashed + Self.lineBreak
        delimiter = Self.lineBreak + dashed
    }

    /// Takes the next bytes of the body and returns those of the file among them.
    mutating func take(_ piece: [UInt8]) throws(MultipartFault) -> [UInt8] {
        held += piece
        var content: [UInt8] = []
        while try step(&content) {}
        return content
    }

    /// Ends the body, which must be complete.
    func finish() throws(MultipartFault) {
        guard phase == .closed else { throw .truncated }
        guard held.isEmpty || held == Self.lineBreak else { throw .afterEnd }
    }

    /// Does what `held` allows; false when that is nothing more.
    private mutating func step(_ content: inout [UInt8]) throws(MultipartFault) -> Bool {
        switch phase {
        case .opening:
            guard opening.starts(with: held.prefix(opening.count)) else { throw .opening }
            guard held.count >= opening.count else { return false }
            held.removeFirst(opening.count)
            phase = .head
            return true
        case .head: return try readHead()
        case .content: return readContent(into: &content)
        case .delimited:
            guard held.count >= 2 else { return false }
            guard !held.starts(with: Self.lineBreak) else { throw .secondPart }
            guard held.starts(with: "--".utf8) else { throw .afterBoundary }
            held.removeFirst(2)
            phase = .closed
            return true
        case .closed:
            guard Self.lineBreak.starts(with: held.prefix(2)), held.count <= 2 else { throw .afterEnd }
            return false
        }
    }

    private mutating func readHead() throws(MultipartFault) -> Bool {
        let end = Self.lineBreak + Self.lineBreak
        // A part without any header has only the empty line.
        guard !held.starts(with: Self.lineBreak) else { throw .disposition }
        let limit = MultipartHead.limit
        let window = held.prefix(limit + end.count)
        guard let index = window.indices.first(where: { window[$0...].starts(with: end) }) else {
            guard held.count < limit + end.count else { throw .headTooLarge(limit: limit) }
            return false
        }
        head = try MultipartHead(held[..<index])
        held.removeFirst(index + end.count)
        phase = .content
        return true
    }

    /// Moves the file's bytes to `content`, all but those at the end that may be the beginning of the delimiter.
    private mutating func readContent(into content: inout [UInt8]) -> Bool {
        let end = delimiterStart
        content += held[..<end]
        held.removeFirst(end)
        guard held.count >= delimiter.count else { return false }
        held.removeFirst(delimiter.count)
        phase = .delimited
        return true
    }

    /// Where the delimiter, or as much of it as is here, begins; the end when it does not.
    private var delimiterStart: Int {
        held.withUnsafeBytes { bytes in
            var start = 0
            while start < bytes.count, let base = bytes.baseAddress,
                let found = memchr(base + start, 0x0D, bytes.count - start)
            {
                start = UnsafeRawPointer(found) - base
                if delimiter.starts(with: bytes[start...].prefix(delimiter.count)) { return start }
                start += 1
            }
            return bytes.count
        }
    }

    private static func isBoundary(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "'()+_,-./:=? ".utf8.contains(byte)
        }
    }
}
