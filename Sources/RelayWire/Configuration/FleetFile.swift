package import RelayCore

/// `fleet.json`: which nodes there are, where, and the route that jobs take by default; see roles/README.md.
package struct FleetFile: Hashable, Sendable {
    /// One node of the fleet.
    package struct Node: Hashable, Sendable {
        /// Where it listens.
        package let address: SocketAddress
        /// What it does; also the name of its stage.
        package let role: StageName
        /// Its public keys, at most two.
        package let keys: [Key]

        /// The keys that its object may have.
        package static let keys = ["address", "role", "keys"]
    }

    /// One public key of a node.
    package struct Key: Hashable, Sendable {
        /// The 32 raw bytes of the Ed25519 key.
        package let bytes: [UInt8]
        /// A statement counts when its time is before this; `nil` for no end.
        package let until: UnixMilliseconds?
    }

    /// The nodes by name.
    package let nodes: [NodeName: Node]
    /// The route of jobs that name none.
    package let route: Route

    /// The nodes at a numeric address; several where nodes share one.
    package func names(at host: String) -> [NodeName] {
        nodes.filter { $0.value.address.host == host }.map(\.key).sorted()
    }
}

extension FleetFile: ConfigurationReadable {
    package static let keys = ["baton", "nodes", "relay"]

    package init?(reading section: Section) {
        guard let fleet = FleetDraft(reading: section).fleet else { return nil }
        self = fleet
    }
}

extension FleetFile.Key: ConfigurationReadable {
    package static let keys = ["key", "until"]

    package init?(reading section: Section) {
        let bytes = section.value(
            "key",
            "\"ed25519:\" and 32 bytes in base64",
            example: "\"ed25519:…\", as the node's key file has it"
        ) { json -> [UInt8]? in
            guard let text = json.stringValue, text.utf8.starts(with: "ed25519:".utf8),
                let bytes = Base64.decoded(String(Substring(text.utf8.dropFirst(8)))), bytes.count == 32
            else { return nil }
            return bytes
        }
        var until: UnixMilliseconds?
        if section.has("until") {
            until = section.value(
                "until",
                "a time in UTC with milliseconds",
                example: "\"2026-11-20T09:33:48.000Z\""
            ) { $0.stringValue.flatMap(UnixMilliseconds.init(rfc3339:)) }
            if until == nil { return nil }
        }
        guard let bytes else { return nil }
        self.init(bytes: bytes, until: until)
    }
}
