import CSQLite

extension Connection {
    /// Runs a script of any number of statements, without placeholders.
    ///
    /// Statements before a failing one have taken effect unless a transaction is open.
    package mutating func execute(_ script: String) throws(SQLError) {
        guard !script.utf8.contains(0) else { throw .misuse("a NUL inside the SQL text", during: script) }
        try requireTransactionIfOwned(during: script)
        try check(sqlite3_exec(handle, script, nil, nil, nil), during: script)
    }

    /// Runs one statement and returns how many rows it changed itself, without those of triggers.
    @discardableResult
    package mutating func run(_ sql: String, _ values: [SQLValue] = []) throws(SQLError) -> Int {
        let statement = try prepared(sql, values)
        defer { statement.reset() }
        let before = sqlite3_total_changes64(handle)
        while try statement.step(during: sql) {}
        // `sqlite3_changes64` still tells of an earlier statement when this one changes no rows.
        return sqlite3_total_changes64(handle) == before ? 0 : Int(sqlite3_changes64(handle))
    }

    /// What `row` makes of every row, in order.
    ///
    /// - Throws: SQLite's error, the closure's, or an error with `isMismatch`, see `Row`.
    package mutating func query<T>(
        _ sql: String,
        _ values: [SQLValue] = [],
        _ row: (borrowing Row) throws(SQLError) -> T
    ) throws(SQLError) -> [T] {
        let statement = try prepared(sql, values)
        defer { statement.reset() }
        let fault = RowFault()
        var results: [T] = []
        while try statement.step(during: sql) {
            results.append(try read(statement, fault, row))
        }
        return results
    }

    /// What `row` makes of the first row, or `nil` when there is none.
    ///
    /// A statement that writes (`… RETURNING`) has run to its end on return.
    package mutating func first<T>(
        _ sql: String,
        _ values: [SQLValue] = [],
        _ row: (borrowing Row) throws(SQLError) -> T
    ) throws(SQLError) -> T? {
        let statement = try prepared(sql, values)
        defer { statement.reset() }
        guard try statement.step(during: sql) else { return nil }
        let result = try read(statement, RowFault(), row)
        if !statement.isReadOnly {
            while try statement.step(during: sql) {}
        }
        return result
    }

    private func read<T>(
        _ statement: Statement,
        _ fault: RowFault,
        _ row: (borrowing Row) throws(SQLError) -> T
    ) throws(SQLError) -> T {
        let result: T
        do throws(SQLError) {
            result = try row(Row(statement, fault: fault))
        } catch {
            // What the column held is the cause of what the closure made of it.
            throw fault.error ?? error
        }
        if let mismatch = fault.error { throw mismatch }
        return result
    }

    private mutating func prepared(_ sql: String, _ values: [SQLValue]) throws(SQLError) -> Statement {
        try requireTransactionIfOwned(during: sql)
        let statement = try statements.statement(for: sql, on: handle)
        do throws(SQLError) {
            try statement.bind(values, during: sql)
        } catch {
            statement.reset()
            throw error
        }
        return statement
    }
}
