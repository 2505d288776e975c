package import RelayCore
import RelaySQL
package import RelaySeal
package import RelayWire

/// A job that this node ordered.
package struct JobRecord: Hashable, Sendable {
    /// The job.
    package let id: JobID
    /// Where it stands.
    package let state: JobState
    /// Its newest round.
    package let round: Round
    /// When it was ordered.
    package let orderedAt: UnixMilliseconds
    /// When it is given up.
    package let deadline: UnixMilliseconds
    /// When it was closed.
    package let closedAt: UnixMilliseconds?
    /// Why it is blocked, failed or cancelled.
    package let reason: Reason?
    /// The number of the latest control document.
    package let controls: Int64
    /// The event of its first order.
    package let seq: Int64

    static let columns = "id, state, round, ordered_at, deadline, closed_at, reason, controls, seq"

    init(_ row: borrowing Row) throws(SQLError) {
        id = try row.name(0)
        state = try row.choice(1)
        round = try row.round(2)
        orderedAt = row.moment(3)
        deadline = row.moment(4)
        closedAt = row.momentOrNil(5)
        reason = try row.document(6)
        controls = row.integer(7)
        seq = row.integer(8)
    }
}

/// The files that a job's closing made, byte for byte.
package struct StoredCloseout: Hashable, Sendable {
    /// `closeout.json`.
    package let record: [UInt8]
    /// `closeout.dsse.json`.
    package let statement: [UInt8]

    package init(record: [UInt8], statement: [UInt8]) {
        self.record = record
        self.statement = statement
    }
}

/// One rung of a job's ladder: what is known of one stage in one round.
package struct LadderRung: Hashable, Sendable {
    /// The round.
    package let round: Round
    /// The stage.
    package let stage: StageName
    /// The node that does it.
    package let node: NodeName
    /// The state of its task as last seen.
    package let state: String?
    /// The moments in the order of design.md, section 3: ordered, stored, claimed, produced, handed on, validated.
    package let moments: [UnixMilliseconds?]

    /// The columns of `moments`, which are also their names in `/status`.
    package static let momentNames = [
        "ordered_at", "stored_at", "claimed_at", "produced_at", "handed_on_at", "validated_at",
    ]

    init(_ row: borrowing Row) throws(SQLError) {
        round = try row.round(0)
        stage = try row.name(1)
        node = try row.name(2)
        state = row.textOrNil(3)
        var moments: [UnixMilliseconds?] = []
        for column in 4..<10 { moments.append(row.momentOrNil(column)) }
        self.moments = moments
    }
}

extension LedgerReader {
    /// The job `id`, `nil` when this node did not order it.
    package mutating func job(_ id: JobID) throws(LedgerError) -> JobRecord? {
        try first("SELECT \(JobRecord.columns) FROM job WHERE id = ?", [.text(id.rawValue)]) {
            (row) throws(SQLError) in try JobRecord(row)
        }
    }

    /// The newest jobs before the event `before`, at most `limit`; of one state when it is given.
    package mutating func jobs(
        state: JobState? = nil,
        before: Int64 = .max,
        limit: Int
    ) throws(LedgerError) -> [JobRecord] {
        let filter = state == nil ? "" : "state = ? AND"
        return try all(
            "SELECT \(JobRecord.columns) FROM job WHERE \(filter) seq < ? ORDER BY seq DESC LIMIT ?",
            (state.map { [.text($0.rawValue)] } ?? []) + [.integer(before), .integer(Int64(limit))]
        ) { (row) throws(SQLError) in try JobRecord(row) }
    }

    /// Jobs that are not final and whose deadline has come, at most `limit`.
    package mutating func overdueJobs(at now: UnixMilliseconds, limit: Int) throws(LedgerError) -> [JobRecord]
    {
        try all(
            """
            SELECT \(JobRecord.columns) FROM job WHERE state IN ('open', 'blocked') AND deadline <= ?
            ORDER BY deadline LIMIT ?
            """,
            [.init(now), .integer(Int64(limit))]
        ) { (row) throws(SQLError) in try JobRecord(row) }
    }

    /// The orders of a job, oldest first.
    package mutating func orders(of job: JobID) throws(LedgerError) -> [Envelope] {
        try all("SELECT envelope FROM job_order WHERE job = ? ORDER BY round", [.text(job.rawValue)]) {
            (row) throws(SQLError) in try row.envelope(0)
        }
    }

    /// The ladder of a job, by round and then in the order of the route.
    package mutating func ladder(of job: JobID) throws(LedgerError) -> [LadderRung] {
        try all(
            """
            SELECT round, stage, node, state, \(LadderRung.momentNames.joined(separator: ", "))
            FROM ladder WHERE job = ? ORDER BY round, position
            """,
            [.text(job.rawValue)]
        ) { (row) throws(SQLError) in try LadderRung(row) }
    }

    /// The node that the ladder gives the task to; `nil` for a task of no job of ours.
    package mutating func node(of task: TaskID) throws(LedgerError) -> NodeName? {
        try first(
            "SELECT node FROM ladder WHERE job = ? AND stage = ? AND round = ?",
            [.text(task.job.rawValue), .text(task.stage.rawValue), .init(task.round)]
        ) { (row) throws(SQLError) in try row.name(0) }
    }

