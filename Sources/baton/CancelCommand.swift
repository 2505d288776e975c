import RelayWire

/// `baton cancel JOB`.
enum CancelCommand: Command {
    static let syntax = Syntax(
        name: "cancel",
        summary: "End a job at every node of its route.",
        words: ["JOB"],
        options: [
            Syntax.config, .init(name: "reason", value: "TEXT", help: "why, for the record"), Syntax.json,
        ]
    )

    static func run(_ arguments: Arguments) throws -> ExitStatus {
        let node = try LocalNode(arguments)
        let job = try node.jobID(matching: arguments.words[0])
        let request = ControlRequest(control: .cancel, job: job, reason: arguments.value("reason"))
        let answer = try node.ask(.control(request))
        Terminal.write(arguments.has("json") ? answer.text : "\(job) is cancelled; its nodes are told.")
        return .success
    }
}
