package import RelayCore
import RelaySQL
package import RelayWire

extension LedgerReader {
    /// The numbers of the oldest and newest event; zeros before the first.
    package mutating func eventRange() throws(LedgerError) -> (oldest: Int64, newest: Int64) {
        try first("SELECT (SELECT min(seq) FROM event), (SELECT max(seq) FROM event)") {
            ($0.integerOrNil(0) ?? 0, $0.integerOrNil(1) ?? 0)
        } ?? (0, 0)
    }

    /// What SQLite finds wrong with the whole file, at most 20 things; takes long.
    package mutating func integrityFaults() throws(LedgerError) -> [String] {
        try all("PRAGMA integrity_check(20)") { $0.text(0) }.filter { $0 != "ok" }
    }

    /// At most `limit` events behind `seq`, in order.
    package mutating func events(after seq: Int64, limit: Int) throws(LedgerError) -> [NodeEvent] {
        try all(
            """
            SELECT seq, at, job, task, kind, from_state, to_state, by, why, prev, hash FROM event
            WHERE seq > ? ORDER BY seq LIMIT ?
            """,
            [.integer(seq), .integer(Int64(limit))]
        ) { (row) throws(SQLError) in try NodeEvent(row) }
    }

    /// The events of `job` of some kinds, oldest first, at most 200.
    package mutating func events(of job: JobID, kinds: [String]) throws(LedgerError) -> [NodeEvent] {
        let marks = kinds.map { _ in "?" }.joined(separator: ", ")
        return try all(
            """
            SELECT seq, at, job, task, kind, from_state, to_state, by, why, prev, hash FROM event
            WHERE job = ? AND kind IN (\(marks)) ORDER BY seq LIMIT 200
            """,
            [.text(job.rawValue)] + kinds.map { .text($0) }
        ) { (row) throws(SQLError) in try NodeEvent(row) }
    }

    /// The newest tasks stored before the event `before`, at most `limit`; of one state when it is given.
    package mutating func tasks(
        state: TaskState? = nil,
        before: Int64 = .max,
        limit: Int
    ) throws(LedgerError) -> [TaskRecord] {
        let filter = state == nil ? "" : "state = ? AND"
        return try all(
            "SELECT \(TaskRecord.columns) FROM task WHERE \(filter) seq < ? ORDER BY seq DESC LIMIT ?",
            (state.map { [.text($0.rawValue)] } ?? []) + [.integer(before), .integer(Int64(limit))]
        ) { (row) throws(SQLError) in try TaskRecord(row) }
    }

    /// Since when the task that waits longest to be claimed waits.
    package mutating func oldestWaiting() throws(LedgerError) -> UnixMilliseconds? {
        try first("SELECT min(since) FROM task WHERE state = 'stored'") { $0.momentOrNil(0) } ?? nil
    }

    /// What the holder of the task last measured; `nil` before it did.
    package mutating func progress(of task: TaskID) throws(LedgerError) -> MeasuredProgress? {
        try first(
            "SELECT progress_bytes, progress_cpu_ms, measured_at, moved_at FROM task WHERE id = ?",
            [.text(task.rawValue)]
        ) { row in
            guard let bytes = row.integerOrNil(0), let time = row.integerOrNil(1),
                let measured = row.momentOrNil(2), let moved = row.momentOrNil(3)
            else { return nil }
            let progress = RenewRequest.Progress(bytes: bytes, cpuMilliseconds: time)
            return MeasuredProgress(progress: progress, measuredAt: measured, movedAt: moved)
        } ?? nil
    }
}

extension NodeEvent {
    init(_ row: borrowing Row) throws(SQLError) {
        self.init(
            seq: row.integer(0),
            at: row.moment(1),
            job: try row.nameOrNil(2),
            task: try row.nameOrNil(3),
            kind: row.text(4),
            from: row.textOrNil(5),
            to: row.textOrNil(6),
            by: row.text(7),
            why: row.textOrNil(8),
            previous: row.text(9),
            hash: row.text(10)
        )
    }
}
