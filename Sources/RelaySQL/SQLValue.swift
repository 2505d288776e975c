/// One value to bind to a placeholder or to compare with.
///
/// `text` is bound by its UTF-8 length, so a NUL inside survives. SQLite stores
/// a `real` that is not a number as NULL.
package enum SQLValue: Sendable, Equatable {
    /// SQL NULL; also written `nil`.
    case null

    /// A 64-bit signed integer; also written as an integer literal.
    case integer(Int64)

    /// UTF-8 text; also written as a string literal.
    case text(String)

    /// Bytes; an empty blob stays a blob and does not become NULL.
    case blob([UInt8])

    /// A double; also written as a floating-point literal.
    case real(Double)
}

extension SQLValue: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByStringLiteral,
    ExpressibleByNilLiteral
{
    /// The value of an integer literal.
    package init(integerLiteral value: Int64) { self = .integer(value) }

    /// The value of a floating-point literal.
    package init(floatLiteral value: Double) { self = .real(value) }

    /// The value of a string literal.
    package init(stringLiteral value: String) { self = .text(value) }

    /// SQL NULL.
    package init(nilLiteral: ()) { self = .null }
}
