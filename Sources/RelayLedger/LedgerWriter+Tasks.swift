package import RelayCore
import RelaySQL
package import RelayWire

extension LedgerWriter {
    /// Stores a task with the files of its document; the answer is the number of the event.
    package mutating func store(
        _ document: RelayDocument,
        bytes: [UInt8],
        digest: Digest
    ) throws(LedgerError) -> Int64 {
        let task = document.task
        let seq = try record("stored", job: task.job, task: task, to: .stored, by: document.from.rawValue)
        try run(
            """
            INSERT INTO task (id, job, stage, round, sender, state, since, document, digest, seq)
            VALUES (?, ?, ?, ?, ?, 'stored', ?, ?, ?, ?)
            """,
            [
                .text(task.rawValue), .text(task.job.rawValue), .text(task.stage.rawValue), .init(task.round),
                .text(document.from.rawValue), .init(now), .blob(bytes), .init(digest), .integer(seq),
            ]
        )
        for (position, file) in document.attachments.enumerated() {
            try run(
                "INSERT INTO task_input VALUES (?, ?, ?, ?, ?)",
                [
                    .text(task.rawValue), .integer(Int64(position)), .text(file.name.rawValue),
                    .integer(file.size), .init(file.digest),
                ]
            )
        }
        return seq
    }

    /// Moves `task` by `event`, records it, and gives the event's number.
    ///
    /// The row changes only while it is still in the state and epoch of `task`, so of two callers one wins and
    /// the other gets `LedgerError.stale`.
    @discardableResult
    package mutating func apply(
        _ event: TaskEvent,
        to task: TaskRecord,
        by: String,
        reason: Reason? = nil
    ) throws(LedgerError) -> Int64 {
        guard let next = task.state.next(after: event) else {
            throw .illegalTransition(task.id, from: task.state, event: event)
        }
        let changed = try run(
            """
            UPDATE task SET state = ?, origin = ?, since = ?, reason = ?,
                lease_until = CASE WHEN ? = 'claimed' THEN lease_until END
            WHERE id = ? AND state = ? AND epoch = ?
            """,
            [
                .text(next.rawValue), next == .blocked ? .text(task.state.rawValue) : .null, .init(now),
                .init(reason?.clipped.json.text), .text(next.rawValue), .text(task.id.rawValue),
                .text(task.state.rawValue), .integer(task.epoch),
            ]
        )
        guard changed == 1 else { throw .stale(task.id, expected: task.state) }
        return try record(
            event.rawValue,
            job: task.id.job,
            task: task.id,
            from: task.state,
            to: next,
            by: by,
            why: reason.map { "\($0.code): \($0.text)" }
        )
    }

    /// Gives `task` to a new holder; its epoch rises by one, so that an older holder is stale.
    package mutating func claim(
        _ task: TaskRecord,
        by holder: Holder,
        process: ProcessIdentity?,
        leaseUntil: UnixMilliseconds?
    ) throws(LedgerError) -> Claim {
        try apply(.claimed, to: task, by: holder.rawValue)
        try run(
            """
            UPDATE task SET epoch = epoch + 1, attempts = attempts + ?, lease_until = ?, claimed_at = ?, holder_by = ?, holder_pid = ?,
                holder_start = ?, progress_bytes = NULL, progress_cpu_ms = NULL, measured_at = NULL, moved_at = NULL
            WHERE id = ?
            """,
            [
                .init(holder == .consumer), leaseUntil.map { .init($0) } ?? .null, .init(now),
                .text(holder.rawValue),
                process.map { .integer(Int64($0.pid)) } ?? .null, process.map { .integer($0.start) } ?? .null,
                .text(task.id.rawValue),
            ]
        )
        return Claim(task: task.id, epoch: task.epoch + 1)
    }

    /// Sets the end of the lease of `claim`, and the progress that was measured.
    ///
    /// The moment it moved is now when more was measured than before, or for the first time.
    package mutating func renew(
        _ claim: Claim,
        until: UnixMilliseconds,
        progress: RenewRequest.Progress?
    ) throws(LedgerError) {
        let changed = try run(
            "UPDATE task SET lease_until = ? WHERE id = ? AND epoch = ? AND state = 'claimed'",
            [.init(until), .text(claim.task.rawValue), .integer(claim.epoch)]
        )
        guard changed == 1 else { throw .stale(claim.task, expected: .claimed) }
        guard let progress else { return }
        try run(
            """
            UPDATE task SET measured_at = ?1,
                moved_at = CASE WHEN progress_bytes = ?2 AND progress_cpu_ms = ?3 THEN moved_at ELSE ?1 END,
                progress_bytes = ?2, progress_cpu_ms = ?3
            WHERE id = ?4
            """,
            [
                .init(now), .integer(progress.bytes), .integer(progress.cpuMilliseconds),
                .text(claim.task.rawValue),
            ]
        )
    }

    /// The latest claim of the task does not count as an attempt: its holder gave it back in good order.
    package mutating func takeBackAttempt(of task: TaskID) throws(LedgerError) {
        try run("UPDATE task SET attempts = max(0, attempts - 1) WHERE id = ?", [.text(task.rawValue)])
    }

    /// Begins a new count of the task's attempts.
    package mutating func forgetAttempts(of task: TaskID) throws(LedgerError) {
        try run("UPDATE task SET attempts = 0, releases = 0 WHERE id = ?", [.text(task.rawValue)])
    }

    /// Ends the wait of a released task at `moment`, and counts the release when it `delays`.
    package mutating func delay(_ task: TaskID, until moment: UnixMilliseconds) throws(LedgerError) {
        try run(
            "UPDATE task SET not_before = ?, releases = releases + 1 WHERE id = ?",
            [.init(moment), .text(task.rawValue)]
        )
    }
}
