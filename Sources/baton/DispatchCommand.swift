import RelayConsumer
import RelayCore
import RelayWire

/// `baton dispatch JOB`.
enum DispatchCommand: Command {
    static let syntax = Syntax(
        name: "dispatch",
        summary: "Order a job: a brief and its sources go to the first stage.",
        words: ["JOB"],
        options: [
            Syntax.config,
            .init(name: "brief", value: "FILE", help: "what is wanted; travels as brief.md"),
            .init(
                name: "source",
                value: "FILE",
                help: "material; travels as source-01.md or .txt, …",
                mayRepeat: true
            ),
            .init(
                name: "deadline",
                value: "WHEN",
                help: "2026-11-27T12:00:00.000Z, or 90m, 12h, 7d from now"
            ),
            .init(name: "wait", value: nil, help: "follow the job until it is closed (0) or cannot move (1)"),
            Syntax.json,
        ],
        notes:
            "The same job with the same files is the same order; with other files it is refused. What baton check "
            + "refuses is not sent (exit status 1)."
    )

    static func run(_ arguments: Arguments) throws -> ExitStatus {
        let id = try LocalNode.jobID(arguments.words[0])
        guard let brief = arguments.value("brief") else { throw UsageError("--brief is missing") }
        let deadline = try arguments.value("deadline").map { try Self.deadline($0, now: World.real.now()) }
        let node = try LocalNode(arguments)
        try ChainProof(node.configuration).require()
        let files = try named(brief: brief, sources: arguments.all("source"))
        let answer = try order(id, files: files, deadline: deadline, at: node)
        guard !arguments.has("json") else { return try finish(id, answer, arguments, node) }
        Terminal.write("\(id) is ordered (\(files.count) files); see baton job \(id)")
        return try finish(id, nil, arguments, node)
    }

    /// Uploads `files` under their names and orders `id`.
    static func order(
        _ id: JobID,
        files: [(name: AttachmentName, path: String)],
        deadline: UnixMilliseconds? = nil,
        at node: LocalNode
    ) throws -> JSON {
        do {
            let attachments = try files.map { file in
                try node.bus.uploadInput(
                    job: id,
                    name: file.name,
                    path: file.path,
                    stop: node.stop,
                    attempts: LocalNode.attempts
                )
            }
            return try node.ask(.order(OrderRequest(job: id, attachments: attachments, deadline: deadline)))
        } catch BusFailure.refused(let refusal) where ["name-conflict", "job-exists"].contains(refusal.code) {
            throw Failure(.no, "\(id) is there with other files: \(refusal.detail)")
        }
    }

    /// The names under which a brief and its sources travel.
    static func named(brief: String, sources: [String]) throws -> [(name: AttachmentName, path: String)] {
        let texts = sources.enumerated().map { index, path in
            let lower = path.lowercased()
            let ending = lower.hasSuffix(".md") || lower.hasSuffix(".markdown") ? "md" : "txt"
            return ("source-\(index < 9 ? "0" : "")\(index + 1).\(ending)", path)
        }
        return try ([(DispatchedFiles.brief, brief)] + texts).map { text, path in
            guard let name = AttachmentName(rawValue: text) else { throw UsageError("too many sources") }
            return (name, path)
        }
    }

    /// A moment, or a time from `now` in minutes, hours or days.
    static func deadline(_ text: String, now: UnixMilliseconds) throws -> UnixMilliseconds {
        if let moment = UnixMilliseconds(rfc3339: text) { return moment }
        let units: [Character: Int64] = ["m": 60, "h": 3600, "d": 86_400]
        guard let unit = text.last.flatMap({ units[$0] }), let count = UInt16(text.dropLast()), count > 0
        else {
            throw UsageError("--deadline \(text): 2026-11-27T12:00:00.000Z, 90m, 12h or 7d belongs there")
        }
        return now.advanced(by: .seconds(unit * Int64(count)))
    }

    private static func finish(
        _ id: JobID,
        _ answer: JSON?,
        _ arguments: Arguments,
        _ node: LocalNode
    ) throws -> ExitStatus {
        guard arguments.has("wait") else {
            if let answer { Terminal.write(answer.text) }
            return .success
        }
        let job = try Following.follow(id, at: node, stop: node.stop) { line in
            if answer == nil { Terminal.write(line) }
        }
        Terminal.write(answer == nil ? "\n" + Ladder.lines(of: job).joined(separator: "\n") : job.text)
        return job["state"]?.stringValue == JobState.closed.rawValue ? .success : .no
    }
}
