import RelaySeal
import RelayWire

/// `baton verify PATH`.
enum VerifyCommand: Command {
    static let syntax = Syntax(
        name: "verify",
        summary: "Check the bundle of a closed job offline, with nothing but the fleet's public keys.",
        words: ["PATH"],
        options: [
            .init(name: "fleet", value: "FILE", help: "the fleet.json whose keys you trust"), Syntax.json,
        ],
        notes: """
            PATH is main's archive/<job>/, or a copy of it. Folders round-*, late-* and stage-* are beside the proof:
            they are named, and nothing is said of what is in them.
            Without --fleet the keys in the bundle are used and printed as not pinned: compare them with those that
            you know, or all that is shown is that the bundle is of one piece.
            Exit status: 0 everything holds, 1 something does not, 78 the fleet's file has faults.
            """
    )

    static func run(_ arguments: Arguments) throws -> ExitStatus {
        let pinned = try arguments.value("fleet").map { Keyring(try FleetFile(path: $0)) }
        let found = try BundleFiles(at: arguments.words[0])
        let bundle = BundleVerification(files: found.files, pinned: pinned)
        let checks = bundle.checks
        let holds = checks.allSatisfy { $0.fault == nil }
        // The checks say why there are none.
        let keys = (try? bundle.keyring())?.fingerprints ?? []
        if arguments.has("json") {
            let entries = checks.map { check in
                JSON.members([
                    "check": .string(check.name), "holds": .bool(check.fault == nil),
                    "fault": JSON(check.fault),
                ])
            }
            let report = JSON.members([
                "holds": .bool(holds), "pinned": .bool(pinned != nil),
                "keys": .array(keys.map { .string($0) }), "checks": .array(entries),
                "beside": .array(found.beside.map { .string($0) }),
            ])
            Terminal.write(report.text)
        } else {
            let trust = keys.map { (pinned == nil ? "NOT PINNED  " : "key    ") + $0 }
            let beside = found.beside.map { "beside the proof, not checked: \($0)/" }
            let lines = lines(checks) + beside + trust + [verdict(holds, isPinned: pinned != nil)]
            Terminal.write(lines.joined(separator: "\n"))
        }
        return holds ? .success : .no
    }

    private static func lines(_ checks: [BundleVerification.Check]) -> [String] {
        checks.map { check in
            check.fault.map { "FAILS  \(check.name): \(Table.cell(.string($0)))" } ?? "holds  \(check.name)"
        }
    }

    private static func verdict(_ holds: Bool, isPinned: Bool) -> String {
        guard holds else { return "NOT verified" }
        return isPinned ? "verified" : "verified by the bundle's own keys, which are not pinned; give --fleet"
    }
}
