import Glibc

/// A blocking client that sends exactly the bytes it is told to.
final class RawClient {
    /// One answer as it came.
    struct Answer: Equatable {
        var status: Int
        var headers: [String: String]
        var body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }
    }

    /// What a client cannot go on after.
    enum Failure: Error, Equatable {
        case system(call: String, code: Int32)
        case ended
        case malformed(String)
    }

    private let descriptor: Int32
    private var buffer: [UInt8] = []

    /// Connects to `port` on 127.0.0.1.
    init(port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let code = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try check(code, "connect")
        try limitWaiting()
    }

    /// Connects to the Unix socket at `path`, however long that is.
    init(path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        let slash = path.lastIndex(of: "/") ?? path.startIndex
        let directory = open(String(path[..<slash]), O_RDONLY | O_DIRECTORY)
        defer { close(directory) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let reachable = Array("/proc/self/fd/\(directory)\(path[slash...])".utf8)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: reachable) }
        let code = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try check(code, "connect")
        try limitWaiting()
    }

    deinit { close(descriptor) }

    private func limitWaiting() throws {
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        try check(setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size), "setsockopt")
        try check(setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size), "setsockopt")
    }

    private func check(_ code: Int32, _ call: String) throws {
        guard code == 0 else { throw Failure.system(call: call, code: errno) }
    }

    /// Sends all of `text`.
    func send(_ text: String) throws { try outgoing.send(Array(text.utf8)) }

    /// Sends all of `bytes`.
    func send(_ bytes: [UInt8]) throws { try outgoing.send(bytes) }

    /// The sending side, for another thread.
    var outgoing: Outgoing { Outgoing(descriptor: descriptor) }

    /// Sends on a client's socket, which must outlive it.
    struct Outgoing: Sendable {
        fileprivate let descriptor: Int32

        /// Sends all of `bytes`.
        func send(_ bytes: [UInt8]) throws {
            var sent = 0
            while sent < bytes.count {
                let count = bytes.withUnsafeBytes { buffer in
                    Glibc.send(
                        descriptor,
                        buffer.baseAddress.map { $0 + sent },
                        bytes.count - sent,
                        Int32(MSG_NOSIGNAL)
                    )
                }
                guard count > 0 else { throw Failure.system(call: "send", code: errno) }
                sent += count
            }
        }
    }

    /// Says that nothing more will be sent.
    func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Keeps the kernel from taking more than a little before it is read.
    func narrowReceiving() {
        var size: Int32 = 2048
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, 4)
    }

    /// Makes the close of this socket a reset.
    func resetOnClose() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }

    /// The next answer; `head` when it answers a HEAD.
    func answer(head isHead: Bool = false) throws -> Answer {
        let end = Array("\r\n\r\n".utf8)
        var headEnd = Self.find(end, in: buffer)
        while headEnd == nil {
            try fill()
            headEnd = Self.find(end, in: buffer)
        }
        let size = (headEnd ?? 0) + 4
        let lines = String(decoding: buffer.prefix(size), as: UTF8.self).split(separator: "\r\n")
        buffer.removeFirst(size)
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count >= 2, let status = Int(words[1]) else { throw Failure.malformed(lines.joined()) }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let colon = line.firstIndex(of: ":") ?? line.endIndex
            headers[line[..<colon].lowercased()] = String(line[colon...].dropFirst(2))
        }
        let length = isHead || status < 200 ? 0 : Int(headers["content-length"] ?? "0") ?? 0
        while buffer.count < length { try fill() }
        let body = Array(buffer.prefix(length))
        buffer.removeFirst(length)
        return Answer(status: status, headers: headers, body: body)
    }

    /// Whether the server closes without sending more, waiting for it; true for a reset too.
    func isClosed() -> Bool { buffer.isEmpty && endsAfterRest() && buffer.isEmpty }

    /// Whether the server closes, whatever it sends before, waiting for it; true for a reset too.
    func endsAfterRest() -> Bool {
        do {
            while true { try fill() }
        } catch Failure.ended {
            return true
        } catch {
            return error as? Failure == .system(call: "recv", code: ECONNRESET)
        }
    }

    private func fill() throws {
        var chunk = [UInt8](repeating: 0, count: 64 * 1024)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        guard count >= 0 else { throw Failure.system(call: "recv", code: errno) }
        guard count > 0 else { throw Failure.ended }
        buffer.append(contentsOf: chunk.prefix(count))
    }

    private static func find(_ needle: [UInt8], in bytes: [UInt8]) -> Int? {
        guard bytes.count >= needle.count else { return nil }
        return (0...bytes.count - needle.count).first { bytes[$0..<$0 + needle.count].elementsEqual(needle) }
    }
}
