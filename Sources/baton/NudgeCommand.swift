import RelayCore
import RelayDesk
import RelayWire

/// `baton nudge JOB`.
enum NudgeCommand: Command {
    static let syntax = Syntax(
        name: "nudge",
        summary: "Have what is blocked of a job look again, once what its reason names is ended.",
        words: ["JOB"],
        options: [
            Syntax.config,
            .init(name: "stage", value: "STAGE", help: "tell only the node of this stage (de is nano)"),
            .init(name: "reason", value: "TEXT", help: "why, for the record"), Syntax.json,
        ],
        notes: "Exit status: 0 the nodes are told, 1 refused."
    )

    static func run(_ arguments: Arguments) throws -> ExitStatus {
        let node = try LocalNode(arguments)
        let job = try node.jobID(matching: arguments.words[0])
        let request = ControlRequest(
            control: .nudge,
            job: job,
            to: try arguments.value("stage").map { try self.node(of: $0, job, node) },
            reason: arguments.value("reason")
        )
        let answer = try node.ask(.control(request))
        let told = (answer["told"]?.elements ?? []).compactMap(\.stringValue).joined(separator: ", ")
        Terminal.write(arguments.has("json") ? answer.text : "\(job) is nudged at \(told).")
        return .success
    }

    /// The node that has the stage in the newest round.
    private static func node(of text: String, _ job: JobID, _ node: LocalNode) throws -> NodeName {
        guard let stage = StageName(spoken: text) else {
            throw UsageError("--stage \(text): \(StageName.rule)")
        }
        let rungs = try node.job(job)?["ladder"]?.elements ?? []
        let rung = rungs.last { $0["stage"]?.stringValue == stage.rawValue }
        guard let name = rung?["node"]?.stringValue.flatMap(NodeName.init) else {
            throw Failure(.no, "\(job) is not here, or has no stage \(stage)")
        }
        return name
    }
}
