import CSQLite

extension Connection {
    /// Runs `body` between `BEGIN IMMEDIATE` and `COMMIT`; on a throw nothing of it remains.
    ///
    /// On a read-only connection it is one snapshot, from the first read on. When SQLite itself
    /// rolled back (a full disk can do that), every later statement in `body`
    /// is refused with `SQLITE_ABORT_ROLLBACK`, even when `body` swallowed the first error,
    /// and so is the commit. A transaction inside another is refused; use `savepoint`.
    ///
    /// - Parameters:
    ///   - wrap: makes the caller's error of SQLite's, usually an enum case: `LedgerError.sql`.
    ///   - body: gets this connection; annotate it: `{ (db) throws(LedgerError) in … }`.
    /// - Returns: what `body` returned; it is committed.
    /// - Throws: the first error; one of the roll-back after it is not reported.
    @discardableResult
    package mutating func transaction<T, E: Error>(
        _ wrap: (SQLError) -> E,
        _ body: (inout Connection) throws(E) -> T
    ) throws(E) -> T {
        do throws(SQLError) { try begin() } catch { throw wrap(error) }
        do throws(E) {
            let result = try body(&self)
            do throws(SQLError) { try commit() } catch { throw wrap(error) }
            return result
        } catch {
            rollBack()
            throw error
        }
    }

    /// The same for a body that throws nothing but `SQLError`.
    @discardableResult
    package mutating func transaction<T>(
        _ body: (inout Connection) throws(SQLError) -> T
    ) throws(SQLError) -> T {
        try transaction({ (error: SQLError) in error }, body)
    }

    /// Runs `body` inside the open transaction; on a throw only its own changes are undone.
    ///
    /// May be nested. Parameters and errors are those of `transaction`. Its changes are
    /// durable only once the transaction around it has committed.
    @discardableResult
    package mutating func savepoint<T, E: Error>(
        _ wrap: (SQLError) -> E,
        _ body: (inout Connection) throws(E) -> T
    ) throws(E) -> T {
        do throws(SQLError) { try beginSavepoint() } catch { throw wrap(error) }
        do throws(E) {
            let result = try body(&self)
            do throws(SQLError) { try run("RELEASE baton") } catch { throw wrap(error) }
            return result
        } catch {
            undoSavepoint()
            throw error
        }
    }

    /// The same for a body that throws nothing but `SQLError`.
    @discardableResult
    package mutating func savepoint<T>(
        _ body: (inout Connection) throws(SQLError) -> T
    ) throws(SQLError) -> T {
        try savepoint({ (error: SQLError) in error }, body)
    }

    /// Refuses work that would be committed alone because SQLite has ended the transaction around it.
    mutating func requireTransactionIfOwned(during: String) throws(SQLError) {
        guard ownsTransaction, !isInTransaction else { return }
        let detail = "the transaction around this has already been rolled back"
        throw SQLError(code: SQLITE_ABORT | (2 << 8), during: during, detail: detail)
    }

    private mutating func begin() throws(SQLError) {
        guard !isInTransaction, !ownsTransaction else {
            throw .misuse("a transaction inside a transaction", during: "BEGIN")
        }
        try run(isReadOnly ? "BEGIN" : "BEGIN IMMEDIATE")
        ownsTransaction = true
    }

    private mutating func commit() throws(SQLError) {
        try run("COMMIT")
        ownsTransaction = false
    }

    private mutating func rollBack() {
        ownsTransaction = false
        guard isInTransaction else { return }
        // The first error wins; should this fail, the next `BEGIN` is refused and says so.
        _ = try? run("ROLLBACK")
    }

    private mutating func beginSavepoint() throws(SQLError) {
        try requireTransactionIfOwned(during: "SAVEPOINT")
        // Outside a transaction SQLite would begin one that commits by itself.
        guard isInTransaction else { throw .misuse("no transaction around it", during: "SAVEPOINT") }
        try run("SAVEPOINT baton")
    }

    private mutating func undoSavepoint() {
        guard isInTransaction else { return }
        // The first error wins. SQLite takes the innermost savepoint of a name, so one name nests.
        _ = try? run("ROLLBACK TO baton")
        _ = try? run("RELEASE baton")
    }
}
