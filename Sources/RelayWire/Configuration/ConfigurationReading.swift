import RelayCore

/// The files of a node as far as they can be read, with all their faults.
struct ConfigurationReading {
    /// The faults, in the order of the files: role, fleet, contracts, and where they disagree.
    private(set) var faults: [ConfigurationFault] = []
    /// The node's configuration, when every file could be read.
    private(set) var configuration: NodeConfiguration?

    init(path: String, digest: ([UInt8]) -> Digest) {
        let path = Self.found(ConfigurationFiles.absolute(path, from: ConfigurationFiles.currentDirectory()))
        let folder = ConfigurationFiles.folder(of: path)
        let role = read(path, RoleFile.keys) { RoleDraft(reading: $0) }
        let fleetPath = role?.fleet.map { ConfigurationFiles.absolute($0, from: folder) }
        let fleet = fleetPath.flatMap { path in read(path, FleetFile.keys) { FleetDraft(reading: $0) } }
        let shelf = role?.contracts.map {
            ContractShelf(directory: ConfigurationFiles.absolute($0, from: folder), digest: digest)
        }
        faults += shelf?.faults ?? []
        if let role, let fleet { faults += Agreement(role: role, rolePath: path, fleet: fleet).faults }
        if let fleet, let shelf { faults += Self.missing(fleet.stages, in: shelf) }
        if let role = role?.file, let fleet = fleet?.fleet, let shelf {
            configuration = NodeConfiguration(role: role, rolePath: path, fleet: fleet, shelf: shelf)
        }
    }

    /// `de` is said for nano also in the name of a role's file.
    private static func found(_ path: String) -> String {
        guard path.hasSuffix("/de.json"), !ConfigurationFiles.exists(path) else { return path }
        let other = ConfigurationFiles.folder(of: path) + "/nano.json"
        return ConfigurationFiles.exists(other) ? other : path
    }

    private mutating func read<Draft>(_ path: String, _ keys: [String], _ draft: (Section) -> Draft) -> Draft?
    {
        let sheet = FaultSheet(file: path)
        defer { faults += sheet.faults }
        do throws(ConfigurationError) {
            return Section(parsing: try ConfigurationFiles.bytes(at: path), keys: keys, sheet).map(draft)
        } catch {
            faults += error.faults
            return nil
        }
    }

    private static func missing(_ stages: [StageName], in shelf: ContractShelf) -> [ConfigurationFault] {
        guard shelf.isListed else { return [] }
        var seen: Set<StageName> = []
        return stages.filter { seen.insert($0).inserted && !shelf.stages.contains($0) }.map { stage in
            ConfigurationFault(
                file: "\(shelf.directory)/\(stage).json",
                key: "",
                rule: "must be there: the fleet's relay has the stage \(stage)",
                fix: "add the contract of \(stage), the same file as at the other nodes"
            )
        }
    }
}

/// Where a role's file and the fleet's say different things of the same node.
private struct Agreement {
    let role: RoleDraft
    let rolePath: String
    let fleet: FleetDraft

    var faults: [ConfigurationFault] { nodeFaults + accepted }

    private func fault(_ key: String, _ value: String?, _ rule: String, _ fix: String) -> ConfigurationFault {
        ConfigurationFault(file: rolePath, key: key, value: value, rule: rule, fix: fix)
    }

    private var names: [String] { fleet.nodes.map(\.name.rawValue) }

    private func unknown(_ key: String, _ name: NodeName) -> ConfigurationFault {
        let near = Suggestion.nearest(to: name.rawValue, among: names)
        let fix = near.map { "did you mean \($0)?" } ?? "add it to the fleet's nodes, or remove it"
        return fault(key, name.rawValue, "a node of the fleet: \(names.joined(separator: ", "))", fix)
    }

    private var nodeFaults: [ConfigurationFault] {
        guard let name = role.node else { return [] }
        guard let node = fleet.node(name) else { return [unknown("node", name)] }
        var faults: [ConfigurationFault] = []
        if let mine = role.role, let theirs = node.role, mine != theirs {
            faults.append(
                fault(
                    "role",
                    mine.rawValue,
                    "the role that the fleet gives \(name), which is \(theirs)",
                    "write \"role\": \"\(theirs)\", or change \(node.path).role in the fleet"
                )
            )
        }
        if let listen = role.listen, let address = node.address, !Self.agree(listen, address) {
            faults.append(
                fault(
                    "listen",
                    listen.description,
                    "the address and port where the fleet says \(name) is, which is \(address)",
                    "write \"listen\": \"\(address)\", or change \(node.path).address in the fleet"
                )
            )
        }
        return faults
    }

    private static func agree(_ listen: ListenAddress, _ address: SocketAddress) -> Bool {
        switch listen {
        case .fixed(let own): own == address
        case .tailnet(let port): port == address.port && TailnetRanges.isTailnet(address.host)
        }
    }

    private var accepted: [ConfigurationFault] {
        let senders = role.accepts.map { (path: "accepts.\($0.sender)", node: $0.sender) }
        return (senders + role.readers).filter { fleet.node($0.node) == nil }.map {
            unknown($0.path, $0.node)
        }
    }
}
