import CMicroHTTPD

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Who is at the other end of a connection, as the kernel tells it; never from a header.
package enum Peer: Sendable, Equatable {
    /// A numeric address; an IPv4 address mapped into IPv6 is shown as IPv4.
    case tcp(address: String, port: UInt16)
    /// The process that connected to the Unix socket, as it was when it connected.
    case local(pid: Int32, uid: UInt32, gid: UInt32)
}

extension Peer {
    /// The peer of the accepted socket `descriptor`, or `nil` when the kernel does not say.
    init?(of descriptor: Int32, address: UnsafePointer<sockaddr>?) {
        guard let address else { return nil }
        switch Int32(address.pointee.sa_family) {
        case AF_INET:
            self.init(ipv4: UnsafeRawPointer(address).loadUnaligned(as: sockaddr_in.self))
        case AF_INET6:
            self.init(ipv6: UnsafeRawPointer(address).loadUnaligned(as: sockaddr_in6.self))
        case AF_UNIX:
            self.init(credentialsOf: descriptor)
        default:
            return nil
        }
    }

    private init?(ipv4 socket: sockaddr_in) {
        var host = socket.sin_addr
        guard let text = Self.text(family: AF_INET, address: &host) else { return nil }
        self = .tcp(address: text, port: UInt16(bigEndian: socket.sin_port))
    }

    private init?(ipv6 socket: sockaddr_in6) {
        var host = socket.sin6_addr
        let bytes = withUnsafeBytes(of: host) { [UInt8]($0) }
        let port = UInt16(bigEndian: socket.sin6_port)
        let mapping: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
        if bytes.starts(with: mapping) {
            let octets = bytes.suffix(4).map { String($0) }
            self = .tcp(address: octets.joined(separator: "."), port: port)
            return
        }
        guard let text = Self.text(family: AF_INET6, address: &host) else { return nil }
        self = .tcp(address: text, port: port)
    }

    #if os(Linux)
        private init?(credentialsOf descriptor: Int32) {
            var (pid, uid, gid) = (Int32(0), UInt32(0), UInt32(0))
            guard relay_peer_credentials(descriptor, &pid, &uid, &gid) == 0 else { return nil }
            self = .local(pid: pid, uid: uid, gid: gid)
        }
    #else
        private init?(credentialsOf descriptor: Int32) {
            var uid = uid_t.max
            var gid = gid_t.max
            var pid = pid_t(0)
            var size = socklen_t(MemoryLayout<pid_t>.size)
            guard getpeereid(descriptor, &uid, &gid) == 0,
                getsockopt(descriptor, SOL_LOCAL, LOCAL_PEERPID, &pid, &size) == 0
            else { return nil }
            self = .local(pid: pid, uid: uid, gid: gid)
        }
    #endif

    private static func text(family: Int32, address: UnsafeRawPointer) -> String? {
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let written = buffer.withUnsafeMutableBufferPointer {
            inet_ntop(family, address, $0.baseAddress, socklen_t($0.count)) != nil
        }
        guard written else { return nil }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
