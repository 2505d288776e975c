package import RelayCore

/// All that a node is told by files: its role, the fleet and the contracts in force.
package struct NodeConfiguration: Sendable {
    /// The node's role.
    package let role: RoleFile
    /// The role's file, absolute.
    package let rolePath: String
    /// The fleet.
    package let fleet: FleetFile
    /// The contracts in force by the digest of their files, those kept for older orders included.
    package let contracts: [Digest: Contract]
    /// The contract that new orders pin, by stage.
    package let current: [StageName: Digest]
    /// The data directory, absolute.
    package let data: String
    /// The directory of the contracts, absolute.
    package let contractsDirectory: String
    /// The file a contract was read from, absolute; a processor finds it in `BATON_CONTRACT`.
    package let contractPaths: [Digest: String]

    /// Reads the role file at `path` and the files it names.
    ///
    /// - Parameters:
    ///   - path: the role file; relative paths in a file are relative to the folder of that file. `de.json`
    ///     that is not there means `nano.json` beside it.
    ///   - digest: computes SHA-256, by which contracts are known.
    /// - Throws: every fault of all the files.
    package init(path: String, digest: ([UInt8]) -> Digest) throws(ConfigurationError) {
        let reading = ConfigurationReading(path: path, digest: digest)
        guard let read = reading.configuration, reading.faults.isEmpty else {
            throw ConfigurationError(faults: reading.faults)
        }
        self = read
    }

    init(role: RoleFile, rolePath: String, fleet: FleetFile, shelf: ContractShelf) {
        self.role = role
        self.rolePath = rolePath
        self.fleet = fleet
        contracts = shelf.contracts
        current = shelf.current
        data = ConfigurationFiles.absolute(role.data, from: ConfigurationFiles.folder(of: rolePath))
        contractsDirectory = shelf.directory
        contractPaths = shelf.paths
    }

    /// The numeric address at which the node is reached, from which its own connections go out.
    package var ownHost: String? {
        switch role.listen {
        case .fixed(let address): address.host
        case .tailnet: fleet.nodes[role.node]?.address.host
        }
    }
}
