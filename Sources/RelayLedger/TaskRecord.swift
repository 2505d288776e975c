package import RelayCore
import RelaySQL
import RelaySeal
package import RelayWire

/// A local process, told from a later one of the same number by its start.
package struct ProcessIdentity: Hashable, Sendable {
    /// The process id.
    package let pid: Int32
    /// When it started, in the kernel's ticks since boot.
    package let start: Int64

    package init(pid: Int32, start: Int64) {
        self.pid = pid
        self.start = start
    }
}

/// A task as the ledger holds it, without its document.
package struct TaskRecord: Hashable, Sendable {
    /// The task.
    package let id: TaskID
    /// The node that sent it.
    package let sender: NodeName
    /// Where it stands.
    package let state: TaskState
    /// While blocked: the state it came from.
    package let origin: TaskState?
    /// Since when it stands there.
    package let since: UnixMilliseconds
    /// It is not claimable before.
    package let notBefore: UnixMilliseconds
    /// How often it has been claimed.
    package let epoch: Int64
    /// How often it has been given back with a delay.
    package let releases: Int64
    /// How often consumers have claimed it since a human last helped; what was given back in good order does not count.
    package let attempts: Int64
    /// When the holder's lease ends; `nil` without holder and for humans.
    package let leaseUntil: UnixMilliseconds?
    /// When the present or latest claim began.
    package let claimedAt: UnixMilliseconds?
    /// Who holds it, or held it last.
    package let holder: Holder?
    /// The process that holds it, or held it last.
    package let process: ProcessIdentity?
    /// Why it is blocked, failed or cancelled.
    package let reason: Reason?
    /// The digest of its document.
    package let digest: Digest
    /// The event that stored it.
    package let seq: Int64

    static let columns = """
        id, sender, state, origin, since, not_before, epoch, releases, lease_until, claimed_at, holder_by,
        holder_pid, holder_start, reason, digest, seq, attempts
        """

    init(_ row: borrowing Row) throws(SQLError) {
        id = try row.name(0)
        sender = try row.name(1)
        state = try row.choice(2)
        origin = try row.choiceOrNil(3)
        since = row.moment(4)
        notBefore = row.moment(5)
        epoch = row.integer(6)
        releases = row.integer(7)
        leaseUntil = row.momentOrNil(8)
        claimedAt = row.momentOrNil(9)
        holder = try row.choiceOrNil(10)
        if let pid = row.integerOrNil(11), let start = row.integerOrNil(12) {
            process = ProcessIdentity(pid: Int32(truncatingIfNeeded: pid), start: start)
        } else {
            process = nil
        }
        reason = try row.document(13)
        digest = try row.digest(14)
        seq = row.integer(15)
        attempts = row.integer(16)
    }

    /// The receipt of its document.
    package var receipt: Receipt { Receipt(task: id, digest: digest, seq: seq) }
}

extension LedgerReader {
    /// The task `id`, `nil` when it is not here.
    package mutating func task(_ id: TaskID) throws(LedgerError) -> TaskRecord? {
        try first("SELECT \(TaskRecord.columns) FROM task WHERE id = ?", [.text(id.rawValue)]) {
            (row) throws(SQLError) in try TaskRecord(row)
        }
    }

    /// The exact bytes of the document of the task `id`.
    ///
    /// - Throws: `LedgerError.damaged` when they are not the ones that were stored.
    package mutating func document(of id: TaskID) throws(LedgerError) -> [UInt8]? {
        let found = try first("SELECT document, digest FROM task WHERE id = ?", [.text(id.rawValue)]) {
            ($0.blob(0), $0.text(1))
        }
        guard let (document, digest) = found else { return nil }
        guard Digest.of(document).hex == digest else {
            throw .damaged("the document of \(id) no longer has the digest \(digest)")
        }
        return document
    }

    /// The files the task came with, in the order of its document.
    package mutating func inputs(of id: TaskID) throws(LedgerError) -> [Attachment] {
        try all(
            "SELECT name, size, sha256 FROM task_input WHERE task = ? ORDER BY position",
            [.text(id.rawValue)]
        ) {
            (row) throws(SQLError) in try row.attachment(0)
        }
    }

    /// The tasks of `job`, oldest first.
    package mutating func tasks(of job: JobID) throws(LedgerError) -> [TaskRecord] {
        try all("SELECT \(TaskRecord.columns) FROM task WHERE job = ? ORDER BY seq", [.text(job.rawValue)]) {
            (row) throws(SQLError) in try TaskRecord(row)
        }
    }

    /// The tasks that somebody holds under a lease or as a living process, for the sweep at start and in between.
    package mutating func claimedTasks() throws(LedgerError) -> [TaskRecord] {
        try all("SELECT \(TaskRecord.columns) FROM task WHERE state = 'claimed' ORDER BY seq") {
            (row) throws(SQLError) in try TaskRecord(row)
        }
    }

    /// The tasks in `state`, oldest first, after the event `after`.
    package mutating func tasks(
        in state: TaskState,
        after: Int64,
        limit: Int
    ) throws(LedgerError) -> [TaskRecord] {
        try all(
            "SELECT \(TaskRecord.columns) FROM task WHERE state = ? AND seq > ? ORDER BY seq LIMIT ?",
            [.text(state.rawValue), .integer(after), .integer(Int64(limit))]
        ) { (row) throws(SQLError) in try TaskRecord(row) }
    }

    /// The oldest task that can be claimed now: stored and due, of one of `stages` unless that is empty.
    package mutating func claimable(
        stages: [StageName],
        now: UnixMilliseconds
    ) throws(LedgerError) -> TaskRecord? {
        let marks = stages.map { _ in "?" }.joined(separator: ", ")
        let filter = stages.isEmpty ? "" : "AND stage IN (\(marks))"
        return try first(
            """
            SELECT \(TaskRecord.columns) FROM task WHERE state = 'stored' AND not_before <= ? \(filter)
            ORDER BY seq LIMIT 1
            """,
            [.init(now)] + stages.map { .text($0.rawValue) }
        ) { (row) throws(SQLError) in try TaskRecord(row) }
    }

    /// When the next stored task that must wait becomes due.
    package mutating func nextDue(after now: UnixMilliseconds) throws(LedgerError) -> UnixMilliseconds? {
        try first(
            "SELECT min(not_before) FROM task WHERE state = 'stored' AND not_before > ?",
            [.init(now)]
        ) { $0.momentOrNil(0) } ?? nil
    }

    /// How many tasks are not final.
    package mutating func liveCount() throws(LedgerError) -> Int64 {
        try first(
            """
            SELECT coalesce(sum(n), 0) FROM task_count
            WHERE state <> 'settled' AND state <> 'failed' AND state <> 'cancelled'
            """
        ) { $0.integer(0) } ?? 0
    }

    /// How many tasks are in each state; states without tasks may be absent.
    package mutating func counts() throws(LedgerError) -> [TaskState: Int64] {
        let rows = try all("SELECT state, n FROM task_count") { (row) throws(SQLError) in
            (try row.choice(0) as TaskState, row.integer(1))
        }
        return Dictionary(rows) { first, _ in first }
    }
}
