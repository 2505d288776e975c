#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Where a node listens, as its role file says.
package enum ListenAddress: Hashable, Sendable, CustomStringConvertible {
    /// At this port of the machine's own address in the tailnet, looked up at start.
    case tailnet(port: UInt16)
    /// At this address of the tailnet or of loopback.
    case fixed(SocketAddress)

    /// What may be written, for messages.
    package static let rule =
        "tailnet:PORT, or a numeric address with its port in the tailnet (100.64.0.0/10, fd7a:115c:a1e0::/48) or on loopback; a node listens on no other"

    /// Fails for any other address: there is no switch that opens a node to more than its tailnet.
    package init?(_ text: String) {
        let prefix = "tailnet:"
        if text.utf8.starts(with: prefix.utf8) {
            let digits = text.utf8.dropFirst(prefix.utf8.count)
            guard let port = UInt16(Substring(digits)), port > 0, String(port).utf8.elementsEqual(digits)
            else { return nil }
            self = .tailnet(port: port)
        } else {
            guard let address = SocketAddress(text), TailnetRanges.allow(address.host) else { return nil }
            self = .fixed(address)
        }
    }

    /// The port.
    package var port: UInt16 {
        switch self {
        case .tailnet(let port): port
        case .fixed(let address): address.port
        }
    }

    package var description: String {
        switch self {
        case .tailnet(let port): "tailnet:\(port)"
        case .fixed(let address): address.description
        }
    }
}

/// The addresses that nodes have: those of the tailnet, and loopback for rehearsals.
package enum TailnetRanges {
    /// Whether a node may have the numeric address `host`.
    package static func allow(_ host: String) -> Bool { isLoopback(host) || isTailnet(host) }

    /// 127.0.0.0/8 and ::1.
    package static func isLoopback(_ host: String) -> Bool { host == "::1" || octets(of: host)?[0] == 127 }

    /// 100.64.0.0/10 and fd7a:115c:a1e0::/48 (tailscale.com/kb/1015/100.x-addresses).
    package static func isTailnet(_ host: String) -> Bool {
        if let octets = octets(of: host) { return octets[0] == 100 && octets[1] & 0xC0 == 64 }
        var address = in6_addr()
        guard inet_pton(AF_INET6, host, &address) == 1 else { return false }
        return withUnsafeBytes(of: &address) { $0.starts(with: [0xFD, 0x7A, 0x11, 0x5C, 0xA1, 0xE0]) }
    }

    private static func octets(of host: String) -> [UInt8]? {
        var address = in_addr()
        guard inet_pton(AF_INET, host, &address) == 1 else { return nil }
        return withUnsafeBytes(of: &address) { Array($0) }
    }
}
