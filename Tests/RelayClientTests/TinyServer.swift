import RelayClient

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Set before the first request: every test also proves that the proxies of the environment are ignored.
private let hostileEnvironment: Bool = {
    for name in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
        setenv(name, "http://127.0.0.1:1", 1)
    }
    return true
}()

/// A server of canned bytes: a thread that accepts and one thread per connection.
final class TinyServer: Sendable {
    let destination: Destination
    private let listener: Int32

    /// Listens on a free port of 127.0.0.1, or at `path`, and calls `talk` once per connection.
    init(at path: String? = nil, _ talk: @escaping @Sendable (Peer) -> Void) {
        precondition(hostileEnvironment)
        #if canImport(Glibc)
            let stream = Int32(SOCK_STREAM.rawValue)
        #else
            let stream = SOCK_STREAM
        #endif
        let listener = socket(path == nil ? AF_INET : AF_UNIX, stream, 0)
        precondition(listener >= 0, "no socket")
        if let path {
            bindUnix(listener, path)
            destination = .unix(path: path)
        } else {
            destination = .tcp(host: "127.0.0.1", port: bindLoopback(listener))
        }
        precondition(listen(listener, 64) == 0, "cannot listen")
        self.listener = listener
        inThread {
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                inThread {
                    talk(Peer(descriptor: connection))
                    close(connection)
                }
            }
        }
    }

    deinit {
        // Ends the accepting thread; the descriptor itself stays, so that no other gets its number.
        shutdown(listener, Int32(SHUT_RDWR))
    }

    /// The same address, reached from `local`.
    func destination(from local: String) -> Destination {
        guard case .tcp(let host, let port, _) = destination else { return destination }
        return .tcp(host: host, port: port, localAddress: local)
    }
}

/// A port of 127.0.0.1 on which nobody listens.
func deadPort() -> UInt16 {
    #if canImport(Glibc)
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #else
        let descriptor = socket(AF_INET, SOCK_STREAM, 0)
    #endif
    // Bound but not listening for the life of the process, so that nobody else gets the port.
    return bindLoopback(descriptor)
}

private func bindLoopback(_ descriptor: Int32) -> UInt16 {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
        }
    }
    precondition(bound, "cannot bind")
    return UInt16(bigEndian: address.sin_port)
}

/// Binds by the last part of the path from inside its directory's descriptor, so that any length works.
private func bindUnix(_ descriptor: Int32, _ path: String) {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    var short = path
    if path.utf8.count > 100, let slash = path.lastIndex(of: "/") {
        let directory = open(String(path[..<slash]), O_RDONLY | O_DIRECTORY)
        precondition(directory >= 0, "no directory")
        short = "/proc/self/fd/\(directory)\(path[slash...])"
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: short.utf8) }
    let bound = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
    }
    precondition(bound == 0, "cannot bind \(path)")
}

private final class Work: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

/// Runs `body` in a thread of its own.
func inThread(_ body: @escaping @Sendable () -> Void) {
    let context = Unmanaged.passRetained(Work(body)).toOpaque()
    #if canImport(Glibc)
        var thread = pthread_t()
        let code = pthread_create(&thread, nil, runWork, context)
        precondition(code == 0, "no thread")
        pthread_detach(thread)
    #else
        var thread: pthread_t?
        let code = pthread_create(&thread, nil, { runWork($0) }, context)
        precondition(code == 0, "no thread")
        if let thread { pthread_detach(thread) }
    #endif
}

private func runWork(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let context { Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body() }
    return nil
}
