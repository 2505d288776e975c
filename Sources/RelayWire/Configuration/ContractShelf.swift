import RelayCore

/// The contracts of a directory, and of `kept/` in it, while they are read.
struct ContractShelf {
    /// The directory, absolute.
    let directory: String
    /// The contracts by the digest of their files.
    private(set) var contracts: [Digest: Contract] = [:]
    /// The contract of each stage that new orders pin.
    private(set) var current: [StageName: Digest] = [:]
    /// The files by digest.
    private(set) var paths: [Digest: String] = [:]
    /// The stages that have a file, also one with faults.
    private(set) var stages: Set<StageName> = []
    /// Whether the directory could be listed; else it is not known which contracts are missing.
    private(set) var isListed = true
    /// What is wrong with the files.
    private(set) var faults: [ConfigurationFault] = []

    /// Reads what is there.
    init(directory: String, digest: ([UInt8]) -> Digest) {
        self.directory = directory
        for path in files(in: directory, mustExist: true) { readCurrent(path, digest) }
        for path in files(in: directory + "/kept", mustExist: false) { readKept(path, digest) }
    }

    private mutating func files(in directory: String, mustExist: Bool) -> [String] {
        do throws(ConfigurationError) {
            return try ConfigurationFiles.jsonFiles(in: directory, mustExist: mustExist)
        } catch {
            faults += error.faults
            isListed = false
            return []
        }
    }

    /// The contract in the file at `path`, put among the others when it has no fault.
    private mutating func read(_ path: String, _ digest: ([UInt8]) -> Digest) -> (Contract, Digest)? {
        do throws(ConfigurationError) {
            let bytes = try ConfigurationFiles.bytes(at: path)
            let contract = try Contract(parsing: bytes, file: path)
            let identity = digest(bytes)
            contracts[identity] = contract
            paths[identity] = paths[identity] ?? path
            return (contract, identity)
        } catch {
            faults += error.faults
            return nil
        }
    }

    /// A current contract is named for its stage, and new orders pin it.
    private mutating func readCurrent(_ path: String, _ digest: ([UInt8]) -> Digest) {
        let stem = String(path.dropFirst(directory.utf8.count + 1).dropLast(".json".utf8.count))
        let spoken = StageName(spoken: stem)
        guard let (contract, identity) = read(path, digest) else {
            if let spoken { stages.insert(spoken) }
            return
        }
        guard spoken == contract.stage else {
            faults.append(
                ConfigurationFault(
                    file: path,
                    key: "contract",
                    value: contract.stage.rawValue,
                    rule: "the file of a stage's contract is named for the stage",
                    fix: "rename the file to \(contract.stage).json, or write the stage it is for"
                )
            )
            stages.insert(contract.stage)
            return
        }
        guard current[contract.stage] == nil else {
            faults.append(
                ConfigurationFault(
                    file: path,
                    key: "contract",
                    value: contract.stage.rawValue,
                    rule: "one file for each stage; de.json is another name of nano.json",
                    fix: "remove one of the two, or move the older version into kept/"
                )
            )
            return
        }
        current[contract.stage] = identity
        stages.insert(contract.stage)
    }

    /// A kept contract is an older version of a current one, for the orders that pinned it.
    private mutating func readKept(_ path: String, _ digest: ([UInt8]) -> Digest) {
        guard let (contract, _) = read(path, digest), !stages.contains(contract.stage) else { return }
        let known = stages.map(\.rawValue).sorted()
        let near = Suggestion.nearest(to: contract.stage.rawValue, among: known)
        faults.append(
            ConfigurationFault(
                file: path,
                key: "contract",
                value: contract.stage.rawValue,
                rule: "a stage that has a current contract: \(known.joined(separator: ", "))",
                fix: near.map { "did you mean \($0)?" }
                    ?? "add \(contract.stage).json beside kept/, or remove this file"
            )
        )
    }
}
