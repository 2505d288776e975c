package import RelayCore
import RelaySQL
import RelaySeal
import RelayWire

/// The reading side of a connection.
///
/// The files of the records hold the questions.
package struct LedgerReader: ~Copyable {
    var db: Connection

    init(_ connection: consuming Connection) { db = connection }

    init(readingApart path: String) throws(LedgerError) {
        do throws(SQLError) { db = try Connection(path: path, mode: .readOnly) } catch { throw .sql(error) }
    }

    mutating func sql<Answer>(
        _ body: (inout Connection) throws(SQLError) -> Answer
    ) throws(LedgerError) -> Answer {
        do throws(SQLError) { return try body(&db) } catch { throw .sql(error) }
    }

    mutating func first<Answer>(
        _ question: String,
        _ values: [SQLValue] = [],
        _ row: (borrowing Row) throws(SQLError) -> Answer
    ) throws(LedgerError) -> Answer? {
        do throws(SQLError) { return try db.first(question, values, row) } catch { throw .sql(error) }
    }

    mutating func all<Answer>(
        _ question: String,
        _ values: [SQLValue] = [],
        _ row: (borrowing Row) throws(SQLError) -> Answer
    ) throws(LedgerError) -> [Answer] {
        do throws(SQLError) { return try db.query(question, values, row) } catch { throw .sql(error) }
    }
}

/// The writing side, valid inside a change of `Ledger.commit`.
///
/// The files `LedgerWriter+….swift` hold the changes.
package struct LedgerWriter: ~Copyable {
    /// The same connection, for questions; it sees what the batch has written so far.
    package var reader: LedgerReader
    private var head: Head
    private let clock: @Sendable () -> UnixMilliseconds

    /// The newest event: its number and hash.
    package struct Head: Hashable, Sendable {
        /// The number; 0 before the first event.
        package var seq: Int64
        /// The hash; 64 zeros before the first event.
        package var hash: String

        package init(seq: Int64, hash: String) {
            self.seq = seq
            self.hash = hash
        }

        /// Before the first event.
        package static let first = Head(seq: 0, hash: String(repeating: "0", count: 64))
    }

    private let steadyClock: @Sendable () -> UnixMilliseconds

    init(
        _ connection: consuming Connection,
        head: Head,
        now: @escaping @Sendable () -> UnixMilliseconds,
        steady: @escaping @Sendable () -> UnixMilliseconds
    ) {
        reader = LedgerReader(connection)
        self.head = head
        clock = now
        steadyClock = steady
    }

    /// The time that records get.
    package var now: UnixMilliseconds { clock() }
    /// The time that leases and waits are reckoned by; see `Ledger.steady`.
    package var steady: UnixMilliseconds { steadyClock() }

    /// A moment of the steady clock as the wall clock will show it, for people.
    package func shown(_ moment: UnixMilliseconds) -> UnixMilliseconds {
        moment.advanced(by: .milliseconds(now.value - steady.value))
    }

    static func head(of connection: inout Connection) throws(SQLError) -> Head {
        try connection.first("SELECT seq, hash FROM event ORDER BY seq DESC LIMIT 1") {
            Head(seq: $0.integer(0), hash: $0.text(1))
        } ?? .first
    }

    mutating func batch<Answer>(
        _ body: (inout LedgerWriter) throws(LedgerError) -> Answer
    ) throws(LedgerError) -> Answer {
        let before = head
        try run("BEGIN IMMEDIATE")
        do throws(LedgerError) {
            let answer = try body(&self)
            try run("COMMIT")
            return answer
        } catch {
            head = before
            // The first error wins; SQLite may have rolled back by itself, and then this fails.
            if reader.db.isInTransaction { try? reader.db.execute("ROLLBACK") }
            throw error
        }
    }

    mutating func apart<Answer>(_ body: Ledger.Change<Answer>) throws(LedgerError) -> Answer {
        let before = head
        try run("SAVEPOINT change")
        do throws(LedgerError) {
            let answer = try body(&self)
            try run("RELEASE change")
            return answer
        } catch {
            head = before
            // The first error wins; an error that ended the transaction took the savepoint with it.
            if reader.db.isInTransaction {
                _ = try? reader.db.run("ROLLBACK TO change")
                _ = try? reader.db.run("RELEASE change")
            }
            throw error
        }
    }

    @discardableResult
    mutating func run(_ statement: String, _ values: [SQLValue] = []) throws(LedgerError) -> Int {
        try reader.sql { (db: inout Connection) throws(SQLError) in try db.run(statement, values) }
    }

    /// Writes the next event and gives its number; the numbers have no gaps.
    @discardableResult
    package mutating func record(
        _ kind: String,
        job: JobID?,
        task: TaskID? = nil,
        from: TaskState? = nil,
        to: TaskState? = nil,
        by: String,
        why: String? = nil
    ) throws(LedgerError) -> Int64 {
        let bare = NodeEvent(
            seq: head.seq + 1,
            at: now,
            job: job,
            task: task,
            kind: kind,
            from: from?.rawValue,
            to: to?.rawValue,
            by: by,
            why: why?.clipped,
            previous: head.hash,
            hash: ""
        )
        let hash = Digest.of(bare.hashed.encoded).hex
        try run(
            "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                .integer(bare.seq), .integer(bare.at.value), .init(job), .init(task), .text(kind),
                .init(bare.from), .init(bare.to), .text(by), .init(bare.why), .text(head.hash), .text(hash),
            ]
        )
        head = Head(seq: bare.seq, hash: hash)
        return bare.seq
    }
}

extension SQLValue {
    init(_ text: String?) { self = text.map { .text($0) } ?? .null }
    init(_ name: (some CheckedName)?) { self = name.map { .text($0.rawValue) } ?? .null }
    init(_ round: Round) { self = .integer(Int64(round.number)) }
    init(_ moment: UnixMilliseconds) { self = .integer(moment.value) }
    init(_ digest: Digest) { self = .text(digest.hex) }
    init(_ flag: Bool) { self = .integer(flag ? 1 : 0) }
}
