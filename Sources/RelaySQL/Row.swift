import CSQLite

/// The current row of a query, usable only inside the closure it is given to.
///
/// A column that holds another type than the one asked for, an unexpected NULL
/// among them, is not converted: the reader gets a zero or an empty value, and
/// the query throws an error with `isMismatch` as soon as the closure returns.
/// `real` also reads an integer. Columns count from 0; one that does not exist
/// is a bug.
package struct Row: ~Copyable {
    private let statement: Statement
    private let fault: RowFault

    init(_ statement: Statement, fault: RowFault) {
        self.statement = statement
        self.fault = fault
    }

    /// The integer in column `index`.
    package func integer(_ index: Int) -> Int64 { integerOrNil(index) ?? missing(index, "an integer", 0) }

    /// The text in column `index`, with any NUL inside.
    package func text(_ index: Int) -> String { textOrNil(index) ?? missing(index, "text", "") }

    /// The bytes in column `index`.
    package func blob(_ index: Int) -> [UInt8] { blobOrNil(index) ?? missing(index, "a blob", []) }

    /// The number in column `index`.
    package func real(_ index: Int) -> Double { realOrNil(index) ?? missing(index, "a number", 0) }

    /// The integer in column `index`, or `nil` for NULL.
    package func integerOrNil(_ index: Int) -> Int64? {
        guard holds([SQLITE_INTEGER], index, "an integer") else { return nil }
        return statement.integer(Int32(index))
    }

    /// The text in column `index`, or `nil` for NULL.
    package func textOrNil(_ index: Int) -> String? {
        guard holds([SQLITE_TEXT], index, "text") else { return nil }
        return statement.text(Int32(index)) ?? missing(index, "text in UTF-8", nil)
    }

    /// The bytes in column `index`, or `nil` for NULL.
    package func blobOrNil(_ index: Int) -> [UInt8]? {
        guard holds([SQLITE_BLOB], index, "a blob") else { return nil }
        return statement.blob(Int32(index))
    }

    /// The number in column `index`, or `nil` for NULL.
    package func realOrNil(_ index: Int) -> Double? {
        guard holds([SQLITE_FLOAT, SQLITE_INTEGER], index, "a number") else { return nil }
        return statement.real(Int32(index))
    }

    /// Whatever is in column `index`.
    package func value(_ index: Int) -> SQLValue {
        switch type(index) {
        case SQLITE_INTEGER: .integer(integer(index))
        case SQLITE_FLOAT: .real(real(index))
        case SQLITE_TEXT: .text(text(index))
        case SQLITE_BLOB: .blob(blob(index))
        default: .null
        }
    }

    private func type(_ index: Int) -> Int32 {
        guard index >= 0, index < statement.columnCount else {
            preconditionFailure("no column \(index) in: \(statement.sql)")
        }
        return statement.type(of: Int32(index))
    }

    /// True for one of `types`, false for NULL, and false with a fault for anything else.
    private func holds(_ types: [Int32], _ index: Int, _ wanted: String) -> Bool {
        let found = type(index)
        if types.contains(found) { return true }
        if found != SQLITE_NULL { note(index, wanted) }
        return false
    }

    private func missing<T>(_ index: Int, _ wanted: String, _ substitute: T) -> T {
        note(index, wanted)
        return substitute
    }

    private func note(_ index: Int, _ wanted: String) {
        guard fault.error == nil else { return }
        let found =
            switch type(index) {
            case SQLITE_INTEGER: "an integer"
            case SQLITE_FLOAT: "a real"
            case SQLITE_TEXT: "text"
            case SQLITE_BLOB: "a blob"
            default: "NULL"
            }
        let column = "column \(index) (\(statement.name(of: Int32(index))))"
        fault.error = .unreadable("\(column) holds \(found), not \(wanted)", during: statement.sql)
    }
}

/// The first mismatch met while a row was read.
final class RowFault {
    var error: SQLError?
}
