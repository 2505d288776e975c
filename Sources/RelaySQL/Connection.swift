import CSQLite

/// What a connection may do with its file.
package enum OpenMode: Sendable {
    /// Reads and writes; an absent file is created. Never waits for a lock.
    case readWriteCreate

    /// Reads an existing database; waits up to a second for a lock, such as that of a WAL recovery.
    case readOnly

    /// A private database in memory; the path is ignored.
    case memory
}

/// One open SQLite connection, closed when the value is dropped.
///
/// Made to live in a `Mutex<Connection>` or with a single thread. Pragmas such
/// as `journal_mode` are the caller's. Values are bound, never put into SQL
/// text, and each statement is compiled once and kept (up to a bound). A name in
/// double quotes is a name: SQLite's habit of reading an unknown one as a string
/// is off. So is trust in the schema: views and triggers may not use FTS5 tables
/// (SQLite 3.40 calls that unsafe), the caller writes them in the same transaction.
///
/// `Sendable` is unchecked because SQLite's pointers are not: the type cannot be
/// copied and everything it offers is `mutating`, so the compiler allows one
/// caller at a time, which is all that a connection opened with
/// `SQLITE_OPEN_NOMUTEX` asks for (<https://www.sqlite.org/threadsafe.html>).
package struct Connection: ~Copyable, @unchecked Sendable {
    let handle: OpaquePointer
    let isReadOnly: Bool
    var statements = StatementCache()

    /// True from a successful `BEGIN` of `transaction` to its end.
    var ownsTransaction = false

    /// Opens the database at `path`; its directory must exist.
    ///
    /// A symbolic link in the place of the file is refused. A file that is not
    /// a database is noticed by the first statement, not here.
    package init(path: String, mode: OpenMode) throws(SQLError) {
        handle = try Self.open(path, mode)
        isReadOnly = mode == .readOnly
    }

    // The statements are finalized after this, with the other fields; `close_v2` closes after the last one.
    deinit { sqlite3_close_v2(handle) }

    private static func open(_ path: String, _ mode: OpenMode) throws(SQLError) -> OpaquePointer {
        let create = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
        switch mode {
        case .memory:
            return try open(":memory:", create | SQLITE_OPEN_MEMORY)
        case .readOnly:
            return try open(DatabasePath.resolve(path), SQLITE_OPEN_READONLY | SQLITE_OPEN_NOFOLLOW)
        case .readWriteCreate:
            return try open(DatabasePath.resolve(path), create | SQLITE_OPEN_NOFOLLOW)
        }
    }

    private static func open(_ path: String, _ flags: Int32) throws(SQLError) -> OpaquePointer {
        var opened: OpaquePointer?
        let hardened = flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        let code = sqlite3_open_v2(path, &opened, hardened, nil)
        do throws(SQLError) {
            guard code == SQLITE_OK, let opened else {
                throw SQLError(code: code, on: opened, during: "open \(path)")
            }
            try harden(opened, isReadOnly: flags & SQLITE_OPEN_READONLY != 0)
            return opened
        } catch {
            sqlite3_close_v2(opened)
            throw error
        }
    }

    /// Settings against a hostile or damaged schema, <https://www.sqlite.org/security.html>.
    private static func harden(_ handle: OpaquePointer, isReadOnly: Bool) throws(SQLError) {
        let wait: Int32 = isReadOnly ? 1000 : 0
        try check(sqlite3_busy_timeout(handle, wait), on: handle, during: "set the busy timeout")
        let switches = [
            (SQLITE_DBCONFIG_DEFENSIVE, Int32(1)), (SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0),
            (SQLITE_DBCONFIG_DQS_DML, 0), (SQLITE_DBCONFIG_DQS_DDL, 0),
            // A log that is closed is kept as it is: the caller may have found that it is damaged.
            (SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1),
        ]
        for (option, value) in switches {
            let code = baton_sqlite_db_config(handle, option, value)
            try check(code, on: handle, during: "set option \(option)")
        }
        #if canImport(Darwin)
            // Plain fsync does not reach the platter there: https://www.sqlite.org/pragma.html#pragma_fullfsync
            let pragmas = "PRAGMA fullfsync = 1; PRAGMA checkpoint_fullfsync = 1"
            try check(sqlite3_exec(handle, pragmas, nil, nil, nil), on: handle, during: pragmas)
        #endif
    }

    private static func check(_ code: Int32, on handle: OpaquePointer, during: String) throws(SQLError) {
        guard code == SQLITE_OK else { throw SQLError(code: code, on: handle, during: during) }
    }

    /// Turns a result code other than `SQLITE_OK` into the error it stands for.
    func check(_ code: Int32, during: String) throws(SQLError) {
        try Self.check(code, on: handle, during: during)
    }
}

extension Connection {
    /// The row id of the latest successful insert on this connection; 0 before the first.
    package var lastInsertRowID: Int64 {
        mutating get { sqlite3_last_insert_rowid(handle) }
    }

    /// A transaction is open, whoever began it.
    package var isInTransaction: Bool {
        mutating get { sqlite3_get_autocommit(handle) == 0 }
    }

    /// How far a checkpoint goes, <https://www.sqlite.org/c3ref/wal_checkpoint_v2.html>.
    package enum CheckpointMode: Sendable {
        /// Moves what it can without waiting for anybody.
        case passive

        /// Moves everything; throws an error with `isBusy` when a reader is in the way.
        case full

        /// As `full`, and the next writer starts the log from its beginning.
        case restart

        /// As `restart`, and the log file is cut to nothing.
        case truncate
    }

    /// Moves pages from the write-ahead log into the database.
    ///
    /// - Returns: frames in the log and how many of them are now in the database; -1 without a log.
    /// - Throws: an error with `isBusy` when a reader or an open transaction is in the way.
    @discardableResult
    package mutating func checkpoint(_ mode: CheckpointMode) throws(SQLError) -> (log: Int, moved: Int) {
        let code =
            switch mode {
            case .passive: SQLITE_CHECKPOINT_PASSIVE
            case .full: SQLITE_CHECKPOINT_FULL
            case .restart: SQLITE_CHECKPOINT_RESTART
            case .truncate: SQLITE_CHECKPOINT_TRUNCATE
            }
        var log: Int32 = -1
        var moved: Int32 = -1
        try check(sqlite3_wal_checkpoint_v2(handle, nil, code, &log, &moved), during: "checkpoint \(mode)")
        return (Int(log), Int(moved))
    }
}
