package import RelayCore

/// `roles/<node>.json`: one node's settings; the format is in roles/README.md.
package struct RoleFile: Hashable, Sendable {
    /// The node.
    package let node: NodeName
    /// What it does; also the name of its stage.
    package let role: StageName
    /// Where it listens.
    package let listen: ListenAddress
    /// The network interface of a `tailnet:` listener.
    package let interface: String
    /// Where tailscaled answers; `nil` for the usual place, where it may be absent.
    package let tailscaled: String?
    /// Further names that requests may give in `Host`, in lower case.
    package let hosts: [String]
    /// The data directory, as written.
    package let data: String
    /// The fleet's file, as written.
    package let fleet: String
    /// The directory of contracts, as written.
    package let contracts: String
    /// Which kinds of documents it takes from which node.
    package let accepts: [NodeName: Set<String>]
    /// Who may read `/status`.
    package let readers: Readers
    /// Which verbs a local user may use, by user name.
    package let local: [String: LocalRole]
    /// How many tasks may be claimed at once.
    package let parallel: Int
    /// What does the work; `nil` at main, where the desk closes.
    package let processor: ProcessorSetting?
    /// What the node is protected by.
    package let limits: NodeLimits
}

/// What a local user may ask of the bus.
package enum LocalRole: String, CaseIterable, Hashable, Sendable {
    /// What `baton consume` needs.
    case consumer
    /// Everything.
    case `operator`
}

extension RoleFile: ConfigurationReadable {
    package static let keys = [
        "baton", "node", "role", "listen", "interface", "tailscaled", "hosts", "data", "fleet", "contracts",
        "accepts",
        "readers", "local", "parallel", "processor", "limits",
    ]

    package init?(reading section: Section) {
        guard let file = RoleDraft(reading: section).file else { return nil }
        self = file
    }
}
