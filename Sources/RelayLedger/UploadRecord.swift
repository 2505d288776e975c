package import RelayCore
import RelaySQL
import RelayWire

/// A file that came by upload, as the ledger holds it.
package struct UploadRecord: Hashable, Sendable {
    /// The job it belongs to.
    package let job: JobID
    /// The round it belongs to.
    package let round: Round
    /// The node that sent it.
    package let sender: NodeName
    /// What is known of its content.
    package let facts: FileFacts
    /// The event that stored it.
    package let seq: Int64
    /// Whether a task or an order names it.
    package let isBound: Bool

    package init(job: JobID, round: Round, sender: NodeName, facts: FileFacts, seq: Int64, isBound: Bool) {
        self.job = job
        self.round = round
        self.sender = sender
        self.facts = facts
        self.seq = seq
        self.isBound = isBound
    }

    static let columns = "job, round, sender, name, size, sha256, utf8, headings, hidden, seq, bound"

    init(_ row: borrowing Row) throws(SQLError) {
        job = try row.name(0)
        round = try row.round(1)
        sender = try row.name(2)
        facts = try FileFacts(row, at: 3)
        seq = row.integer(9)
        isBound = row.integer(10) == 1
    }
}

extension FileFacts {
    /// Reads name, size, sha256, utf8, headings and hidden from six columns.
    init(_ row: borrowing Row, at column: Int) throws(SQLError) {
        let headings: [String]
        let hidden: [HiddenCharacters]
        do throws(WireError) {
            headings = try JSON(parsing: Array(row.text(column + 4).utf8)).elements.compactMap(\.stringValue)
            hidden = try JSON(parsing: Array(row.text(column + 5).utf8)).elements.compactMap(
                \.hiddenCharacters
            )
        } catch {
            throw .unreadable("what was found in a text: \(error)")
        }
        self.init(
            name: try row.name(column),
            size: row.integer(column + 1),
            digest: try row.digest(column + 2),
            isUTF8: row.integer(column + 3) == 1,
            headings: headings,
            hidden: hidden
        )
    }

    var values: [SQLValue] {
        [
            .text(name.rawValue), .integer(size), .init(digest), .init(isUTF8),
            .text(JSON.array(headings.map { .string($0) }).text), .text(JSON.array(hidden.map(\.json)).text),
        ]
    }
}

extension HiddenCharacters {
    /// As the ledger keeps it: kind, count and first.
    fileprivate var json: JSON { .array([.string(kind.rawValue), JSON(count), JSON(first)]) }
}

extension JSON {
    /// What `HiddenCharacters.json` wrote.
    fileprivate var hiddenCharacters: HiddenCharacters? {
        let parts = elements
        guard parts.count == 3, let kind = parts[0].stringValue.flatMap(HiddenCharacters.Kind.init),
            case .integer(let count) = parts[1], case .integer(let first) = parts[2]
        else { return nil }
        return HiddenCharacters(kind: kind, count: count, first: first)
    }
}

extension LedgerReader {
    /// The upload of `sender` under that name, bound or not.
    package mutating func upload(
        _ job: JobID,
        _ round: Round,
        _ name: AttachmentName,
        from sender: NodeName
    ) throws(LedgerError) -> UploadRecord? {
        try first(
            "SELECT \(UploadRecord.columns) FROM upload WHERE job = ? AND round = ? AND name = ? AND sender = ?",
            [.text(job.rawValue), .init(round), .text(name.rawValue), .text(sender.rawValue)]
        ) { (row) throws(SQLError) in try UploadRecord(row) }
    }

    /// The bound upload of that name without regard to case, whoever sent it.
    package mutating func boundUpload(
        _ job: JobID,
        _ round: Round,
        _ name: AttachmentName
    ) throws(LedgerError) -> UploadRecord? {
        try first(
            "SELECT \(UploadRecord.columns) FROM upload WHERE job = ? AND round = ? AND folded = ? AND bound = 1",
            [.text(job.rawValue), .init(round), .text(name.folded)]
        ) { (row) throws(SQLError) in try UploadRecord(row) }
    }