    /// What closed the job; `nil` while it is not closed.
    package mutating func closeout(of job: JobID) throws(LedgerError) -> StoredCloseout? {
        try first("SELECT closeout, closeout_statement FROM job WHERE id = ?", [.text(job.rawValue)]) { row in
            guard let record = row.blobOrNil(0), let statement = row.blobOrNil(1) else { return nil }
            return StoredCloseout(record: record, statement: statement)
        } ?? nil
    }

    /// The newest event that each peer was seen at.
    package mutating func observed() throws(LedgerError) -> [(node: NodeName, seq: Int64)] {
        try all("SELECT node, seq FROM peer ORDER BY node") { (row) throws(SQLError) in
            (try row.name(0), row.integer(1))
        }
    }
}

extension LedgerWriter {
    /// Stores a new job with its first order, or a new round of a job, and the ladder of the round.
    package mutating func store(_ order: Order, in envelope: Envelope) throws(LedgerError) -> Int64 {
        let seq = try record(
            "ordered",
            job: order.job,
            by: order.route.orderer.rawValue,
            why: "round \(order.round)"
        )
        try run(
            """
            INSERT INTO job (id, state, round, ordered_at, deadline, seq) VALUES (?, 'open', ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET state = 'open', round = excluded.round, deadline = excluded.deadline,
                reason = NULL
            """,
            [
                .text(order.job.rawValue), .init(order.round), .init(order.issued), .init(order.deadline),
                .integer(seq),
            ]
        )
        try run(
            "INSERT INTO job_order VALUES (?, ?, ?, ?)",
            [
                .text(order.job.rawValue), .init(order.round), .blob(envelope.json.encoded),
                .init(envelope.digest),
            ]
        )
        let first = order.route.position(of: order.stage) ?? 0
        try run(
            "UPDATE ladder SET state = 'superseded' WHERE job = ? AND round < ? AND position >= ?",
            [.text(order.job.rawValue), .init(order.round), .integer(Int64(first))]
        )
        for (position, leg) in order.route.legs.enumerated().dropFirst(first) {
            try run(
                "INSERT INTO ladder (job, round, position, stage, node, ordered_at) VALUES (?, ?, ?, ?, ?, ?)",
                [
                    .text(order.job.rawValue), .init(order.round), .integer(Int64(position)),
                    .text(leg.stage.rawValue), .text(leg.node.rawValue),
                    position == first ? .init(order.issued) : .null,
                ]
            )
        }
        return seq
    }

    /// Moves a job that is not final to `state`; `false` when it was final already.
    @discardableResult
    package mutating func move(
        job: JobID,
        to state: JobState,
        reason: Reason?,
        closeout: StoredCloseout? = nil,
        by: String
    ) throws(LedgerError) -> Bool {
        let changed = try run(
            """
            UPDATE job SET state = ?, reason = ?, closed_at = ?, closeout = ?, closeout_statement = ?
            WHERE id = ? AND state IN ('open', 'blocked')
            """,
            [
                .text(state.rawValue), .init(reason?.clipped.json.text),
                state == .closed ? .init(now) : .null,
                closeout.map { .blob($0.record) } ?? .null, closeout.map { .blob($0.statement) } ?? .null,
                .text(job.rawValue),
            ]
        )
        guard changed == 1 else { return false }
        try record("job-\(state.rawValue)", job: job, by: by, why: reason.map { "\($0.code): \($0.text)" })
        return true
    }

    /// The number of the next control document of `job`.
    package mutating func nextControl(of job: JobID) throws(LedgerError) -> Int64 {
        try reader.first(
            "UPDATE job SET controls = controls + 1 WHERE id = ? RETURNING controls",
            [.text(job.rawValue)]
        ) { $0.integer(0) } ?? 1
    }

    /// Notes on the ladder that the task came into `state` at `moment`.
    ///
    /// `moment` goes into the column of that name, unless one is there already.
    package mutating func note(
        _ task: TaskID,
        state: String?,
        _ column: String?,
        at moment: UnixMilliseconds
    ) throws(LedgerError) {
        guard let column, LadderRung.momentNames.contains(column) else {
            try run(
                "UPDATE ladder SET state = coalesce(?, state) WHERE job = ? AND round = ? AND stage = ?",
                [.init(state), .text(task.job.rawValue), .init(task.round), .text(task.stage.rawValue)]
            )
            return
        }
        try run(
            """
            UPDATE ladder SET state = coalesce(?, state), \(column) = coalesce(\(column), ?)
            WHERE job = ? AND round = ? AND stage = ?
            """,
            [
                .init(state), .init(moment), .text(task.job.rawValue), .init(task.round),
                .text(task.stage.rawValue),
            ]
        )
    }

    /// Remembers up to which event a peer was seen.
    package mutating func observe(_ node: NodeName, upTo seq: Int64) throws(LedgerError) {
        try run(
            "INSERT INTO peer VALUES (?, ?) ON CONFLICT (node) DO UPDATE SET seq = excluded.seq",
            [.text(node.rawValue), .integer(seq)]
        )
    }
}
