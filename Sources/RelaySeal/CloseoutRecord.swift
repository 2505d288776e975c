package import RelayCore
package import RelayWire

/// `closeout.json`: the record of main's decision that a job is finished, for people and programs.
package struct CloseoutRecord: Hashable, Sendable, WireReadable, WireWritable {
    /// The six questions of design.md, section 7, in the order of the file.
    package static let questions = [
        "evidence", "responsible", "states_known", "intermediate_files", "blocked", "clean",
    ]

    /// One finished stage.
    package struct Stage: Hashable, Sendable, WireReadable, WireWritable {
        /// The task.
        package let task: TaskID
        /// The node that did it.
        package let node: NodeName
        /// Who held the claim.
        package let by: Holder
        /// What made the files.
        package let processor: String
        /// The digest of its link's envelope.
        package let link: Digest

        package init(task: TaskID, node: NodeName, by: Holder, processor: String, link: Digest) {
            self.task = task
            self.node = node
            self.by = by
            self.processor = processor
            self.link = link
        }

        package init(from fields: inout Fields) throws(WireError) {
            task = try fields.name("task")
            node = try fields.name("node")
            by = try fields.oneOf("by")
            processor = try fields.string("processor", atMost: 256)
            link = try fields.digest("link")
        }

        package var json: JSON {
            .members([
                "task": JSON(task), "node": JSON(node), "by": .string(by.rawValue),
                "processor": .string(processor), "link": JSON(link),
            ])
        }
    }

    /// The job.
    package let job: JobID
    /// The round it was closed in.
    package let round: Round
    /// When it was ordered first.
    package let orderedAt: UnixMilliseconds
    /// When it was closed.
    package let closedAt: UnixMilliseconds
    /// Main's node.
    package let closedBy: NodeName
    /// The answers to `questions`, one line each.
    package let answers: [String]
    /// The digest of the newest order's envelope.
    package let order: Digest
    /// Main's receipt of its last task.
    package let receipt: Receipt
    /// The stages of the closed chain, in order.
    package let stages: [Stage]
    /// The evidence files; each digest was recomputed from the bytes at closing.
    package let files: [Attachment]

    package init(
        job: JobID,
        round: Round,
        orderedAt: UnixMilliseconds,
        closedAt: UnixMilliseconds,
        closedBy: NodeName,
        answers: [String],
        order: Digest,
        receipt: Receipt,
        stages: [Stage],
        files: [Attachment]
    ) {
        self.job = job
        self.round = round
        self.orderedAt = orderedAt
        self.closedAt = closedAt
        self.closedBy = closedBy
        self.answers = answers
        self.order = order
        self.receipt = receipt
        self.stages = stages
        self.files = files
    }

    package init(from fields: inout Fields) throws(WireError) {
        try fields.version()
        job = try fields.name("job")
        round = try fields.round()
        _ = try fields.value("state", "\"closed\"") { $0.stringValue == "closed" ? true : nil }
        orderedAt = try fields.moment("ordered_at")
        closedAt = try fields.moment("closed_at")
        closedBy = try fields.name("closed_by")
        var given = try Fields(fields.json("answers") ?? .null, at: "answers")
        var answers: [String] = []
        for question in Self.questions { answers.append(try given.string(question, atMost: 65_536)) }
        try given.end()
        self.answers = answers
        order = try fields.digest("order")
        receipt = try fields.object("receipt")
        stages = try fields.objects("stages", atMost: Route.limit)
        files = try fields.objects("files", atMost: Attachment.limit)
        _ = try fields.array("waivers", atMost: 0) { (_, path) throws(WireError) -> Never in
            throw WireError(at: path, "nothing belongs here")
        }
    }

    package var json: JSON {
        .members([
            "baton": 1, "job": JSON(job), "round": JSON(round.number), "state": "closed",
            "ordered_at": JSON(orderedAt), "closed_at": JSON(closedAt), "closed_by": JSON(closedBy),
            "answers": .object(zip(Self.questions, answers).map { .init($0, .string($1)) }),
            "order": JSON(order), "receipt": receipt.json, "stages": .array(stages.map(\.json)),
            "files": .array(files.map(\.json)), "waivers": .array([]),
        ])
    }
}

/// Main's statement that closes a job: every file of the bundle is a subject.
package struct CloseoutStatement: SealedStatement {
    /// The job.
    package let job: JobID
    /// When it was closed.
    package let closedAt: UnixMilliseconds
    /// The files of the bundle by their paths in it, but for the one that holds this statement.
    package let files: [Statement.Subject]

    /// The type of its predicate, which says what the statement is.
    package static let predicateType = "https://baton.invalid/closeout/v1"
    /// The name of the file in the bundle that holds the statement.
    package static let fileName = "closeout.dsse.json"

    package init(job: JobID, closedAt: UnixMilliseconds, files: [Statement.Subject]) {
        self.job = job
        self.closedAt = closedAt
        self.files = files
    }

    package init(in envelope: Envelope) throws(SealFault) {
        let statement = try Statement(in: envelope, predicateType: Self.predicateType, called: "closeout")
        do throws(WireError) {
            var fields = try Fields(statement.predicate, at: "predicate")
            job = try fields.name("job")
            closedAt = try fields.moment("closed_at")
            try fields.end()
        } catch {
            throw SealFault("closeout", .malformed, error.description)
        }
        files = statement.subject
    }

    package var statement: Statement {
        Statement(
            subject: files,
            predicateType: Self.predicateType,
            predicate: .members(["job": JSON(job), "closed_at": JSON(closedAt)])
        )
    }
}
