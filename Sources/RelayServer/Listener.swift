#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A listening socket and the names it is reached by; the server it is given to closes it.
package struct Listener: Sendable {
    /// The socket, bound and listening.
    package let descriptor: Int32
    /// What `Host` may say, in lower case; a port may follow.
    package let hosts: Set<String>

    /// A listener over a socket that somebody else bound and set to listen.
    package init(descriptor: Int32, hosts: Set<String>) {
        self.descriptor = descriptor
        self.hosts = Set(hosts.map { $0.lowercased() })
    }

    /// The TCP port, or 0 for a Unix socket.
    package var port: UInt16 {
        withAddress { address, family in
            switch family {
            case AF_INET: UInt16(bigEndian: address.loadUnaligned(as: sockaddr_in.self).sin_port)
            case AF_INET6: UInt16(bigEndian: address.loadUnaligned(as: sockaddr_in6.self).sin6_port)
            default: 0
            }
        }
    }

    /// Whether it is a Unix socket.
    var isLocal: Bool { withAddress { $1 == AF_UNIX } }

    private func withAddress<Result>(_ body: (UnsafeRawPointer, Int32) -> Result) -> Result {
        var address = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let known = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) == 0 }
        }
        let family = known ? Int32(address.ss_family) : AF_UNSPEC
        return withUnsafePointer(to: &address) { body(UnsafeRawPointer($0), family) }
    }
}

extension Listener {
    /// Listens on `port` of the numeric `address`; port 0 lets the kernel choose, see `port`.
    ///
    /// An IPv6 wildcard takes IPv4 too.
    package static func tcp(
        address: String,
        port: UInt16,
        hosts: Set<String>
    ) throws(ServerError) -> Listener {
        var hints = addrinfo()
        hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE
        #if canImport(Glibc)
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        #else
            hints.ai_socktype = SOCK_STREAM
        #endif
        var found: UnsafeMutablePointer<addrinfo>?
        guard !address.isEmpty, getaddrinfo(address, String(port), &hints, &found) == 0, let found else {
            throw .notAnAddress(address)
        }
        defer { freeaddrinfo(found) }
        let subject = "\(address) port \(port)"
        let socket = try Socket(family: found.pointee.ai_family, subject: subject)
        try socket.set(SOL_SOCKET, SO_REUSEADDR, 1)
        if found.pointee.ai_family == AF_INET6 {
            try socket.set(Int32(IPPROTO_IPV6), IPV6_V6ONLY, 0)
        }
        try socket.bind(found.pointee.ai_addr, found.pointee.ai_addrlen)
        try socket.listen()
        return Listener(descriptor: socket.release(), hosts: hosts)
    }
}

/// A stream socket on its way to become a listener; closed when dropped before `release`.
struct Socket: ~Copyable {
    private var descriptor: Int32
    private let subject: String

    /// A socket that is closed on exec and does not block.
    init(family: Int32, subject: String) throws(ServerError) {
        self.subject = subject
        #if canImport(Glibc)
            let kind = Int32(SOCK_STREAM.rawValue)
        #else
            let kind = SOCK_STREAM
        #endif
        descriptor = socket(family, kind, 0)
        guard descriptor >= 0 else { throw .system(call: "socket", subject: subject, code: errno) }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)  // cannot fail on a fresh descriptor
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)  // cannot fail on a fresh descriptor
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Sets an option that is an `int`.
    func set(_ level: Int32, _ option: Int32, _ value: Int32) throws(ServerError) {
        var value = value
        let size = socklen_t(MemoryLayout<Int32>.size)
        guard setsockopt(descriptor, level, option, &value, size) == 0 else {
            throw .system(call: "setsockopt", subject: subject, code: errno)
        }
    }

    /// Gives the socket its address.
    func bind(_ address: UnsafePointer<sockaddr>, _ size: socklen_t) throws(ServerError) {
        guard systemBind(descriptor, address, size) == 0 else {
            throw .system(call: "bind", subject: subject, code: errno)
        }
    }

    /// Takes connections from here on, as many waiting as the system allows.
    func listen() throws(ServerError) {
        guard systemListen(descriptor, SOMAXCONN) == 0 else {
            throw .system(call: "listen", subject: subject, code: errno)
        }
    }

    /// Whether somebody takes connections at `address`.
    func reaches(_ address: UnsafePointer<sockaddr>, _ size: socklen_t) -> Bool {
        // A full queue of a living listener is EAGAIN, a dead socket ECONNREFUSED.
        connect(descriptor, address, size) == 0 || errno == EAGAIN || errno == EINPROGRESS
    }

    /// Hands the descriptor to the caller, who closes it.
    consuming func release() -> Int32 {
        let released = descriptor
        descriptor = -1
        return released
    }
}

// Inside `Socket` the names of the system calls are taken by its own methods.
private func systemBind(_ descriptor: Int32, _ address: UnsafePointer<sockaddr>, _ size: socklen_t) -> Int32 {
    bind(descriptor, address, size)
}
private func systemListen(_ descriptor: Int32, _ backlog: Int32) -> Int32 { listen(descriptor, backlog) }
