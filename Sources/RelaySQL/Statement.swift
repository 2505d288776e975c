import CSQLite

/// One prepared statement, owned by the `StatementCache` that made it.
///
/// The only code that touches a `sqlite3_stmt`.
struct Statement {
    private let pointer: OpaquePointer

    /// Compiles `sql`, which must be exactly one statement.
    init(_ sql: String, on handle: OpaquePointer) throws(SQLError) {
        guard !sql.utf8.contains(0) else { throw .misuse("a NUL inside the SQL text", during: sql) }
        var source = sql
        let compiled = source.withUTF8 { Self.compile($0, on: handle) }
        guard compiled.code == SQLITE_OK else {
            throw SQLError(code: compiled.code, on: handle, during: sql)
        }
        guard let pointer = compiled.statement, !compiled.hasMore else {
            sqlite3_finalize(compiled.statement)
            throw .misuse("not exactly one statement", during: sql)
        }
        self.pointer = pointer
    }

    private static func compile(
        _ source: UnsafeBufferPointer<UInt8>,
        on handle: OpaquePointer
    ) -> (code: Int32, statement: OpaquePointer?, hasMore: Bool) {
        source.withMemoryRebound(to: CChar.self) { text in
            var statement: OpaquePointer?
            var tail: UnsafePointer<CChar>?
            let size = Int32(clamping: text.count)
            let code = sqlite3_prepare_v3(
                handle,
                text.baseAddress,
                size,
                UInt32(SQLITE_PREPARE_PERSISTENT),
                &statement,
                &tail
            )
            guard code == SQLITE_OK, let tail, let start = text.baseAddress else {
                return (code, statement, false)
            }
            // A tail of white space and comments compiles to nothing; anything else is more SQL.
            var second: OpaquePointer?
            let rest = size - Int32(clamping: tail - start)
            let more = sqlite3_prepare_v3(handle, tail, rest, 0, &second, nil) != SQLITE_OK || second != nil
            sqlite3_finalize(second)
            return (code, statement, more)
        }
    }

    /// Frees the statement; the value must not be used again.
    func finalize() { sqlite3_finalize(pointer) }

    /// Makes the statement ready for its next use and lets go of the bound values.
    ///
    /// Returns a failure to end it, which only a statement that was left before its last row can have.
    @discardableResult
    func reset() -> Int32 {
        let code = sqlite3_reset(pointer)
        sqlite3_clear_bindings(pointer)
        return code
    }

    /// Binds `values` to the placeholders, of which there must be as many.
    func bind(_ values: [SQLValue], during sql: String) throws(SQLError) {
        let expected = Int(sqlite3_bind_parameter_count(pointer))
        guard values.count == expected else {
            throw .misuse("\(values.count) values for \(expected) placeholders", during: sql)
        }
        for (index, value) in values.enumerated() {
            let code = bind(value, at: Int32(index + 1))
            guard code == SQLITE_OK else { throw failure(code, during: sql) }
        }
    }

    private func bind(_ value: SQLValue, at index: Int32) -> Int32 {
        switch value {
        case .null: return sqlite3_bind_null(pointer, index)
        case .integer(let number): return sqlite3_bind_int64(pointer, index, number)
        case .real(let number): return sqlite3_bind_double(pointer, index, number)
        case .text(var text): return text.withUTF8 { bind(text: $0, at: index) }
        case .blob(let bytes): return bytes.withUnsafeBytes { bind(blob: $0, at: index) }
        }
    }

    private func bind(text bytes: UnsafeBufferPointer<UInt8>, at index: Int32) -> Int32 {
        bytes.withMemoryRebound(to: CChar.self) { text in
            // A null pointer would bind NULL.
            guard let start = text.baseAddress else { return sqlite3_bind_text(pointer, index, "", 0, nil) }
            return sqlite3_bind_text64(
                pointer,
                index,
                start,
                UInt64(text.count),
                baton_sqlite_transient(),
                UInt8(SQLITE_UTF8)
            )
        }
    }

    private func bind(blob bytes: UnsafeRawBufferPointer, at index: Int32) -> Int32 {
        // The pointer of an empty buffer may be null, which would bind NULL.
        guard let start = bytes.baseAddress, !bytes.isEmpty else {
            return sqlite3_bind_zeroblob(pointer, index, 0)
        }
        return sqlite3_bind_blob64(pointer, index, start, UInt64(bytes.count), baton_sqlite_transient())
    }

    /// Runs to the next row; false when there is none.
    func step(during sql: String) throws(SQLError) -> Bool {
        let code = sqlite3_step(pointer)
        switch code {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default: throw failure(code, during: sql)
        }
    }

    /// The failure that the connection reports for the latest call.
    func failure(_ code: Int32, during sql: String) -> SQLError {
        SQLError(code: code, on: sqlite3_db_handle(pointer), during: sql)
    }

    /// The statement changes nothing in the database file.
    var isReadOnly: Bool { sqlite3_stmt_readonly(pointer) != 0 }
}

extension Statement {
    /// How many columns a row has.
    var columnCount: Int { Int(sqlite3_column_count(pointer)) }

    /// The name of a column, for messages.
    func name(of column: Int32) -> String {
        sqlite3_column_name(pointer, column).map { String(cString: $0) } ?? "?"
    }

    /// The SQL text, for messages.
    var sql: String { sqlite3_sql(pointer).map { String(cString: $0) } ?? "?" }

    /// `SQLITE_INTEGER` and so on, of the current row.
    func type(of column: Int32) -> Int32 { sqlite3_column_type(pointer, column) }

    /// The integer in the current row.
    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(pointer, column) }

    /// The double in the current row.
    func real(_ column: Int32) -> Double { sqlite3_column_double(pointer, column) }

    /// The text in the current row; `nil` when it is not UTF-8 or memory ran out.
    func text(_ column: Int32) -> String? {
        // First the pointer, then the size: https://www.sqlite.org/c3ref/column_blob.html
        guard let start = sqlite3_column_text(pointer, column) else { return nil }
        let size = Int(sqlite3_column_bytes(pointer, column))
        return String(validating: UnsafeBufferPointer(start: start, count: size), as: UTF8.self)
    }

    /// The bytes in the current row.
    func blob(_ column: Int32) -> [UInt8] {
        // An empty blob has a null pointer.
        guard let start = sqlite3_column_blob(pointer, column) else { return [] }
        let size = Int(sqlite3_column_bytes(pointer, column))
        return [UInt8](UnsafeRawBufferPointer(start: start, count: size))
    }
}
