#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The prepared statements of one connection, by SQL text, least recently used out first.
struct StatementCache: ~Copyable {
    /// The most statements that are kept.
    static let capacity = 128

    private struct Entry {
        let statement: Statement
        var lastUse: UInt64
    }

    private var entries: [StatementKey: Entry] = [:]
    private var uses: UInt64 = 0

    deinit {
        for entry in entries.values { entry.statement.finalize() }
    }

    /// How many statements are kept now.
    var count: Int { entries.count }

    /// The statement for `sql`, compiled on first use; it is valid until the next call.
    mutating func statement(for sql: String, on handle: OpaquePointer) throws(SQLError) -> Statement {
        uses += 1
        let key = StatementKey(sql: sql)
        if let index = entries.index(forKey: key) {
            entries.values[index].lastUse = uses
            return entries.values[index].statement
        }
        let statement = try Statement(sql, on: handle)
        if entries.count >= Self.capacity { dropOldest() }
        entries[key] = Entry(statement: statement, lastUse: uses)
        return statement
    }

    private mutating func dropOldest() {
        guard let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) else { return }
        oldest.value.statement.finalize()
        entries[oldest.key] = nil
    }
}

/// SQL text compared by its bytes.
///
/// Strings compare by canonical equivalence: two texts that differ in the
/// normal form of a literal would share one statement.
private struct StatementKey: Hashable {
    let sql: String

    static func == (left: StatementKey, right: StatementKey) -> Bool {
        var (left, right) = (left.sql, right.sql)
        return left.withUTF8 { left in
            right.withUTF8 { right in
                guard left.count == right.count else { return false }
                guard let first = left.baseAddress, let second = right.baseAddress else { return true }
                return memcmp(first, second, left.count) == 0
            }
        }
    }

    func hash(into hasher: inout Hasher) {
        var text = sql
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
