import RelayCore

/// What can be read of a fleet's file, also of one with faults, so that other files can be held against it.
struct FleetDraft {
    /// One node as far as it could be read.
    struct Node {
        let name: NodeName
        let address: SocketAddress?
        let role: StageName?
        let keys: [FleetFile.Key?]
        let whois: String?

        /// The path of its object.
        let path: String
    }

    /// The nodes, in the order of the file.
    let nodes: [Node]
    /// The stages that the relay names, main's first.
    let stages: [StageName]
    /// The fleet, when it has no fault that leaves a value open.
    let fleet: FleetFile?

    init(reading section: Section) {
        section.version()
        nodes = Self.nodes(section)
        Self.noteTwins(nodes, section.sheet)
        let relay = Self.relay(section, nodes)
        stages = relay.compactMap(\.role)
        fleet = Self.fleet(nodes, relay)
    }

    /// The node of that name.
    func node(_ name: NodeName) -> Node? { nodes.first { $0.name == name } }

    private static func nodes(_ section: Section) -> [Node] {
        let example = "{\"main\": {\"address\": \"100.64.0.1:18100\", \"role\": \"main\", \"keys\": []}}"
        return section.entries("nodes", example: example).compactMap { member in
            let path = section.path("nodes.\(member.name)")
            guard let name = NodeName(rawValue: member.name) else {
                section.sheet.note(path, rule: NodeName.rule, fix: "rename the node")
                return nil
            }
            let inner = Section(member.value, at: path, keys: FleetFile.Node.keys, section.sheet)
            guard let inner else {
                return Node(name: name, address: nil, role: nil, keys: [], whois: nil, path: path)
            }
            return Node(
                name: name,
                address: address(inner),
                role: inner.stage("role"),
                keys: keys(inner),
                whois: inner.has("whois") ? inner.text("whois", 1...253, example: "tag:nano") : nil,
                path: path
            )
        }
    }

    private static func keys(_ section: Section) -> [FleetFile.Key?] {
        let keys = section.list("keys", of: FleetFile.Key.self, atMost: 2)
        if keys.isEmpty, section.json("keys").map({ $0 == .array([]) }) ?? true {
            section.fault(
                "keys",
                rule: "one or two public keys, by which the others know what this node says",
                fix: "run baton init on its machine and put the key it prints here"
            )
        }
        return keys
    }

    private static func address(_ section: Section) -> SocketAddress? {
        section.value(
            "address",
            "a numeric address with its port, in the tailnet (100.64.0.0/10, fd7a:115c:a1e0::/48) or on loopback",
            example: "\"100.64.0.2:18101\""
        ) { json in
            json.stringValue.flatMap(SocketAddress.init).flatMap { TailnetRanges.allow($0.host) ? $0 : nil }
        }
    }

    /// Two nodes have neither a listener nor a key in common.
    private static func noteTwins(_ nodes: [Node], _ sheet: FaultSheet) {
        var addresses: [SocketAddress: NodeName] = [:]
        var keys: [PublicKey: String] = [:]
        for node in nodes {
            if let address = node.address {
                if let other = addresses[address] {
                    sheet.note(
                        "\(node.path).address",
                        found: .string(address.description),
                        rule: "an address with a port of its own; \(other) has this one",
                        fix: "give one of the two another port or address"
                    )
                }
                addresses[address] = addresses[address] ?? node.name
            }
            for (index, key) in node.keys.enumerated() {
                guard let key = key?.key else { continue }
                let place = "\(node.path).keys[\(index)].key"
                if let other = keys[key] {
                    sheet.note(
                        place,
                        rule: "a key of its own; this one is at \(other), too",
                        fix: "give every node its own key"
                    )
                }
                keys[key] = keys[key] ?? place
            }
        }
    }

    /// The nodes of the relay that are in the fleet, with a fault for each that is not.
    private static func relay(_ section: Section, _ nodes: [Node]) -> [Node] {
        let example = "[\"main\", \"nano\", \"sg\", \"jp\", \"main\"]"
        if !section.has("relay") {
            section.fault(
                "relay",
                rule: "must be there: the nodes in the order of the work",
                fix: "add \"relay\": \(example)"
            )
            return []
        }
        // Without nodes that could be read, every name would be unknown.
        guard case .object = section.json("nodes") else { return [] }
        let before = section.sheet.faults.count
        let elements = section.elements("relay", atMost: Route.limit + 1, example: example)
        let relay = elements.compactMap { path, json -> Node? in
            if let node = nodes.first(where: { $0.name.rawValue == json.stringValue }) { return node }
            let names = nodes.map(\.name.rawValue)
            let near = Suggestion.nearest(to: json.stringValue ?? "", among: names)
            section.sheet.note(
                path,
                found: json,
                rule: "a node of this fleet: \(names.joined(separator: ", "))",
                fix: near.map { "did you mean \($0)?" } ?? "add it to nodes, or take it out"
            )
            return nil
        }
        if section.sheet.faults.count == before { noteOrder(of: relay, section, example) }
        return relay
    }

    private static func noteOrder(of relay: [Node], _ section: Section, _ example: String) {
        guard relay.allSatisfy({ $0.role != nil }) else { return }
        let isClosed =
            relay.count >= 3 && relay.first?.role == .main && relay.first?.name == relay.last?.name
        if !isClosed {
            section.fault(
                "relay",
                rule: "begins and ends with the same node of role main, with the others between",
                fix: "write for example \"relay\": \(example)"
            )
        }
        var stages: Set<StageName> = [.main]
        for (index, node) in relay.enumerated().dropFirst().dropLast() {
            guard let role = node.role, !stages.insert(role).inserted else { continue }
            section.sheet.note(
                section.path("relay[\(index)]"),
                found: .string(node.name.rawValue),
                rule: role == .main
                    ? "main only at both ends" : "no stage twice, and \(role) was there before",
                fix: "take it out"
            )
        }
    }

    private static func fleet(_ nodes: [Node], _ relay: [Node]) -> FleetFile? {
        var complete: [NodeName: FleetFile.Node] = [:]
        for node in nodes {
            guard let address = node.address, let role = node.role else { return nil }
            complete[node.name] = FleetFile.Node(
                address: address,
                role: role,
                keys: node.keys.compactMap(\.self),
                whois: node.whois
            )
        }
        let legs = relay.dropFirst().compactMap { node in
            node.role.map { Route.Leg(stage: $0, node: node.name) }
        }
        guard let route = Route(legs: legs) else { return nil }
        return FleetFile(nodes: complete, route: route)
    }
}
