package import RelayCore

/// `order`: open a job with files that were uploaded before.
package struct OrderRequest: Hashable, Sendable, WireReadable, WireWritable {
    /// The job.
    package let job: JobID
    /// The inputs of the first stage.
    package let attachments: [Attachment]
    /// The route; `nil` for the fleet's.
    package let route: Route?
    /// When the job is given up; `nil` for seven days from now.
    package let deadline: UnixMilliseconds?

    package init(
        job: JobID,
        attachments: [Attachment],
        route: Route? = nil,
        deadline: UnixMilliseconds? = nil
    ) {
        self.job = job
        self.attachments = attachments
        self.route = route
        self.deadline = deadline
    }

    package init(from fields: inout Fields) throws(WireError) {
        job = try fields.name("job")
        attachments = try fields.objects("attachments", atMost: Attachment.limit)
        route = try fields.optional("route") { (fields, name) throws(WireError) in try fields.route(name) }
        deadline = try fields.optional("deadline") { (fields, name) throws(WireError) in
            try fields.moment(name)
        }
    }

    package var json: JSON {
        .members([
            "job": JSON(job), "attachments": .array(attachments.map(\.json)), "route": route?.json,
            "deadline": deadline.map { JSON($0) },
        ])
    }
}

/// `reorder`: a new round of a job from one stage on, with what the stage before it has made.
package struct ReorderRequest: Hashable, Sendable, WireReadable, WireWritable {
    /// The job.
    package let job: JobID
    /// The first stage of the new round.
    package let stage: StageName
    /// The route from now on; `nil` for the one so far.
    package let route: Route?
    /// Why, for people.
    package let reason: String?
    /// What the feeding node holds, as its `/status` says: its outputs and what it took; none where main feeds.
    package let attachments: [Attachment]

    package init(
        job: JobID,
        stage: StageName,
        route: Route? = nil,
        reason: String? = nil,
        attachments: [Attachment] = []
    ) {
        self.job = job
        self.stage = stage
        self.route = route
        self.reason = reason
        self.attachments = attachments
    }

    package init(from fields: inout Fields) throws(WireError) {
        job = try fields.name("job")
        stage = try fields.name("stage")
        route = try fields.optional("route") { (fields, name) throws(WireError) in try fields.route(name) }
        reason = try fields.optional("reason") { (fields, name) throws(WireError) in try fields.string(name) }
        attachments = try fields.objects("attachments", atMost: 2 * Attachment.limit)
    }

    package var json: JSON {
        .members([
            "job": JSON(job), "stage": JSON(stage), "route": route?.json, "reason": JSON(reason),
            "attachments": .array(attachments.map(\.json)),
        ])
    }
}

/// `closeout`: close the job of this claim of main's last task, if the evidence holds.
package struct CloseoutRequest: Hashable, Sendable, WireReadable, WireWritable {
    /// The claim of main's last task.
    package let claim: Claim

    package init(claim: Claim) { self.claim = claim }

    package init(from fields: inout Fields) throws(WireError) { claim = try Claim(from: &fields) }

    package var json: JSON { .object(claim.members) }
}

/// `control`: main's word about a job to the nodes that have part in it.
package struct ControlRequest: Hashable, Sendable, WireReadable, WireWritable {
    /// `nudge` or `cancel`; `close` and `reorder` have verbs of their own.
    package let control: ControlDocument.Kind
    /// The job.
    package let job: JobID
    /// The only node to tell; `nil` for all of the route.
    package let to: NodeName?
    /// With `cancel`: only what belongs to rounds up to this.
    package let round: Round?
    /// Why, for people.
    package let reason: String?
    /// With `nudge`: what is missing.
    package let missing: [AttachmentName]
    /// With `nudge`: files of `round` (1 without it) that `to` is to upload to another node.
    package let want: ControlDocument.Want?

    package init(
        control: ControlDocument.Kind,
        job: JobID,
        to: NodeName? = nil,
        round: Round? = nil,
        reason: String? = nil,
        missing: [AttachmentName] = [],
        want: ControlDocument.Want? = nil
    ) {
        self.want = want
        self.control = control
        self.job = job
        self.to = to
        self.round = round
        self.reason = reason
        self.missing = missing
    }

    package init(from fields: inout Fields) throws(WireError) {
        control = try fields.oneOf("control")
        job = try fields.name("job")
        to = try fields.optional("to") { (fields, name) throws(WireError) in try fields.name(name) }
        round = try fields.optional("round") { (fields, name) throws(WireError) in try fields.round(name) }
        reason = try fields.optional("reason") { (fields, name) throws(WireError) in try fields.string(name) }
        missing = try fields.names("missing", atMost: Attachment.limit)
        want = try fields.optional("want") { (fields, name) throws(WireError) in try fields.object(name) }
        guard control == .nudge || control == .cancel else {
            throw fields.error("control", "nudge or cancel belongs here")
        }
        guard want == nil || control == .nudge else {
            throw fields.error("want", "it belongs to a nudge")
        }
    }

    package var json: JSON {
        .members([
            "control": .string(control.rawValue), "job": JSON(job), "to": to.map { JSON($0) },
            "round": round.map { JSON($0.number) }, "reason": JSON(reason),
            "missing": missing.isEmpty ? nil : .array(missing.map { JSON($0) }), "want": want?.json,
        ])
    }
}

/// `observed`: what was seen of a peer: its clock, and by main's desk its events up to `seq`, for the ladder.
package struct ObservedRequest: Hashable, Sendable, WireReadable, WireWritable {
    /// The peer.
    package let node: NodeName
    /// The peer's newest event seen; `nil` leaves what is known of that.
    package let seq: Int64?
    /// What the peer's clock said a moment ago.
    package let date: UnixMilliseconds?
    /// The events.
    package let events: [NodeEvent]
    /// The most events in one request.
    package static let limit = 500

    /// Events of `node`, the newest of which is `seq`.
    package init(node: NodeName, seq: Int64, events: [NodeEvent]) {
        self.node = node
        self.seq = seq
        self.date = nil
        self.events = events
    }

    /// Only what the clock of `node` said.
    package init(node: NodeName, date: UnixMilliseconds) {
        self.node = node
        self.seq = nil
        self.date = date
        self.events = []
    }

    package init(from fields: inout Fields) throws(WireError) {
        node = try fields.name("node")
        seq = try fields.optional("seq") { (fields, name) throws(WireError) in
            try fields.integer(name, 0...Int64.max)
        }
        events = try fields.objects("events", atMost: Self.limit)
        date = try fields.optional("date") { (fields, name) throws(WireError) in try fields.moment(name) }
    }

    package var json: JSON {
        .members([
            "node": JSON(node), "seq": seq.map { JSON($0) },
            "events": .array(events.map(\.json)), "date": date.map { JSON($0) },
        ])
    }
}

/// `resolve`: a human ended what blocks a task; it goes on where it stood.
package struct ResolveRequest: Hashable, Sendable, WireReadable, WireWritable {
    /// The task.
    package let task: TaskID
    /// Why, for the record.
    package let why: String

    package init(task: TaskID, why: String) {
        self.task = task
        self.why = why
    }

    package init(from fields: inout Fields) throws(WireError) {
        task = try fields.name("task")
        why = try fields.string("why", atMost: 1024)
    }

    package var json: JSON { .members(["task": JSON(task), "why": .string(why)]) }
}
