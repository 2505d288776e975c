package import RelayCore
import RelaySQL
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The node's only truth: SQLite in WAL mode with `synchronous=FULL`.
///
/// One writing connection, owned by this object, and some reading ones. A change is durable when `commit` has
/// returned. NORMAL would lose acknowledged tasks at a power cut (reliability.md, 0.1).
package final class Ledger: Sendable {
    private let writer: Mutex<LedgerWriter>
    private let readers: [Reader]
    private let turn = Atomic<Int>(0)
    private let path: String?
    /// The time by which leases and waits are reckoned.
    ///
    /// It is the wall clock's of the machine's start, or of the first start of the node after that, and goes on with
    /// the machine, over restarts of the process, whatever the wall clock is set to.
    package let steady: @Sendable () -> UnixMilliseconds

    private final class Reader: Sendable {
        private let reader: Mutex<LedgerReader>

        init(path: String) throws(SQLError) {
            reader = Mutex(LedgerReader(try Connection(path: path, mode: .readOnly)))
        }

        func read<Answer>(
            _ body: (inout LedgerReader) throws(LedgerError) -> sending Answer
        ) throws(LedgerError) -> sending Answer {
            try reader.withLock { (reader) throws(LedgerError) in
                try body(&reader)
            }
        }
    }

    /// Opens or creates the ledger and brings its schema to this program's version.
    ///
    /// - Parameters:
    ///   - path: the file; `nil` for a ledger in memory, which is read through the writing connection.
    ///   - readers: how many connections `read` shares out.
    ///   - now: the wall clock, for records.
    ///   - clock: what leases and waits are reckoned by; `nil` for the wall clock.
    /// - Throws: `LedgerError.unknownSchema` for a newer program's ledger, `LedgerError.damaged` for a log that
    ///   lost what was committed, `LedgerError.sql` for the rest.
    package init(
        path: String?,
        readers: Int = 2,
        now: @escaping @Sendable () -> UnixMilliseconds,
        clock: BootClock? = nil
    ) throws(LedgerError) {
        self.path = path
        if let path {
            try LogCheck.check(ledger: path)
            Self.makePrivate(path)
        }
        do throws(SQLError) {
            var connection = try Connection(path: path ?? "", mode: path == nil ? .memory : .readWriteCreate)
            // The committer checkpoints between commits; SQLite's own checkpoint inside one is the last resort.
            // There is no other writer, but a reader that met a half-written header of the log's index takes the
            // writer's lock for a moment to look again (walIndexReadHdr in wal.c), and BEGIN must wait for that.
            try Self.requireLog(&connection, isFile: path != nil)
            try connection.execute(
                """
                PRAGMA synchronous = FULL;
                PRAGMA wal_autocheckpoint = 16000; PRAGMA temp_store = MEMORY; PRAGMA busy_timeout = 5000;
                """
            )
            try Self.migrate(&connection, from: Self.schemaVersion(of: &connection))
            let steady = try clock.map { clock throws(SQLError) in
                try clock.steady(in: &connection, now: now())
            }
            self.steady = steady ?? now
            let head = try LedgerWriter.head(of: &connection)
            writer = Mutex(LedgerWriter(connection, head: head, now: now, steady: self.steady))
            var opened: [Reader] = []
            if let path {
                for _ in 0..<readers { opened.append(try Reader(path: path)) }
            }
            self.readers = opened
        } catch {
            throw error.during == Self.versionPragma && error.code == 0
                ? .unknownSchema(Int64(error.detail) ?? 0) : .sql(error)
        }
    }

    /// Turns the write-ahead log on: SQLite answers with the mode it is in and calls no other one an error.
    private static func requireLog(_ connection: inout Connection, isFile: Bool) throws(SQLError) {
        let pragma = "PRAGMA journal_mode = WAL"
        let mode = try connection.first(pragma) { $0.text(0) }
        guard !isFile || mode == "wal" else {
            throw .unreadable(
                "the journal mode stays \(mode ?? "unknown"), as on file systems without shared memory: put data on a local disk",
                during: pragma
            )
        }
    }

    /// Makes an absent file with mode 0600, which SQLite then gives its log and index, too.
    private static func makePrivate(_ path: String) {
        // What goes wrong here goes wrong again when SQLite opens the file, and is told then.
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        if descriptor >= 0 { close(descriptor) }
    }

    /// The version of the schema that this program writes.
    package static let schemaVersion = Schema.version

    private static let versionPragma = "PRAGMA user_version"

    /// The schema's version; one that this program does not know is an error with code 0 and the version as detail.
    private static func schemaVersion(of connection: inout Connection) throws(SQLError) -> Int64 {
        let version = try connection.first(versionPragma) { $0.integer(0) } ?? 0
        guard (0...Schema.version).contains(version) else {
            throw SQLError(code: 0, during: versionPragma, detail: String(version))
        }
        return version
    }

    private static func migrate(_ connection: inout Connection, from version: Int64) throws(SQLError) {
        for (index, script) in Schema.migrations.enumerated().dropFirst(Int(version)) {
            try connection.transaction { (db: inout Connection) throws(SQLError) in
                try db.execute(script)
                try db.execute("PRAGMA user_version = \(index + 1)")
            }
        }
    }

    /// One change of a batch: it writes through the writer and gives its answer.
    package typealias Change<Answer> = @Sendable (inout LedgerWriter) throws(LedgerError) -> Answer

    /// Runs `changes` in one transaction, each in a savepoint of its own; all are durable on return.
    ///
    /// A change that throws leaves nothing behind and does not harm the others. When the commit itself fails,
    /// the error is thrown and nothing of any change is there.
    ///
    /// - Parameters:
    ///   - changes: what to do, in order.
    ///   - beforeCommit: runs once all changes are done, for files that must be durable before the rows are.
    /// - Returns: the outcome of each change, in order.
    /// - Throws: what made the whole batch fail: a full or failing disk, or `beforeCommit`.
    package func commit<Answer: Sendable>(
        _ changes: [Change<Answer>],
        beforeCommit: () throws(LedgerError) -> Void = {}
    ) throws(LedgerError) -> [Result<Answer, LedgerError>] {
        try writer.withLock { (writer) throws(LedgerError) in
            try writer.batch { (writer: inout LedgerWriter) throws(LedgerError) in
                var answers: [Result<Answer, LedgerError>] = []
                for change in changes {
                    do throws(LedgerError) {
                        answers.append(.success(try writer.apart(change)))
                    } catch {
                        // Without its transaction what follows would be committed piece by piece.
                        if error.isFatal || !writer.reader.db.isInTransaction { throw error }
                        answers.append(.failure(error))
                    }
                }
                try beforeCommit()
                return answers
            }
        }
    }

    /// Runs one change; durable on return.
    package func commit<Answer: Sendable>(_ change: @escaping Change<Answer>) throws(LedgerError) -> Answer {
        try commit([change])[0].get()
    }

    /// Runs `body` on a connection that sees what is committed and cannot write.
    package func read<Answer>(
        _ body: (inout LedgerReader) throws(LedgerError) -> sending Answer
    ) throws(LedgerError) -> sending Answer {
        guard !readers.isEmpty else {
            return try writer.withLock { (writer) throws(LedgerError) in try body(&writer.reader) }
        }
        let index = turn.wrappingAdd(1, ordering: .relaxed).oldValue
        return try readers[index % readers.count].read(body)
    }

    /// The same on a connection of its own, for questions that take long.
    package func readApart<Answer>(
        _ body: (inout LedgerReader) throws(LedgerError) -> sending Answer
    ) throws(LedgerError) -> sending Answer {
        guard let path else { return try read(body) }
        var reader = try LedgerReader(readingApart: path)
        return try body(&reader)
    }

    /// Moves the write-ahead log into the database where no reader is in the way; between commits.
    package func checkpoint() throws(LedgerError) { try checkpoint(.passive) }

    /// Leaves everything in the database file and an empty log, for a node that ends; what somebody still reads
    /// stays in the log.
    package func settle() throws(LedgerError) {
        do throws(LedgerError) {
            try checkpoint(.truncate)
        } catch {
            guard case .sql(let error) = error, error.isBusy else { throw error }
        }
    }

    private func checkpoint(_ mode: Connection.CheckpointMode) throws(LedgerError) {
        try writer.withLock { (writer) throws(LedgerError) in
            try writer.reader.sql { (db: inout Connection) throws(SQLError) in _ = try db.checkpoint(mode) }
        }
    }
}
