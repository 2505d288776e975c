/// The proof that every stage of a relay can feed the next one, from dispatch round to main.
///
/// When there is no fault, no set of files that holds a stage's contract makes the next stage's verdict
/// refuse what is handed on: every rule below is at least as strict as `Verdict`.
package struct ChainCheck: Sendable {
    /// A stage of the relay.
    package struct Stage: Sendable {
        /// Its contract.
        package let contract: Contract
        /// The contract's file, for messages.
        package let file: String

        package init(contract: Contract, file: String) {
            self.contract = contract
            self.file = file
        }
    }

    /// The stages in the order of the work, main's last.
    package let stages: [Stage]

    package init(stages: [Stage]) { self.stages = stages }

    /// Why the chain cannot work, in the order of the work; none when it always can.
    package var faults: [ConfigurationFault] {
        guard let first = stages.first, let last = stages.last else { return [] }
        let hops = zip(stages, stages.dropFirst()).map { Hop(giver: $0, taker: $1) }
        return stages.flatMap(Self.passFaults) + DispatchedFiles.faults(of: first) + hops.flatMap(\.faults)
            + repeatedNames + Self.endFaults(of: last)
    }

    /// Only an exact name can be passed on: of a family nobody could say which files are meant.
    private static func passFaults(of stage: Stage) -> [ConfigurationFault] {
        let names = stage.contract.takes.compactMap { entry -> String? in
            guard case .exactly(let name) = entry.names else { return nil }
            return name.rawValue
        }
        return stage.contract.passes.enumerated().compactMap { index, name in
            guard !names.contains(name.rawValue) else { return nil }
            let near = Suggestion.nearest(to: name.rawValue, among: names)
            return ConfigurationFault(
                file: stage.file,
                key: "passes[\(index)]",
                value: name.rawValue,
                rule: "the exact name of an entry of takes",
                fix: near.map { "did you mean \($0)?" }
                    ?? "add an entry \(name) to takes, or pass on another file"
            )
        }
    }

    /// The last stage closes the job; what it made would reach nobody.
    private static func endFaults(of stage: Stage) -> [ConfigurationFault] {
        let lists = [("makes", stage.contract.makes.count), ("passes", stage.contract.passes.count)]
        return lists.filter { $0.1 > 0 }.map { key, count in
            ConfigurationFault(
                file: stage.file,
                key: key,
                value: "\(count) entries",
                rule: "the relay ends at \(stage.contract.stage), which makes nothing and passes nothing on",
                fix: "write \"\(key)\": []"
            )
        }
    }

    /// A name is unique per job and round without regard to case, whoever made the file.
    private var repeatedNames: [ConfigurationFault] {
        guard let first = stages.first else { return [] }
        var earlier = Supply.entries(first.contract.takes, "takes").map { (first, $0) }
        var faults: [ConfigurationFault] = []
        for stage in stages {
            let made = Supply.made(by: stage.contract)
            for supply in made {
                guard let twin = earlier.first(where: { $1.names.meets(supply.names, ignoringCase: true) })
                else { continue }
                faults.append(
                    ConfigurationFault(
                        file: stage.file,
                        key: supply.key,
                        value: supply.label,
                        rule:
                            "a name that no other file of the job can have, without regard to case; \(twin.1.label) is at \(twin.1.key) of \(twin.0.file)",
                        fix: "give the file that \(stage.contract.stage) makes another name"
                    )
                )
            }
            earlier += made.map { (stage, $0) }
        }
        return faults
    }
}

/// The files that `baton dispatch` can send to the first stage.
package enum DispatchedFiles {
    /// The name of the brief, which every job has.
    package static let brief = "brief.md"
    /// The pattern of the names of the sources.
    package static let sources = "source-[0-9]{2}[.](md|txt)"

    /// What the first stage takes and dispatch never sends, and the other way round.
    static func faults(of stage: ChainCheck.Stage) -> [ConfigurationFault] {
        guard let brief = AttachmentName(rawValue: brief), let sources = NamePattern(sources) else {
            preconditionFailure("the names of dispatch obey their rules")
        }
        let sent: [ContractEntry.Names] = [.exactly(brief), .family(sources, atMost: Contract.fileLimit)]
        let unsent = stage.contract.takes.enumerated().filter { _, entry in
            !entry.isOptional && !sent.contains { $0.meets(entry.names) }
        }
        var faults = unsent.map { index, entry in
            ConfigurationFault(
                file: stage.file,
                key: "takes[\(index)].\(entry.nameKey)",
                value: entry.label,
                rule: "the first stage requires only what baton dispatch sends: \(brief) and \(Self.sources)",
                fix: "name it like one of these, or make it optional"
            )
        }
        if !stage.contract.takes.contains(where: { $0.allows(brief) }) {
            faults.append(
                ConfigurationFault(
                    file: stage.file,
                    key: "takes",
                    rule: "the first stage takes \(brief), which baton dispatch always sends",
                    fix: "add an entry with \"name\": \"\(brief)\""
                )
            )
        }
        return faults
    }
}
