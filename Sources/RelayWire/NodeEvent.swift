package import RelayCore

/// One entry of a node's history, as `GET /status?since=` gives it and `audit.jsonl` keeps it.
package struct NodeEvent: Hashable, Sendable, WireReadable, WireWritable {
    /// The number of the event at its node, from 1 without gaps.
    package let seq: Int64
    /// When.
    package let at: UnixMilliseconds
    /// The job it is about.
    package let job: JobID?
    /// The task it is about.
    package let task: TaskID?
    /// What happened: a `TaskEvent`, or a constant such as `stored` or `order`.
    package let kind: String
    /// The state before.
    package let from: String?
    /// The state after.
    package let to: String?
    /// Who: a node, `consumer`, `human`, `bus`.
    package let by: String
    /// Why, for people.
    package let why: String?
    /// The hash of the event before; 64 zeros for the first.
    package let previous: String
    /// SHA-256 of this line's bytes without the member `hash`; empty while it is computed.
    package let hash: String

    package init(
        seq: Int64,
        at: UnixMilliseconds,
        job: JobID?,
        task: TaskID?,
        kind: String,
        from: String?,
        to: String?,
        by: String,
        why: String?,
        previous: String,
        hash: String
    ) {
        self.seq = seq
        self.at = at
        self.job = job
        self.task = task
        self.kind = kind
        self.from = from
        self.to = to
        self.by = by
        self.why = why
        self.previous = previous
        self.hash = hash
    }

    package init(from fields: inout Fields) throws(WireError) {
        seq = try fields.integer("seq", 1...Int64.max)
        at = try fields.moment("at")
        job = try fields.optional("job") { (fields, name) throws(WireError) in try fields.name(name) }
        task = try fields.optional("task") { (fields, name) throws(WireError) in try fields.name(name) }
        kind = try fields.string("kind", atMost: 64)
        from = try fields.optional("from") { (fields, name) throws(WireError) in try fields.string(name) }
        to = try fields.optional("to") { (fields, name) throws(WireError) in try fields.string(name) }
        by = try fields.string("by")
        why = try fields.optional("why") { (fields, name) throws(WireError) in try fields.string(name) }
        previous = try fields.string("prev", atMost: 64)
        hash = try fields.string("hash", atMost: 64)
    }

    package var json: JSON {
        guard case .object(let members) = hashed else { preconditionFailure("an event is an object") }
        return .object(members + [.init("hash", .string(hash))])
    }

    /// The object without the member `hash`, which is what the hash is taken of.
    package var hashed: JSON {
        .members([
            "seq": JSON(seq), "at": JSON(at), "job": job.map { JSON($0) }, "task": task.map { JSON($0) },
            "kind": .string(kind), "from": JSON(from), "to": JSON(to), "by": .string(by), "why": JSON(why),
            "prev": .string(previous),
        ])
    }
}
