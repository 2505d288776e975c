#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif
import CCurl

/// What curl's callbacks read and fill during one transfer.
///
/// Lives from before the first callback until curl has let go of its pointer.
final class Exchange {
    /// The most bytes of headers that are accepted, interim responses included.
    static let maximumHeaderBytes = 64 << 10

    private let source: RequestBody
    private let limit: Int
    private var sent = 0
    private var headerBytes = 0
    private(set) var status = 0
    private(set) var headers: [(name: String, value: String)] = []
    private(set) var body: [UInt8] = []

    /// The empty line after the headers of the final response was seen.
    private(set) var headersAreComplete = false

    /// Why a callback stopped the transfer.
    private(set) var fault: Fault?

    enum Fault {
        case responseTooLarge(limit: Int)
        case headersTooLarge
        case unreadableBody(String)
    }

    init(_ request: ClientRequest) {
        source = request.body
        limit = request.maximumResponseBytes
    }

    /// All that `Content-Length` promises is here.
    var isComplete: Bool {
        guard headersAreComplete else { return false }
        return headers.contains { $0.name == "content-length" && $0.value == String(body.count) }
    }

    /// Takes one header line; false stops the transfer.
    func receive(header line: UnsafeRawBufferPointer) -> Bool {
        headerBytes += line.count
        guard headerBytes <= Self.maximumHeaderBytes else {
            fault = .headersTooLarge
            return false
        }
        let text = line.prefix { $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: "\n") }
        if text.starts(with: "HTTP/".utf8), !headersAreComplete {
            headers = []
            status = Self.status(of: text)
        } else if text.isEmpty {
            headersAreComplete = status >= 200
        } else if !headersAreComplete {
            append(text)
        }
        return true
    }

    /// The number after the first space.
    private static func status(of line: Slice<UnsafeRawBufferPointer>) -> Int {
        let digits = line.drop { $0 != UInt8(ascii: " ") }.dropFirst().prefix(3)
        return digits.reduce(0) { $0 * 10 + Int($1) - Int(UInt8(ascii: "0")) }
    }

    private func append(_ line: Slice<UnsafeRawBufferPointer>) {
        let isBlank = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        // A continuation line or one without a colon is no header of ours.
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), let first = line.first, !isBlank(first)
        else {
            return
        }
        let name = String(decoding: line[..<colon], as: UTF8.self).lowercased()
        var value = line[(colon + 1)...].drop(while: isBlank)
        while let last = value.last, isBlank(last) { value.removeLast() }
        headers.append((name, String(decoding: value, as: UTF8.self)))
    }

    /// Takes a piece of the body; false stops the transfer.
    func receive(body piece: UnsafeRawBufferPointer) -> Bool {
        guard piece.count <= limit - body.count else {
            fault = .responseTooLarge(limit: limit)
            return false
        }
        body.append(contentsOf: piece)
        return true
    }

    /// Puts the next piece of the request's body into `room`; `nil` stops the transfer, 0 is the end.
    func fill(_ room: UnsafeMutableRawBufferPointer) -> Int? {
        let size = Int(min(source.size - Int64(sent), Int64(room.count)))
        guard size > 0 else { return 0 }
        switch source {
        case .none:
            return 0
        case .bytes(let bytes, _):
            room.copyBytes(from: bytes[sent..<(sent + size)])
            sent += size
            return size
        case .file(let descriptor, _, _):
            let count = Self.read(descriptor, into: room, size, at: sent)
            guard count > 0 else {
                let reason = count == 0 ? "it ends after \(sent) bytes" : String(cString: strerror(errno))
                fault = .unreadableBody(reason)
                return nil
            }
            sent += count
            return count
        }
    }

    private static func read(
        _ descriptor: Int32,
        into room: UnsafeMutableRawBufferPointer,
        _ size: Int,
        at offset: Int
    ) -> Int {
        while true {
            let count = pread(descriptor, room.baseAddress, size, off_t(offset))
            guard count < 0, errno == EINTR else { return count }
        }
    }
}

/// The exchange behind a callback's context.
private func exchange(_ context: UnsafeMutableRawPointer?) -> Exchange? {
    context.map { Unmanaged<Exchange>.fromOpaque($0).takeUnretainedValue() }
}

/// curl's header callback, <https://curl.se/libcurl/c/CURLOPT_HEADERFUNCTION.html>.
func receiveHeader(
    _ start: UnsafeMutablePointer<CChar>?,
    _ size: Int,
    _ count: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int {
    let line = UnsafeRawBufferPointer(start: start, count: size * count)
    // Any other number than that of the bytes given ends the transfer.
    return exchange(context)?.receive(header: line) == true ? line.count : line.count + 1
}

/// curl's write callback, <https://curl.se/libcurl/c/CURLOPT_WRITEFUNCTION.html>.
func receiveBody(
    _ start: UnsafeMutablePointer<CChar>?,
    _ size: Int,
    _ count: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int {
    let piece = UnsafeRawBufferPointer(start: start, count: size * count)
    return exchange(context)?.receive(body: piece) == true ? piece.count : piece.count + 1
}

/// curl's read callback, <https://curl.se/libcurl/c/CURLOPT_READFUNCTION.html>.
func provideBody(
    _ start: UnsafeMutablePointer<CChar>?,
    _ size: Int,
    _ count: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int {
    let room = UnsafeMutableRawBufferPointer(start: start, count: size * count)
    return exchange(context)?.fill(room) ?? Int(CURL_READFUNC_ABORT)
}
