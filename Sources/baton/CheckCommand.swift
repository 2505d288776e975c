import RelayCore
import RelaySeal
import RelayWire

/// `baton check`.
enum CheckCommand: Command {
    static let syntax = Syntax(
        name: "check",
        summary: "Check the role, the fleet and the contracts, and prove that every stage can feed the next.",
        options: [
            Syntax.config,
            .init(name: "stage", value: "STAGE", help: "show the contract of this stage only (de is nano)"),
            Syntax.json,
        ],
        notes: """
            Reads the role file and all that it names, as batond does at its start, and prints every fault of all files
            with the key, what is there, the rule and the way out. Then it follows the fleet's relay from dispatch round
            to main: what each stage makes and passes on must always be what the next one takes, and the largest task
            document must fit. Needs no running bus and changes nothing; baton dispatch does the same first.

            Exit status: 0 all is well; 1 the files are sound, but the relay cannot work; 78 files have faults, and
            batond would not start with them.
            """
    )

    static func run(_ arguments: Arguments) throws -> ExitStatus {
        let stage = try arguments.value("stage").map { text in
            guard let stage = StageName(spoken: text) else {
                throw UsageError("--stage \(text): \(StageName.rule)")
            }
            return stage
        }
        let isJSON = arguments.has("json")
        let configuration: NodeConfiguration
        do {
            configuration = try LocalNode.configuration(arguments)
        } catch let error as ConfigurationError {
            show(error.faults, isJSON)
            return .configuration
        }
        let report = try CheckReport(configuration, stage: stage)
        guard report.proof.faults.isEmpty else {
            if isJSON { Terminal.write(report.json.text) } else { show(report.proof.faults, false) }
            return .no
        }
        Terminal.write(isJSON ? report.json.text : report.lines.joined(separator: "\n"))
        return .success
    }

    private static func show(_ faults: [ConfigurationFault], _ isJSON: Bool) {
        guard !isJSON else {
            let body = JSON.members(["ok": false, "faults": .array(faults.map(CheckReport.json))])
            return Terminal.write(body.text)
        }
        let count = faults.count == 1 ? "1 fault" : "\(faults.count) faults"
        Terminal.complain((faults.map(\.description) + [count]).joined(separator: "\n"))
    }
}

/// What `baton check` found, for people and programs.
struct CheckReport {
    /// Whether the relay works.
    let proof: ChainProof
    private let configuration: NodeConfiguration
    private let stages: [StageName]

    /// The report on all stages of the relay and all others that have a contract, or on one of them.
    init(_ configuration: NodeConfiguration, stage: StageName?) throws {
        let relay = configuration.fleet.route.legs.map(\.stage)
        let known = relay + configuration.current.keys.filter { !relay.contains($0) }.sorted()
        if let stage, !known.contains(stage) {
            throw Failure(
                .no,
                "there is no contract of \(stage); there are \(known.map(\.rawValue).joined(separator: ", "))"
            )
        }
        self.configuration = configuration
        stages = stage.map { [$0] } ?? known
        proof = ChainProof(configuration)
    }

    static func json(_ fault: ConfigurationFault) -> JSON {
        .members([
            "file": .string(fault.file), "key": .string(fault.key), "value": JSON(fault.value),
            "rule": .string(fault.rule), "fix": .string(fault.fix),
        ])
    }

    /// The versions of a stage in force, the current one first, then by number.
    private func versions(of stage: StageName) -> [(digest: Digest, contract: Contract, isCurrent: Bool)] {
        let current = configuration.current[stage]
        return configuration.contracts.filter { $0.value.stage == stage }
            .map { ($0.key, $0.value, $0.key == current) }
            .sorted { ($0.2 ? 0 : 1, $0.1.version, $0.0.hex) < ($1.2 ? 0 : 1, $1.1.version, $1.0.hex) }
    }

    private func route() -> [NodeName] {
        let route = configuration.fleet.route
        return [route.orderer] + route.legs.map(\.node)
    }

    /// One line that says it is well, and what was looked at.
    var lines: [String] {
        let role = configuration.role
        let rows = stages.flatMap { stage in
            versions(of: stage).map { digest, contract, isCurrent in
                [stage.rawValue, String(contract.version), digest.labelled, isCurrent ? "current" : "kept"]
            }
        }
        let nodes = configuration.fleet.nodes.count
        return [
            "ok: \(role.node) (\(role.role)) listens at \(role.listen), one of \(nodes) nodes",
            "relay: " + route().map(\.rawValue).joined(separator: " -> "), "",
        ] + Table.lines([["STAGE", "VERSION", "CONTRACT", "IN FORCE"]] + rows) + details + size
    }

    /// What the one stage that was asked for takes, makes and passes on.
    private var details: [String] {
        guard stages.count == 1, let contract = versions(of: stages[0]).first?.contract else { return [] }
        let entries = [("takes", contract.takes), ("makes", contract.makes)].map { key, entries in
            (key, entries.map { $0.label + ($0.isOptional ? " (optional)" : "") })
        }
        return [""]
            + (entries + [("passes", contract.passes.map(\.rawValue))]).map { key, names in
                "\(key): \(names.isEmpty ? "nothing" : names.joined(separator: ", "))"
            }
    }

    private var size: [String] {
        guard let largest = proof.largest else { return [] }
        let limit = LargestDocument.limit
        return [
            "", "largest task document: \(largest.bytes) of at most \(limit) bytes, for \(largest.stage)",
        ]
            + largest.parts.prefix(3).map { "  \($0.bytes)  \($0.what)" }
    }

    var json: JSON {
        .members([
            "ok": .bool(proof.faults.isEmpty), "node": JSON(configuration.role.node),
            "role": JSON(configuration.role.role), "relay": .array(route().map { JSON($0) }),
            "contracts": .object(
                stages.map { stage in
                    .init(
                        stage.rawValue,
                        .array(
                            versions(of: stage).map { digest, contract, isCurrent in
                                .members([
                                    "version": JSON(contract.version), "sha256": JSON(digest),
                                    "current": .bool(isCurrent),
                                ])
                            }
                        )
                    )
                }
            ),
            "largest_document": proof.largest.map { largest in
                .members([
                    "stage": JSON(largest.stage), "bytes": JSON(largest.bytes),
                    "limit": JSON(LargestDocument.limit),
                    "parts": .array(
                        largest.parts.map { .members(["what": .string($0.what), "bytes": JSON($0.bytes)]) }
                    ),
                ])
            }, "faults": .array(proof.faults.map(Self.json)),
        ])
    }
}
