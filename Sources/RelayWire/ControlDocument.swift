package import RelayCore

/// Main's word about a job, identified by kind, job and `n`.
package struct ControlDocument: Hashable, Sendable, WireReadable, WireWritable {
    /// What main says.
    package enum Kind: String, CaseIterable, Hashable, Sendable {
        /// Look again; names what is missing.
        case nudge
        /// Stop; with a round only what belongs to rounds up to it.
        case cancel
        /// The job is closed.
        case close
        /// Hand your stored outputs on again in a new round.
        case reorder
    }

    /// Files that another node lacks and that the receiver is to upload to it.
    package struct Want: Hashable, Sendable, WireReadable, WireWritable {
        /// The node that lacks them.
        package let to: NodeName
        /// The files.
        package let attachments: [AttachmentName]

        package init(to: NodeName, attachments: [AttachmentName]) {
            self.to = to
            self.attachments = attachments
        }

        package init(from fields: inout Fields) throws(WireError) {
            to = try fields.name("to")
            attachments = try fields.names("attachments", atMost: Attachment.limit)
        }

        package var json: JSON {
            .members(["to": JSON(to), "attachments": .array(attachments.map { JSON($0) })])
        }
    }

    /// What main says.
    package let kind: Kind
    /// The job.
    package let job: JobID
    /// The stage a `reorder` begins at.
    package let stage: StageName?
    /// The round meant; a `cancel` without one ends the job.
    package let round: Round?
    /// The number of the control document, counted for each job at main, from 1.
    package let n: Int64
    /// Main's node.
    package let from: NodeName
    /// The node it is for.
    package let to: NodeName
    /// The new order of a `reorder`.
    package let order: Envelope?
    /// Main's statement that says the same; see `ControlStatement`.
    package let statement: Envelope
    /// Why, for people.
    package let reason: String?
    /// What a `nudge` misses.
    package let missing: [AttachmentName]
    /// Files the receiver is to upload to another node.
    package let want: Want?

    package init(
        kind: Kind,
        job: JobID,
        stage: StageName? = nil,
        round: Round? = nil,
        n: Int64,
        from: NodeName,
        to: NodeName,
        order: Envelope? = nil,
        statement: Envelope,
        reason: String? = nil,
        missing: [AttachmentName] = [],
        want: Want? = nil
    ) {
        self.kind = kind
        self.job = job
        self.stage = stage
        self.round = round
        self.n = n
        self.from = from
        self.to = to
        self.order = order
        self.statement = statement
        self.reason = reason
        self.missing = missing
        self.want = want
    }

    package init(from fields: inout Fields) throws(WireError) {
        try fields.version()
        kind = try fields.oneOf("kind")
        job = try fields.name("job")
        stage = try fields.optional("stage") { (fields, name) throws(WireError) in try fields.name(name) }
        round = try fields.optional("round") { (fields, name) throws(WireError) in try fields.round(name) }
        n = try fields.integer("n", 1...Int64.max)
        from = try fields.name("from")
        to = try fields.name("to")
        order = try fields.optional("order") { (fields, name) throws(WireError) in try fields.object(name) }
        statement = try fields.object("statement")
        reason = try fields.optional("reason") { (fields, name) throws(WireError) in try fields.string(name) }
        missing = try fields.names("missing", atMost: Attachment.limit)
        want = try fields.optional("want") { (fields, name) throws(WireError) in try fields.object(name) }
        _ = try fields.optional("traceparent") { (fields, name) throws(WireError) in
            try fields.string(name, atMost: 128)
        }
        guard kind != .reorder || (stage != nil && round != nil && order != nil) else {
            throw fields.error("order", "a reorder needs stage, round and order")
        }
    }

    package var json: JSON {
        .members([
            "baton": 1, "kind": .string(kind.rawValue),
            "job": JSON(job), "stage": stage.map { JSON($0) }, "round": round.map { JSON($0.number) },
            "n": JSON(n), "from": JSON(from), "to": JSON(to),
            "order": order?.json, "statement": statement.json, "reason": JSON(reason),
            "missing": missing.isEmpty ? nil : .array(missing.map { JSON($0) }),
            "want": want?.json,
        ])
    }
}
