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
        /// What the tailnet calls its machine: a tag such as `tag:nano`, or its name; `nil` for any machine there.
        package let whois: String?

        /// The keys that its object may have.
        package static let keys = ["address", "role", "keys", "whois"]
    }

    /// One public key of a node.
    package struct Key: Hashable, Sendable {
        /// The Ed25519 key.
        package let key: PublicKey
        /// A statement counts when its time is before this; `nil` for no end.
        package let until: UnixMilliseconds?

        package init(key: PublicKey, until: UnixMilliseconds?) {
            self.key = key
            self.until = until
        }
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

    /// Reads the fleet's file at `path`, absolute or below the working directory, without a role.
    ///
    /// - Throws: every fault of it.
    package init(path: String) throws(ConfigurationError) {
        let path = ConfigurationFiles.absolute(path, from: ConfigurationFiles.currentDirectory())
        let sheet = FaultSheet(file: path)
        let section = Section(parsing: try ConfigurationFiles.bytes(at: path), keys: Self.keys, sheet)
        guard let fleet = section.flatMap({ FleetFile(reading: $0) }), sheet.faults.isEmpty else {
            throw ConfigurationError(faults: sheet.faults)
        }
        self = fleet
    }

    package init?(reading section: Section) {
        guard let fleet = FleetDraft(reading: section).fleet else { return nil }
        self = fleet
    }
}

extension FleetFile.Key: ConfigurationReadable {
    package static let keys = ["key", "until"]

    package init?(reading section: Section) {
        let key = section.value("key", PublicKey.rule, example: "\"ed25519:…\", as baton init printed it") {
            $0.stringValue.flatMap { PublicKey($0) }
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
        guard let key else { return nil }
        self.init(key: key, until: until)
    }
}
