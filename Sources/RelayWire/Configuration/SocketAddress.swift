#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A numeric address and a port in their one usual form: `100.64.0.2:18101` or `[fd7a:115c:a1e0::1]:18101`.
package struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
    /// The numeric address, without brackets.
    package let host: String
    /// The port, from 1.
    package let port: UInt16

    /// A numeric address, as the system writes it, with a port.
    package init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// Fails unless `text` is what `description` gives for some address.
    package init?(_ text: String) {
        let bytes = text.utf8
        guard let colon = bytes.lastIndex(of: 0x3A),
            let port = UInt16(text[bytes.index(after: colon)...]), port > 0
        else { return nil }
        let written = text[..<colon]
        let isBracketed = written.utf8.first == 0x5B && written.utf8.last == 0x5D
        self.host = String(isBracketed ? written.dropFirst().dropLast() : written)
        self.port = port
        guard Self.isNumeric(host, family: isBracketed ? AF_INET6 : AF_INET),
            description.utf8.elementsEqual(bytes)
        else { return nil }
    }

    /// Whether `host` is an address as the system itself writes it, since callers are looked up by that text.
    private static func isNumeric(_ host: String, family: Int32) -> Bool {
        var address = in6_addr()
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_pton(family, host, &address) == 1,
            let written = inet_ntop(family, &address, &text, socklen_t(text.count))
        else { return false }
        return String(cString: written).utf8.elementsEqual(host.utf8)
    }

    package var description: String { host.utf8.contains(0x3A) ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
