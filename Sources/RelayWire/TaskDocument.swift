package import RelayCore

/// What one node posts to another's `/task`.
package enum TaskDocument: Hashable, Sendable {
    /// Do this stage.
    case relay(RelayDocument)
    /// Main's word about a job: look again, stop, it is closed, hand on again.
    case control(ControlDocument)

    /// A document has at most this many bytes.
    package static let limit = 262_144

    /// Reads exactly one document.
    package init(parsing bytes: [UInt8]) throws(WireError) {
        let json = try JSON(parsing: bytes)
        guard let kind = json["kind"]?.stringValue else {
            throw WireError(at: "kind", "is missing or not a text")
        }
        if kind == RelayDocument.kind {
            self = .relay(try RelayDocument(json: json, at: ""))
        } else if ControlDocument.Kind(rawValue: kind) != nil {
            self = .control(try ControlDocument(json: json, at: ""))
        } else {
            throw WireError(at: "kind", "one of relay, nudge, cancel, close, reorder belongs here")
        }
    }

    /// The job it speaks of.
    package var job: JobID {
        switch self {
        case .relay(let document): document.task.job
        case .control(let document): document.job
        }
    }

    /// The node that says it sends it.
    package var from: NodeName {
        switch self {
        case .relay(let document): document.from
        case .control(let document): document.from
        }
    }

    /// The node it is for.
    package var to: NodeName {
        switch self {
        case .relay(let document): document.to
        case .control(let document): document.to
        }
    }

    /// The kind, as `accepts` names it.
    package var kind: String {
        switch self {
        case .relay: RelayDocument.kind
        case .control(let document): document.kind.rawValue
        }
    }
}

/// The order to do one stage of a job with the files that were uploaded for it.
package struct RelayDocument: Hashable, Sendable, WireReadable, WireWritable {
    /// The task, from `job`, `stage` and `round`.
    package let task: TaskID
    /// The node that hands on.
    package let from: NodeName
    /// The node that is to do the stage.
    package let to: NodeName
    /// The digest of the stage's contract, as pinned by the order.
    package let contract: Digest
    /// The files, uploaded by `from` before.
    package let attachments: [Attachment]
    /// Main's statement that opened the job or the round.
    package let order: Envelope
    /// Earlier orders that the links name, oldest first, then one link for each finished stage, in order.
    package let evidence: [Envelope]
    /// Trace context (W3C), handed through.
    package let traceparent: String?

    /// What `kind` says in the document.
    package static let kind = "relay"
    /// At most 16 rounds' orders and 16 stages' links travel.
    package static let evidenceLimit = Round.limit + Route.limit

    package init(
        task: TaskID,
        from: NodeName,
        to: NodeName,
        contract: Digest,
        attachments: [Attachment],
        order: Envelope,
        evidence: [Envelope],
        traceparent: String? = nil
    ) {
        self.task = task
        self.from = from
        self.to = to
        self.contract = contract
        self.attachments = attachments
        self.order = order
        self.evidence = evidence
        self.traceparent = traceparent
    }

    package init(from fields: inout Fields) throws(WireError) {
        try fields.version()
        _ = try fields.string("kind")
        let job: JobID = try fields.name("job")
        let stage: StageName = try fields.name("stage")
        task = TaskID(job: job, stage: stage, round: try fields.round())
        from = try fields.name("from")
        to = try fields.name("to")
        contract = try fields.labelledDigest("contract")
        attachments = try fields.objects("attachments", atMost: Attachment.limit)
        order = try fields.object("order")
        evidence = try fields.objects("evidence", atMost: Self.evidenceLimit)
        traceparent = try fields.optional("traceparent") { (fields, name) throws(WireError) in
            try fields.string(name, atMost: 128)
        }
        guard Set(attachments.map(\.name)).count == attachments.count else {
            throw fields.error("attachments", "a name is there twice")
        }
    }

    package var json: JSON {
        .members([
            "baton": 1, "kind": .string(Self.kind),
            "job": JSON(task.job), "stage": JSON(task.stage), "round": JSON(task.round.number),
            "from": JSON(from), "to": JSON(to), "contract": .string(contract.labelled),
            "attachments": .array(attachments.map(\.json)),
            "order": order.json, "evidence": .array(evidence.map(\.json)),
            "traceparent": JSON(traceparent),
        ])
    }
}
