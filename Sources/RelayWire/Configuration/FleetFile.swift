package import RelayCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// `fleet.json`: which nodes there are, where, and the route that jobs take by default.
package struct FleetFile: Hashable, Sendable, WireReadable {
    /// One node of the fleet.
    package struct Node: Hashable, Sendable, WireReadable {
        /// Where it listens.
        package let address: SocketAddress
        /// What it does; also the name of its stage.
        package let role: StageName
        /// Its public keys, at most two.
        package let keys: [Key]

        package init(from fields: inout Fields) throws(WireError) {
            address = try fields.value("address", "an address such as 100.64.0.2:18101") {
                $0.stringValue.flatMap(SocketAddress.init)
            }
            role = try fields.name("role")
            keys = try fields.objects("keys", atMost: 2)
        }
    }

    /// One public key of a node.
    package struct Key: Hashable, Sendable, WireReadable {
        /// The 32 raw bytes of the Ed25519 key.
        package let bytes: [UInt8]
        /// A statement counts when its time is before this; `nil` for no end.
        package let until: UnixMilliseconds?

        package init(from fields: inout Fields) throws(WireError) {
            bytes = try fields.value("key", "\"ed25519:\" and 32 bytes in base64") { json in
                guard let text = json.stringValue, text.utf8.starts(with: "ed25519:".utf8),
                    let bytes = Base64.decoded(String(Substring(text.utf8.dropFirst(8)))), bytes.count == 32
                else { return nil }
                return bytes
            }
            until = try fields.optional("until") { (fields, name) throws(WireError) in try fields.moment(name)
            }
        }
    }

    /// The nodes by name.
    package let nodes: [NodeName: Node]
    /// The route of jobs that name none.
    package let route: Route

    package init(from fields: inout Fields) throws(WireError) {
        try fields.version()
        var nodes: [NodeName: Node] = [:]
        for member in try fields.entries("nodes") {
            guard let name = NodeName(rawValue: member.name) else {
                throw fields.error("nodes", "\(member.name): \(NodeName.rule)")
            }
            nodes[name] = try Node(json: member.value, at: "nodes.\(name)")
        }
        let relay: [NodeName] = try fields.names("relay", atMost: Route.limit + 1)
        let legs = relay.dropFirst().compactMap { name in
            nodes[name].map { Route.Leg(stage: $0.role, node: name) }
        }
        guard let route = Route(legs: legs), legs.count == relay.count - 1, relay.first == route.orderer
        else {
            throw fields.error("relay", "nodes of the fleet, beginning and ending with the one of role main")
        }
        self.nodes = nodes
        self.route = route
    }

    /// The nodes at a numeric address; several where nodes share one.
    package func names(at host: String) -> [NodeName] {
        nodes.filter { $0.value.address.host == host }.map(\.key).sorted()
    }
}

/// A numeric address and a port in their one usual form: `100.64.0.2:18101` or `[fd7a:115c:a1e0::1]:18101`.
package struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
    /// The numeric address, without brackets.
    package let host: String
    /// The port, from 1.
    package let port: UInt16

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
