import RelaySeal
import RelayWire

/// `baton verify PATH`.
enum VerifyCommand: Command {
    static let syntax = Syntax(
        name: "verify",
        summary: "Check the bundle of a closed job with nothing but its own files.",
        words: ["PATH"],
        options: [Syntax.json],
        notes: """
            PATH is main's archive/<job>/, or a copy of it. Folders round-*, late-* and stage-* are beside the proof.
            The statements are not signed yet: this shows that the files belong together and are whole, not who
            made them. Exit status: 0 everything holds, 1 something does not.
            """
    )

    static func run(_ arguments: Arguments) throws -> ExitStatus {
        let checks = BundleVerification(files: try BundleFiles.read(at: arguments.words[0])).checks
        let holds = checks.allSatisfy { $0.fault == nil }
        if arguments.has("json") {
            let entries = checks.map { check in
                JSON.members([
                    "check": .string(check.name), "holds": .bool(check.fault == nil),
                    "fault": JSON(check.fault),
                ])
            }
            Terminal.write(JSON.members(["holds": .bool(holds), "checks": .array(entries)]).text)
        } else {
            Terminal.write(lines(checks).joined(separator: "\n"))
        }
        return holds ? .success : .no
    }

    private static func lines(_ checks: [BundleVerification.Check]) -> [String] {
        checks.map { check in
            check.fault.map { "FAILS  \(check.name): \(Table.cell(.string($0)))" } ?? "holds  \(check.name)"
        } + [checks.allSatisfy { $0.fault == nil } ? "verified; not signed" : "NOT verified"]
    }
}
