/// One stage that hands on to the next: whether what the one hands on is always what the other takes.
struct Hop {
    /// Who hands on.
    let giver: ChainCheck.Stage
    /// Who takes it.
    let taker: ChainCheck.Stage

    private var to: StageName { taker.contract.stage }

    var faults: [ConfigurationFault] {
        let supplies = Supply.all(of: giver.contract)
        return supplies.flatMap(faults(of:)) + unmet(by: supplies) + crowded(by: supplies) + tooMany(supplies)
    }

    private func fault(_ key: String, _ value: String?, _ rule: String, _ fix: String) -> ConfigurationFault {
        ConfigurationFault(file: giver.file, key: key, value: value, rule: rule, fix: fix)
    }

    /// What is handed on must be allowed, and obey every entry that could be held against it.
    private func faults(of supply: Supply) -> [ConfigurationFault] {
        let takes = taker.contract.takes
        guard takes.contains(where: { supply.names.isWithin($0.names) }) else {
            let near = Suggestion.nearest(to: supply.label, among: takes.map(\.label))
            return [
                fault(
                    supply.key,
                    supply.label,
                    "\(to) takes every file that is handed on to it, and no entry of \(taker.file) allows this one",
                    near.map { "did you mean \($0)?" }
                        ?? "add it to takes in \(taker.file), or do not hand it on"
                )
            ]
        }
        let held: [Int]
        switch supply.names {
        case .exactly(let name): held = takes.firstIndex { $0.allows(name) }.map { [$0] } ?? []
        case .family: held = takes.indices.filter { supply.names.meets(takes[$0].names) }
        }
        return held.flatMap { limitFaults(of: supply, under: takes[$0], "takes[\($0)]") }
    }

    private func limitFaults(
        of supply: Supply,
        under entry: ContractEntry,
        _ place: String
    ) -> [ConfigurationFault] {
        let given = supply.entry
        var faults: [ConfigurationFault] = []
        func refuse(_ key: String, _ value: String, _ rule: String, _ fix: String) {
            faults.append(
                fault(
                    "\(supply.limitsKey).\(key)",
                    value,
                    "\(rule) (\(place).\(key) of \(taker.file)), and \(supply.label) is handed on to \(to)",
                    fix
                )
            )
        }
        if given.bytes.upperBound > entry.bytes.upperBound {
            let most = entry.bytes.upperBound
            let fix = "write \"max_bytes\": \(most), or raise it in \(taker.file)"
            refuse("max_bytes", "\(given.bytes.upperBound)", "at most \(most) bytes", fix)
        }
        if given.bytes.lowerBound < entry.bytes.lowerBound {
            let least = entry.bytes.lowerBound
            let fix = "write \"min_bytes\": \(least), or lower it in \(taker.file)"
            refuse("min_bytes", "\(given.bytes.lowerBound)", "at least \(least) bytes", fix)
        }
        if given.mediaType.lowercased() != entry.mediaType.lowercased() {
            let fix = "write \"type\": \"\(entry.mediaType)\", or change it in \(taker.file)"
            refuse("type", given.mediaType, "the media type \(entry.mediaType)", fix)
        }
        let known = Set(given.headings.map { Array($0.utf8) })
        for heading in entry.headings where !known.contains(Array(heading.utf8)) {
            let near = Suggestion.nearest(to: heading, among: given.headings)
            let found = given.headings.isEmpty ? "no headings" : given.headings.joined(separator: ", ")
            let fix = near.map { "did you mean \(heading) by \($0)?" } ?? "add \(heading) to its headings"
            refuse("headings", found, "the heading \(heading)", fix)
        }
        return faults
    }

    /// What the taker requires must be there in every task.
    private func unmet(by supplies: [Supply]) -> [ConfigurationFault] {
        taker.contract.takes.enumerated().compactMap { index, entry in
            guard !entry.isOptional else { return nil }
            let matching = supplies.filter { $0.names.isWithin(entry.names) }
            guard !matching.contains(where: \.isCertain) else { return nil }
            let near = Suggestion.nearest(to: entry.label, among: supplies.map(\.label))
            let optional = matching.first.map {
                "\($0.limitsKey) of \(giver.file) is optional; require it there"
            }
            return ConfigurationFault(
                file: taker.file,
                key: "takes[\(index)].\(entry.nameKey)",
                value: entry.label,
                rule: "\(giver.contract.stage) makes or passes on, in every task, what \(to) requires",
                fix: optional ?? near.map { "did you mean \($0)?" }
                    ?? "add it to makes or passes in \(giver.file), or write \"optional\": true here"
            )
        }
    }

    /// No family of the taker may get more files than it allows.
    private func crowded(by supplies: [Supply]) -> [ConfigurationFault] {
        taker.contract.takes.enumerated().compactMap { index, entry in
            guard case .family(_, let limit) = entry.names else { return nil }
            let members = supplies.filter { $0.names.meets(entry.names) }
            let count = members.reduce(0) { $0 + $1.mostFiles }
            guard count > limit else { return nil }
            return ConfigurationFault(
                file: taker.file,
                key: "takes[\(index)].at_most",
                value: "\(limit)",
                rule: "at least the \(count) files of this family that \(giver.contract.stage) may hand on",
                fix:
                    "write \"at_most\": \(count), or lower it at \(members.map(\.limitsKey).joined(separator: ", ")) of \(giver.file)"
            )
        }
    }

    private func tooMany(_ supplies: [Supply]) -> [ConfigurationFault] {
        let count = supplies.reduce(0) { $0 + $1.mostFiles }
        guard count > Contract.fileLimit else { return [] }
        return [
            fault(
                "makes",
                "\(count) files with those that are passed on",
                "a task has at most \(Contract.fileLimit) files",
                "lower at_most, or hand on fewer files to \(to)"
            )
        ]
    }
}
