import CSQLite

/// Why a call to SQLite failed.
///
/// Carries SQL text and paths but never a bound value, so it may be logged.
package struct SQLError: Error, Equatable, Sendable {
    /// SQLite's extended result code, <https://www.sqlite.org/rescode.html>.
    package let code: Int32

    /// What was being done: the SQL text, or `open` and the path.
    package let during: String

    /// What SQLite, or this module, says about it.
    package let detail: String

    /// A failure with an extended result code of SQLite.
    package init(code: Int32, during: String, detail: String) {
        self.code = code
        self.during = during
        self.detail = detail
    }

    /// A row that holds something else than the reader expects, for use in a row closure.
    ///
    /// Its code is `SQLITE_MISMATCH`.
    package static func unreadable(_ detail: String, during: String = "read a row") -> SQLError {
        SQLError(code: SQLITE_MISMATCH, during: during, detail: detail)
    }

    /// The disk, or the limit set by `max_page_count`, is exhausted.
    package var isFull: Bool { primaryCode == SQLITE_FULL || isIndexFull }

    /// The index of the write-ahead log, which is no part of what is kept, could not grow.
    private var isIndexFull: Bool { code == SQLITE_IOERR | (19 << 8) }

    /// A `UNIQUE`, `CHECK`, `NOT NULL` or other constraint, or a trigger's `RAISE`, refused the change.
    package var isConstraint: Bool { primaryCode == SQLITE_CONSTRAINT }

    /// Reading, writing, syncing or locking a file failed.
    package var isIOFailure: Bool { primaryCode == SQLITE_IOERR && !isIndexFull }

    /// The file is damaged, or is not a database at all.
    package var isCorrupt: Bool { primaryCode == SQLITE_CORRUPT || primaryCode == SQLITE_NOTADB }

    /// Another connection holds a lock; from the only writer this is a bug.
    package var isBusy: Bool { primaryCode == SQLITE_BUSY || primaryCode == SQLITE_LOCKED }

    /// A value of another type than the reader asked for, or text that is not UTF-8.
    package var isMismatch: Bool { primaryCode == SQLITE_MISMATCH }

    /// The result code without its extension.
    private var primaryCode: Int32 { code & 0xff }
}

extension SQLError: CustomStringConvertible {
    /// One line for a person: what was done, the reason and the code.
    package var description: String { "SQLite: \(during): \(detail) (code \(code))" }
}

extension SQLError {
    /// The failure that `handle` reports for its latest call, which returned `code`.
    init(code: Int32, on handle: OpaquePointer?, during: String) {
        let message = handle.flatMap { sqlite3_errmsg($0) } ?? sqlite3_errstr(code)
        self.init(code: code, during: during, detail: message.map { String(cString: $0) } ?? "unknown error")
    }

    /// A call that this module refuses before SQLite sees it.
    static func misuse(_ detail: String, during: String) -> SQLError {
        SQLError(code: SQLITE_MISUSE, during: during, detail: detail)
    }
}
