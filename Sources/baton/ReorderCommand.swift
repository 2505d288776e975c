import RelayCore
import RelayDesk
import RelayWire

/// `baton reorder JOB STAGE`.
enum ReorderCommand: Command {
    static let syntax = Syntax(
        name: "reorder",
        summary: "Run a job again from a stage on, in a new round; what was done before stays.",
        words: ["JOB", "STAGE"],
        options: [
            Syntax.config, .init(name: "reason", value: "TEXT", help: "why, for the record"), Syntax.json,
        ],
        notes: """
            The node that feeds STAGE must have finished and must be reachable, as it says what it holds.
            Exit status: 0 ordered, 1 refused.
            """
    )

    static func run(_ arguments: Arguments) throws -> ExitStatus {
        guard let stage = StageName(spoken: arguments.words[1]) else {
            throw UsageError("\(arguments.words[1]) is no stage: \(StageName.rule)")
        }
        let node = try LocalNode(arguments)
        let job = try node.jobID(matching: arguments.words[0])
        let request = ReorderRequest(
            job: job,
            stage: stage,
            reason: arguments.value("reason"),
            attachments: try Holdings(of: node).files(of: job, before: stage)
        )
        let answer = try node.ask(.reorder(request))
        let round = Table.cell(answer["round"])
        Terminal.write(
            arguments.has("json") ? answer.text : "\(job) runs again from \(stage), round \(round)."
        )
        return .success
    }
}
