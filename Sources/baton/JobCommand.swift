import RelayCore
import RelayWire

/// `baton job JOB`.
enum JobCommand: Command {
    static let syntax = Syntax(
        name: "job",
        summary: "Show the ladder of a job: who has it, since when, why it waits and what happens next.",
        words: ["JOB"],
        options: [Syntax.config, Syntax.json],
        notes: "Exit status: 0 open or closed, 1 unknown, blocked, failed or cancelled."
    )

    static func run(_ arguments: Arguments) throws -> ExitStatus {
        let node = try LocalNode(arguments)
        let id = try node.jobID(matching: arguments.words[0])
        guard let job = try node.job(id) else {
            throw Failure(.no, "there is no job \(id) here; only main knows jobs, see baton jobs")
        }
        Terminal.write(arguments.has("json") ? job.text : Ladder.lines(of: job).joined(separator: "\n"))
        switch job["state"]?.stringValue.flatMap(JobState.init) {
        case .open, .closed: return .success
        case .blocked, .failed, .cancelled, nil: return .no
        }
    }
}
