import RelayCore
import RelayWire

/// `baton resolve TASK`.
enum ResolveCommand: Command {
    static let syntax = Syntax(
        name: "resolve",
        summary: "Let a blocked task of this node go on where it stood, once what its reason names is ended.",
        words: ["TASK"],
        options: [
            Syntax.config, .init(name: "why", value: "TEXT", help: "what was done about it, for the record"),
            Syntax.json,
        ],
        notes: """
            TASK is as baton status shows it, such as weekly-brief.sg.1. What was claimed is claimed again, with a new
            count of attempts; what was produced is handed on again without running again. From main, baton nudge does
            the same for all of a job. Exit status: 0 it goes on, 1 refused.
            """
    )

    static func run(_ arguments: Arguments) throws -> ExitStatus {
        guard let task = TaskID(rawValue: arguments.words[0]) else {
            throw UsageError("\(arguments.words[0]) is no task: \(TaskID.rule)")
        }
        guard let why = arguments.value("why") else {
            throw UsageError("--why is needed: who reads the evidence will want to know")
        }
        let answer = try LocalNode(arguments).ask(.resolve(ResolveRequest(task: task, why: why)))
        Terminal.write(
            arguments.has("json") ? answer.text : "\(task) is \(Table.cell(answer["state"])) again."
        )
        return .success
    }
}
