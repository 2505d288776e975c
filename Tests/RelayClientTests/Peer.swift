#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What the tiny server read of one request.
struct ReceivedRequest: Sendable {
    let lines: [String]
    let body: [UInt8]

    /// The values of the header of that name, in lower case.
    func values(_ name: String) -> [String] {
        lines.dropFirst().filter { $0.lowercased().hasPrefix(name + ":") }.map { line in
            String(line.drop { $0 != ":" }.dropFirst().drop { $0 == " " })
        }
    }
}

/// The server's side of one connection.
struct Peer: Sendable {
    let descriptor: Int32

    /// Reads up to the empty line, byte by byte; `nil` at the end of the connection.
    func readHead() -> [String]? {
        var head: [UInt8] = []
        var byte: UInt8 = 0
        while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            guard recv(descriptor, &byte, 1, 0) == 1 else { return nil }
            head.append(byte)
        }
        let lines = head.dropLast(4).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        return lines.map { line in
            String(decoding: line.last == UInt8(ascii: "\r") ? line.dropLast() : line, as: UTF8.self)
        }
    }

    /// Reads head and body; asks for the body when the client waits for that.
    func readRequest() -> ReceivedRequest? {
        guard let lines = readHead() else { return nil }
        let head = ReceivedRequest(lines: lines, body: [])
        let length = head.values("content-length").first.flatMap { Int($0) } ?? 0
        if head.values("expect") == ["100-continue"] { write("HTTP/1.1 100 Continue\r\n\r\n") }
        var body = [UInt8](repeating: 0, count: length)
        var filled = 0
        while filled < length {
            let count = body.withUnsafeMutableBytes {
                recv(descriptor, $0.baseAddress?.advanced(by: filled), length - filled, 0)
            }
            guard count > 0 else { return nil }
            filled += count
        }
        return ReceivedRequest(lines: lines, body: body)
    }

    /// Sends all of `bytes`, or as many as the other side takes.
    func write(_ bytes: [UInt8]) {
        #if canImport(Glibc)
            let flags = Int32(MSG_NOSIGNAL)
        #else
            let flags = Int32(0)
        #endif
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                send(descriptor, $0.baseAddress?.advanced(by: sent), bytes.count - sent, flags)
            }
            guard count > 0 else { return }
            sent += count
        }
    }

    func write(_ text: String) { write(Array(text.utf8)) }

    /// A response with a length.
    func answer(_ status: String, _ body: [UInt8] = [], headers: [String] = []) {
        let lines = ["HTTP/1.1 \(status)", "Content-Length: \(body.count)"] + headers + ["", ""]
        write(Array(lines.joined(separator: "\r\n").utf8) + body)
    }

    func answer(_ status: String, _ body: String) { answer(status, Array(body.utf8)) }

    /// Returns when the other side has closed.
    func waitForEnd() {
        var room = [UInt8](repeating: 0, count: 65536)
        while recv(descriptor, &room, room.count, 0) > 0 {}
    }

    /// The address of the other side.
    var remoteAddress: String {
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(descriptor, $0, &size) }
        }
        let number = UInt32(bigEndian: address.sin_addr.s_addr)
        return [24, 16, 8, 0].map { String(number >> $0 & 255) }.joined(separator: ".")
    }
}
