import RelayWire

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Where tailscaled answers on this machine, and how it is asked: its LocalAPI, version 0.
///
/// On Linux, and by Homebrew, that is a Unix socket. Tailscale's own build for macOS has a port on loopback instead, and
/// a token in a file, both found in its directory (tailscale.com's source, `safesocket`).
struct LocalAPI: Sendable {
    /// Why there is no answer.
    enum Failure: Error, Equatable, CustomStringConvertible {
        /// There is no tailscaled at this path.
        case absent(String)
        /// It does not answer as it must, or not in time.
        case unusable(String)

        var description: String {
            switch self {
            case .absent(let path): "there is no tailscaled at \(path)"
            case .unusable(let why): "tailscaled does not answer: \(why)"
            }
        }
    }

    /// The status and the body of an answer.
    struct Answer: Equatable {
        let status: Int
        let body: [UInt8]
    }

    /// The socket, or the directory of the macOS build.
    let path: String
    /// An answer that takes longer is none.
    let patience: Duration
    private static let largest = 1 << 20

    init(at path: String, patience: Duration = .seconds(2)) {
        self.path = path
        self.patience = patience
    }

    /// Where tailscaled is unless the role file says otherwise.
    static var usualPath: String {
        #if canImport(Darwin)
            ["/var/run/tailscaled.socket", "/Library/Tailscale"].first { access($0, F_OK) == 0 }
                ?? "/var/run/tailscaled.socket"
        #else
            "/var/run/tailscale/tailscaled.sock"
        #endif
    }

    /// Asks for `target` and waits for the answer; blocks.
    func get(_ target: String) throws(Failure) -> Answer {
        let deadline = ContinuousClock.now + patience
        let (socket, token) = try connected()
        defer { close(socket) }
        // HTTP/1.0, so that the answer comes in one piece and ends with the connection.
        let authorization = token.map { "Authorization: Basic \(Base64.encoded(Array(":\($0)".utf8)))\r\n" }
        let request = "GET \(target) HTTP/1.0\r\nHost: local-tailscaled.sock\r\n\(authorization ?? "")\r\n"
        try send(Array(request.utf8), to: socket, until: deadline)
        return try Self.answer(in: try receive(from: socket, until: deadline))
    }

    // MARK: The connection

    private func connected() throws(Failure) -> (socket: Int32, token: String?) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            guard errno == ENOENT else { throw unusable("open") }
            throw .absent(path)
        }
        guard status.st_mode & S_IFMT == S_IFDIR else { return (try connect(AF_UNIX, unixAddress()), nil) }
        // Tailscale keeps the port as the target of a link, and the token in a file that carries it in its name.
        var target = [CChar](repeating: 0, count: 16)
        let count = readlink("\(path)/ipnport", &target, target.count - 1)
        let text = String(decoding: target.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard let port = UInt16(text) else { throw .unusable("\(path)/ipnport names no port") }
        let tokenPath = "\(path)/sameuserproof-\(port)"
        let bytes: [UInt8]
        do throws(ConfigurationError) {
            bytes = try ConfigurationFiles.bytes(at: tokenPath)
        } catch {
            throw .unusable("\(tokenPath) cannot be read")
        }
        let token = String(decoding: bytes.filter { $0 > 0x20 }, as: UTF8.self)
        return (try connect(AF_INET, Self.loopback(port)), token)
    }

    private func unixAddress() throws(Failure) -> [UInt8] {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        let isShort = withUnsafeMutableBytes(of: &address.sun_path) { room in
            guard bytes.count < room.count else { return false }
            room.copyBytes(from: bytes)
            return true
        }
        guard isShort else { throw .unusable("the path \(path) is too long for a socket") }
        return withUnsafeBytes(of: &address) { Array($0) }
    }

    private static func loopback(_ port: UInt16) -> [UInt8] {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafeBytes(of: &address) { Array($0) }
    }

    private func connect(_ family: Int32, _ address: [UInt8]) throws(Failure) -> Int32 {
        #if canImport(Darwin)
            let kind = SOCK_STREAM
        #else
            let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        #endif
        let socket = socket(family, kind, 0)
        guard socket >= 0 else { throw unusable("socket") }
        let status = address.withUnsafeBytes { bytes -> Int32 in
            guard let start = bytes.bindMemory(to: sockaddr.self).baseAddress else { return -1 }
            #if canImport(Darwin)
                return Darwin.connect(socket, start, socklen_t(bytes.count))
            #else
                return Glibc.connect(socket, start, socklen_t(bytes.count))
            #endif
        }
        guard status == 0 else {
            let failure = unusable("connect")
            close(socket)
            throw failure
        }
        return socket
    }

    // MARK: The exchange

    private func send(_ bytes: [UInt8], to socket: Int32, until deadline: ContinuousClock.Instant)
        throws(Failure)
    {
        var sent = 0
        while sent < bytes.count {
            try wait(for: Int16(POLLOUT), of: socket, until: deadline)
            #if canImport(Darwin)
                let flags: Int32 = 0
            #else
                let flags = Int32(MSG_NOSIGNAL)
            #endif
            let count = bytes[sent...].withUnsafeBytes {
                #if canImport(Darwin)
                    Darwin.send(socket, $0.baseAddress, $0.count, flags)
                #else
                    Glibc.send(socket, $0.baseAddress, $0.count, flags)
                #endif
            }
            guard count > 0 else { throw unusable("send") }
            sent += count
        }
    }

    private func receive(
        from socket: Int32,
        until deadline: ContinuousClock.Instant
    ) throws(Failure) -> [UInt8] {
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 14)
        while true {
            try wait(for: Int16(POLLIN), of: socket, until: deadline)
            let count = recv(socket, &buffer, buffer.count, 0)
            guard count >= 0 else { throw unusable("receive") }
            guard count > 0 else { return received }
            received += buffer[..<count]
            guard received.count <= Self.largest else { throw .unusable("more than \(Self.largest) bytes") }
        }
    }

    private func wait(
        for event: Int16,
        of socket: Int32,
        until deadline: ContinuousClock.Instant
    ) throws(Failure) {
        while true {
            let left = (deadline - .now).components
            let milliseconds = left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000
            guard milliseconds > 0 else { throw .unusable("not within \(patience)") }
            var watched = pollfd(fd: socket, events: event, revents: 0)
            let count = poll(&watched, 1, Int32(clamping: milliseconds))
            if count > 0 { return }
            guard count == 0 || errno == EINTR else { throw unusable("poll") }
        }
    }

    private func unusable(_ during: String) -> Failure {
        .unusable("\(during): \(String(cString: strerror(errno)))")
    }

    /// Reads a whole answer; one that is cut short is none.
    static func answer(in bytes: [UInt8]) throws(Failure) -> Answer {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else {
            throw .unusable("no HTTP answer")
        }
        let body = Array(bytes[end.upperBound...])
        let head = bytes[..<end.lowerBound].split(separator: UInt8(ascii: "\n")).map {
            String(decoding: $0.filter { $0 != 0x0D }, as: UTF8.self)
        }
        let first = head.first?.split(separator: " ") ?? []
        guard first.count > 1, first[0].hasPrefix("HTTP/1."), let status = Int(first[1]) else {
            throw .unusable("no HTTP answer")
        }
        let name = "content-length:"
        for line in head.dropFirst() where line.lowercased().hasPrefix(name) {
            guard Int(line.dropFirst(name.count).filter { $0 != " " }) == body.count else {
                throw .unusable("the answer is cut short")
            }
        }
        return Answer(status: status, body: body)
    }
}
