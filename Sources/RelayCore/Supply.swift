/// A file, or a family of files, that a stage hands on, as far as its contract tells.
struct Supply {
    /// The names.
    let names: ContractEntry.Names
    /// The entry that its size and content obey.
    let entry: ContractEntry
    /// Whether it is there in every task.
    let isCertain: Bool
    /// Where the contract says that it is handed on.
    let key: String
    /// Where the contract limits it.
    let limitsKey: String

    /// The most files it can be at once.
    var mostFiles: Int {
        switch names {
        case .exactly: 1
        case .family(_, let limit): limit
        }
    }

    /// The name or the pattern, as messages show it.
    var label: String {
        switch names {
        case .exactly(let name): name.rawValue
        case .family(let pattern, _): pattern.text
        }
    }

    /// What `contract` hands on: the names it passes, then what it makes.
    ///
    /// A name that is passed on without being taken is left out.
    static func all(of contract: Contract) -> [Supply] {
        let passed = contract.passes.enumerated().compactMap { index, name -> Supply? in
            // The first entry that allows a name is the one that a verdict holds against the file.
            guard let first = contract.takes.firstIndex(where: { $0.allows(name) }) else { return nil }
            return Supply(
                names: .exactly(name),
                entry: contract.takes[first],
                isCertain: contract.takes.contains { $0.names == .exactly(name) && !$0.isOptional },
                key: "passes[\(index)]",
                limitsKey: "takes[\(first)]"
            )
        }
        return passed + made(by: contract)
    }

    /// What `contract` makes.
    static func made(by contract: Contract) -> [Supply] {
        entries(contract.makes, "makes")
    }

    /// The files that `entries` allow, read from the key `key`.
    static func entries(_ entries: [ContractEntry], _ key: String) -> [Supply] {
        entries.enumerated().map { index, entry in
            Supply(
                names: entry.names,
                entry: entry,
                isCertain: !entry.isOptional,
                key: "\(key)[\(index)].\(entry.nameKey)",
                limitsKey: "\(key)[\(index)]"
            )
        }
    }
}

extension ContractEntry {
    /// The key that holds its name or pattern.
    var nameKey: String {
        switch names {
        case .exactly: "name"
        case .family: "pattern"
        }
    }
}
