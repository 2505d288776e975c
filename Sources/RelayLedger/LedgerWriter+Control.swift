package import RelayCore
import RelaySQL

/// That a job takes no more work at this node.
package struct EndedJob: Hashable, Sendable {
    /// `nil` when the whole job has ended, else the newest round that has.
    package let through: Round?
    /// Why: `cancelled`, `closed` or `superseded`.
    package let code: String

    package init(through: Round?, code: String) {
        self.through = through
        self.code = code
    }
}

/// The answer that was given to a local request.
package struct StoredAnswer: Hashable, Sendable {
    /// The digest of the request's bytes.
    package let digest: Digest
    /// The HTTP status.
    package let status: Int
    /// The body.
    package let body: [UInt8]

    package init(digest: Digest, status: Int, body: [UInt8]) {
        self.digest = digest
        self.status = status
        self.body = body
    }
}

extension LedgerReader {
    /// Whether and how far `job` has ended here.
    package mutating func ended(_ job: JobID) throws(LedgerError) -> EndedJob? {
        try first("SELECT through, code FROM ended WHERE job = ?", [.text(job.rawValue)]) {
            EndedJob(through: Round(Int($0.integer(0))), code: $0.text(1))
        }
    }

    /// The digest and event of an accepted control document.
    package mutating func control(
        _ kind: String,
        _ job: JobID,
        _ n: Int64
    ) throws(LedgerError) -> (digest: Digest, seq: Int64)? {
        try first(
            "SELECT digest, seq FROM control WHERE job = ? AND kind = ? AND n = ?",
            [.text(job.rawValue), .text(kind), .integer(n)]
        ) { (row) throws(SQLError) in (try row.digest(0), row.integer(1)) }
    }

    /// The answer that was given to a local request.
    package mutating func answer(
        to request: String,
        of instance: String
    ) throws(LedgerError) -> StoredAnswer? {
        try first(
            "SELECT digest, status, body FROM request WHERE instance = ? AND request = ?",
            [.text(instance), .text(request)]
        ) { (row) throws(SQLError) in
            StoredAnswer(digest: try row.digest(0), status: Int(row.integer(1)), body: row.blob(2))
        }
    }
}

extension LedgerWriter {
    /// Ends `job` here: all of it for ever, or its rounds up to `through`; a wider end stays.
    package mutating func end(_ job: JobID, through: Round?, code: String) throws(LedgerError) {
        // 0 stands for the whole job; it wins over every round.
        try run(
            """
            INSERT INTO ended VALUES (?, ?, ?)
            ON CONFLICT (job) DO UPDATE SET through = excluded.through, code = excluded.code
            WHERE through <> 0 AND (excluded.through = 0 OR excluded.through > through)
            """,
            [.text(job.rawValue), .integer(Int64(through?.number ?? 0)), .text(code)]
        )
    }

    /// Records an accepted control document and gives the event's number.
    package mutating func store(
        control kind: String,
        _ job: JobID,
        _ n: Int64,
        digest: Digest,
        by sender: NodeName,
        why: String?
    ) throws(LedgerError) -> Int64 {
        let seq = try record(kind, job: job, by: sender.rawValue, why: why)
        try run(
            "INSERT INTO control VALUES (?, ?, ?, ?, ?)",
            [.text(job.rawValue), .text(kind), .integer(n), .init(digest), .integer(seq)]
        )
        return seq
    }

    /// Keeps the answer to a local request with what the request changed.
    package mutating func store(
        _ answer: StoredAnswer,
        to request: String,
        of instance: String
    ) throws(LedgerError) {
        try run(
            "INSERT INTO request VALUES (?, ?, ?, ?, ?, ?)",
            [
                .text(instance), .text(request), .init(answer.digest), .integer(Int64(answer.status)),
                .blob(answer.body), .init(steady),
            ]
        )
        // A few old answers go with each new one, so that the table stays as large as a day's work.
        try run(
            """
            DELETE FROM request WHERE (instance, request) IN
                (SELECT instance, request FROM request WHERE at < ? ORDER BY at LIMIT 4)
            """,
            [.integer(steady.value - 86_400_000)]
        )
    }
}
