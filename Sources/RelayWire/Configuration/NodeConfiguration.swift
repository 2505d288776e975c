package import RelayCore

/// All that a node is told by files: its role, the fleet and the contracts in force.
package struct NodeConfiguration: Sendable {
    /// The node's role.
    package let role: RoleFile
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
    ///   - path: the role file; relative paths in a file are relative to the folder of that file.
    ///   - digest: computes SHA-256, by which contracts are known.
    /// - Throws: the first fault, with the file and the key.
    package init(path: String, digest: ([UInt8]) -> Digest) throws(ConfigurationError) {
        let path = ConfigurationFiles.absolute(path, from: ConfigurationFiles.currentDirectory())
        let folder = ConfigurationFiles.folder(of: path)
        role = try ConfigurationFiles.document(RoleFile.self, at: path)
        data = ConfigurationFiles.absolute(role.data, from: folder)
        fleet = try ConfigurationFiles.document(
            FleetFile.self,
            at: ConfigurationFiles.absolute(role.fleet, from: folder)
        )
        guard fleet.nodes[role.node]?.role == role.role else {
            throw ConfigurationError(path, "node: the fleet lacks \(role.node), or gives it another role")
        }
        contractsDirectory = ConfigurationFiles.absolute(role.contracts, from: folder)
        var shelf = ContractShelf()
        try shelf.read(contractsDirectory, isCurrent: true, digest: digest)
        try shelf.read(contractsDirectory + "/kept", isCurrent: false, digest: digest)
        contracts = shelf.contracts
        current = shelf.current
        contractPaths = shelf.paths
        for leg in fleet.route.legs where current[leg.stage] == nil {
            throw ConfigurationError(
                contractsDirectory,
                "\(leg.stage).json is missing; the fleet's relay needs it"
            )
        }
    }
}

/// The contracts of a directory while they are read.
private struct ContractShelf {
    var contracts: [Digest: Contract] = [:]
    var current: [StageName: Digest] = [:]
    var paths: [Digest: String] = [:]

    /// Adds the contracts of `directory`; current ones are named for their stage and pinned by new orders.
    mutating func read(
        _ directory: String,
        isCurrent: Bool,
        digest: ([UInt8]) -> Digest
    ) throws(ConfigurationError) {
        for file in try ConfigurationFiles.jsonFiles(in: directory, mustExist: isCurrent) {
            let bytes = try ConfigurationFiles.bytes(at: file)
            let contract = try ConfigurationFiles.document(Contract.self, from: bytes, at: file)
            let identity = digest(bytes)
            contracts[identity] = contract
            paths[identity] = file
            guard isCurrent else { continue }
            guard file.hasSuffix("/\(contract.stage).json") else {
                throw ConfigurationError(
                    file,
                    "contract: the file of stage \(contract.stage) is \(contract.stage).json"
                )
            }
            current[contract.stage] = identity
        }
    }
}

/// Why a file of the configuration cannot be used.
package struct ConfigurationError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file, the key and what belongs there.
    package let description: String

    /// The fault of the file at `path`.
    package init(_ path: String, _ problem: String) { description = "\(path): \(problem)" }
}
