package import RelayWire

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Which address of this machine `"listen": "tailnet:PORT"` means.
package enum TailnetAddress {
    /// An address of the machine and the interface that has it.
    package struct Candidate: Hashable, Sendable {
        /// The interface's name.
        package let interface: String
        /// The numeric address, as the system writes it.
        package let host: String

        package init(interface: String, host: String) {
            self.interface = interface
            self.host = host
        }
    }

    /// The one address among `candidates` at which a node listens.
    ///
    /// A machine usually has one address of each family in its tailnet; the family is that of the fleet's
    /// entry. Of two in one family nobody could say which is meant, so they refuse the start, as does one
    /// that the fleet does not know: the other nodes would look for this one elsewhere.
    ///
    /// - Parameters:
    ///   - candidates: the addresses of the machine.
    ///   - interface: the interface that the role file names.
    ///   - fleet: where the fleet says the node is.
    /// - Returns: the numeric address, which is the fleet's.
    /// - Throws: `BusError.configuration`, in words.
    package static func choose(
        from candidates: [Candidate],
        on interface: String,
        fleet: SocketAddress
    ) throws(BusError) -> String {
        let ours = Set(candidates).filter { $0.interface == interface && TailnetRanges.isTailnet($0.host) }
        guard !ours.isEmpty else {
            let known = Set(candidates.map(\.interface)).sorted().joined(separator: ", ")
            throw .configuration(
                "listen: the interface \(interface) has no address in the tailnet (100.64.0.0/10, fd7a:115c:a1e0::/48); is the tailnet up, and is \"interface\" right? This machine has \(known)."
            )
        }
        let hosts = ours.map(\.host).sorted()
        let sameFamily = hosts.filter { isIPv6($0) == isIPv6(fleet.host) }
        guard sameFamily.count <= 1 else {
            throw .configuration(
                "listen: the interface \(interface) has \(sameFamily.count) addresses in the tailnet, \(sameFamily.joined(separator: " and ")); write the one that is meant with its port instead of tailnet:PORT."
            )
        }
        guard sameFamily == [fleet.host] else {
            throw .configuration(
                "listen: the interface \(interface) has \(hosts.joined(separator: " and ")) in the tailnet, but the fleet says that this node is at \(fleet.host); correct nodes.<node>.address in the fleet at every node."
            )
        }
        return fleet.host
    }

    private static func isIPv6(_ host: String) -> Bool { host.utf8.contains(UInt8(ascii: ":")) }

    /// The addresses of this machine's interfaces that are up.
    static func ofThisMachine() throws(BusError) -> [Candidate] {
        var first: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&first) == 0 else {
            throw .system(
                "the interfaces of this machine cannot be listed: \(String(cString: strerror(errno)))"
            )
        }
        defer { freeifaddrs(first) }
        var candidates: [Candidate] = []
        var next = first
        while let entry = next?.pointee {
            next = entry.ifa_next
            let isUp = UInt32(entry.ifa_flags) & UInt32(IFF_UP) != 0
            guard isUp, let address = entry.ifa_addr, let host = numeric(address) else { continue }
            candidates.append(Candidate(interface: String(cString: entry.ifa_name), host: host))
        }
        return candidates
    }

    private static func numeric(_ address: UnsafeMutablePointer<sockaddr>) -> String? {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let raw = UnsafeRawPointer(address)
        let written: Bool
        switch Int32(address.pointee.sa_family) {
        case AF_INET:
            var host = raw.loadUnaligned(as: sockaddr_in.self).sin_addr
            written = inet_ntop(AF_INET, &host, &text, socklen_t(text.count)) != nil
        case AF_INET6:
            var host = raw.loadUnaligned(as: sockaddr_in6.self).sin6_addr
            written = inet_ntop(AF_INET6, &host, &text, socklen_t(text.count)) != nil
        default: return nil
        }
        let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return written ? String(decoding: bytes, as: UTF8.self) : nil
    }
}