    /// The senders who uploaded something that no task has bound, under that job, round and name.
    package mutating func senders(
        _ job: JobID,
        _ round: Round,
        _ name: AttachmentName
    ) throws(LedgerError) -> [NodeName] {
        try all(
            "SELECT sender FROM upload WHERE job = ? AND round = ? AND name = ?",
            [.text(job.rawValue), .init(round), .text(name.rawValue)]
        ) { (row) throws(SQLError) in try row.name(0) }
    }

    /// How many uploads of `sender` no task has bound; counted up to `limit`.
    package mutating func unboundCount(of sender: NodeName, limit: Int64) throws(LedgerError) -> Int64 {
        try first(
            "SELECT count(*) FROM (SELECT 1 FROM upload WHERE sender = ? AND bound = 0 LIMIT ?)",
            [.text(sender.rawValue), .integer(limit)]
        ) { $0.integer(0) } ?? 0
    }

    /// The oldest uploads that no task has bound and that came before `moment`.
    package mutating func unbound(before moment: UnixMilliseconds, limit: Int) throws(LedgerError)
        -> [UploadRecord]
    {
        try all(
            "SELECT \(UploadRecord.columns) FROM upload WHERE bound = 0 AND at < ? ORDER BY at LIMIT ?",
            [.init(moment), .integer(Int64(limit))]
        ) { (row) throws(SQLError) in try UploadRecord(row) }
    }

    /// Every upload of `job`.
    package mutating func uploads(of job: JobID) throws(LedgerError) -> [UploadRecord] {
        try all(
            "SELECT \(UploadRecord.columns) FROM upload WHERE job = ? ORDER BY seq",
            [.text(job.rawValue)]
        ) {
            (row) throws(SQLError) in try UploadRecord(row)
        }
    }
}

extension LedgerWriter {
    /// Stores, or replaces, the unbound upload of `sender` and gives the event's number.
    @discardableResult
    package mutating func store(
        upload facts: FileFacts,
        job: JobID,
        round: Round,
        from sender: NodeName,
        why: String? = nil
    ) throws(LedgerError) -> Int64 {
        let seq = try record("uploaded", job: job, by: sender.rawValue, why: why ?? facts.name.rawValue)
        try run(
            """
            INSERT INTO upload (job, round, sender, folded, name, size, sha256, utf8, headings, hidden, seq, at,
                bound)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)
            ON CONFLICT (job, round, name, sender) DO UPDATE SET size = excluded.size, sha256 = excluded.sha256,
                utf8 = excluded.utf8, headings = excluded.headings, hidden = excluded.hidden, seq = excluded.seq, at = excluded.at
            """,
            [.text(job.rawValue), .init(round), .text(sender.rawValue), .text(facts.name.folded)]
                + facts.values
                + [.integer(seq), .init(now)]
        )
        return seq
    }

    /// Binds an upload: from now on only the same bytes are taken under its name.
    package mutating func bind(_ upload: UploadRecord) throws(LedgerError) {
        try run(
            "UPDATE upload SET bound = 1 WHERE job = ? AND round = ? AND name = ? AND sender = ?",
            [
                .text(upload.job.rawValue), .init(upload.round), .text(upload.facts.name.rawValue),
                .text(upload.sender.rawValue),
            ]
        )
    }

    /// Forgets an upload that no task has bound, and records why.
    package mutating func forget(_ upload: UploadRecord, by: String, why: String) throws(LedgerError) {
        try record("forgotten", job: upload.job, by: by, why: why)
        try run(
            "DELETE FROM upload WHERE job = ? AND round = ? AND name = ? AND sender = ? AND bound = 0",
            [
                .text(upload.job.rawValue), .init(upload.round), .text(upload.facts.name.rawValue),
                .text(upload.sender.rawValue),
            ]
        )
    }
}
