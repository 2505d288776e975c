import RelayWire

/// `baton jobs`.
enum JobsCommand: Command {
    static let syntax = Syntax(
        name: "jobs",
        summary: "List the jobs, newest as the bus orders them.",
        options: [Syntax.config, Syntax.json]
    )

    static func run(_ arguments: Arguments) throws -> ExitStatus {
        let jobs = try LocalNode(arguments).status()["jobs"]?.elements ?? []
        guard !arguments.has("json") else {
            Terminal.write(JSON.array(jobs).text)
            return .success
        }
        guard !jobs.isEmpty else {
            Terminal.write("No jobs here; only main has them.")
            return .success
        }
        let rows = jobs.map { job in
            [job["job"], job["state"], job["round"], job["ordered_at"], job["closed_at"], job["reason"]].map(
                Table.cell
            )
        }
        let lines = Table.lines([["JOB", "STATE", "ROUND", "ORDERED", "CLOSED", "REASON"]] + rows)
        Terminal.write(lines.joined(separator: "\n"))
        return .success
    }
}
