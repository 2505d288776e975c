import Synchronization
import Testing

@testable import RelaySQL

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

struct RoundTrip: Sendable, CustomTestStringConvertible {
    let name: String
    let value: SQLValue
    let type: String
    var testDescription: String { name }
}

private final class Shared: Sendable {
    let connection: Mutex<Connection>
    init(_ connection: consuming sending Connection) { self.connection = Mutex(connection) }
}

@Suite struct ConnectionTests {
    static let values: [RoundTrip] = [
        .init(name: "null", value: nil, type: "null"),
        .init(name: "zero", value: 0, type: "integer"),
        .init(name: "smallest integer", value: .integer(.min), type: "integer"),
        .init(name: "largest integer", value: .integer(.max), type: "integer"),
        .init(name: "real", value: 0.1, type: "real"),
        .init(name: "infinity", value: .real(.infinity), type: "real"),
        .init(name: "smallest real", value: .real(.leastNonzeroMagnitude), type: "real"),
        .init(name: "empty text", value: "", type: "text"),
        .init(name: "short text", value: "a", type: "text"),
        .init(name: "text with a NUL inside", value: "a\0b\0", type: "text"),
        .init(name: "text beyond ASCII", value: "Grüße, 世界 🧭", type: "text"),
        .init(name: "long text", value: .text(String(repeating: "é", count: 100_000)), type: "text"),
        .init(name: "empty blob", value: .blob([]), type: "blob"),
        .init(name: "blob of every byte", value: .blob(Array(0...255)), type: "blob"),
        .init(name: "big blob", value: .blob(Array(repeating: 0xA5, count: 8 << 20)), type: "blob"),
    ]

    @Test(arguments: values)
    func aValueComesBackAsItWentIn(_ trip: RoundTrip) throws {
        let scratch = Scratch()
        var db = try Connection(path: scratch.database, mode: .readWriteCreate)
        try db.execute("CREATE TABLE t (v ANY) STRICT")
        #expect(try db.run("INSERT INTO t VALUES (?)", [trip.value]) == 1)
        let read = try db.first("SELECT v, typeof(v) FROM t") { ($0.value(0), $0.text(1)) }
        #expect(read?.0 == trip.value)
        #expect(read?.1 == trip.type)
    }

    @Test func textKeepsItsBytes() throws {
        var db = try Connection(path: "", mode: .memory)
        let texts = ["\u{e9}", "e\u{301}", "a\0b"]
        let hex = try texts.map { (text) throws(SQLError) in
            try db.first("SELECT hex(?)", [.text(text)]) { $0.text(0) }
        }
        #expect(hex == ["C3A9", "65CC81", "610062"])
    }

    @Test func theOptionalReadersTellNullFromEmpty() throws {
        var db = try Connection(path: "", mode: .memory)
        let nulls = try db.first("SELECT NULL, NULL, NULL, NULL") { row in
            row.integerOrNil(0) == nil && row.textOrNil(1) == nil && row.blobOrNil(2) == nil
                && row.realOrNil(3) == nil
        }
        #expect(nulls == true)
        let values = try db.first("SELECT 1, '', x'', 0.0") { row in
            row.integerOrNil(0) == 1 && row.textOrNil(1) == "" && row.blobOrNil(2) == [] && row.real(3) == 0
        }
        #expect(values == true)
    }

    @Test(arguments: [
        ("SELECT NULL AS v", "column 0 (v) holds NULL, not an integer"),
        ("SELECT '7' AS v", "column 0 (v) holds text, not an integer"),
        ("SELECT 7.5 AS v", "column 0 (v) holds a real, not an integer"),
        ("SELECT x'07' AS v", "column 0 (v) holds a blob, not an integer"),
    ])
    func aColumnOfAnotherTypeIsAnErrorAndNotAZero(_ sql: String, _ detail: String) throws {
        var db = try Connection(path: "", mode: .memory)
        #expect(throws: SQLError(code: 20, during: sql, detail: detail)) {
            try db.first(sql) { $0.integer(0) }
        }
        #expect(throws: SQLError(code: 20, during: sql, detail: detail)) {
            try db.query(sql) { (row) throws(SQLError) -> Int64 in
                guard row.integer(0) > 0 else { throw .unreadable("not positive") }
                return 1
            }
        }
    }

    @Test func textThatIsNotUTF8IsAnErrorAndNotRepaired() throws {
        var db = try Connection(path: "", mode: .memory)
        let error = #expect(throws: SQLError.self) {
            try db.first("SELECT CAST(x'61FF' AS TEXT)") { $0.text(0) }
        }
        #expect(error?.isMismatch == true)
    }

    @Test func rowsComeInOrderAndTheFirstMayBeMissing() throws {
        var db = try Connection(path: "", mode: .memory)
        try db.execute("CREATE TABLE t (v INTEGER); INSERT INTO t VALUES (3), (1), (2); -- three")
        #expect(try db.query("SELECT v FROM t ORDER BY v") { $0.integer(0) } == [1, 2, 3])
        #expect(try db.first("SELECT v FROM t ORDER BY v DESC") { $0.integer(0) } == 3)
        #expect(try db.first("SELECT v FROM t WHERE v = ?", [9]) { $0.integer(0) } == nil)
        #expect(try db.query("SELECT v FROM t WHERE v > ?", [9]) { $0.integer(0) } == [])
    }

    @Test func rowsChangedAreThoseOfThisStatement() throws {
        var db = try Connection(path: "", mode: .memory)
        #expect(try db.run("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)") == 0)
        #expect(try db.run("INSERT INTO t VALUES (7, 'a'), (8, 'b')") == 2)
        #expect(try db.run("CREATE INDEX i ON t (v)") == 0)
        #expect(try db.run("UPDATE t SET v = 'c' WHERE id = ?", [9]) == 0)
        #expect(try db.run("UPDATE t SET v = 'c' WHERE id = ?", [8]) == 1)
        #expect(try db.run("INSERT INTO t VALUES (8, 'd') ON CONFLICT DO NOTHING") == 0)
        #expect(db.lastInsertRowID == 8)
    }

    @Test func aReturningStatementRunsToItsEnd() throws {
        var db = try Connection(path: "", mode: .memory)
        try db.execute("CREATE TABLE t (v INTEGER)")
        let first = try db.first("INSERT INTO t VALUES (1), (2) RETURNING v") { $0.integer(0) }
        #expect(first == 1)
        #expect(try db.first("SELECT count(*) FROM t") { $0.integer(0) } == 2)
    }

    @Test func aReaderSeesOnlyWhatIsCommitted() throws {
        let scratch = Scratch()
        var writer = try Connection(path: scratch.database, mode: .readWriteCreate)
        try writer.execute("PRAGMA journal_mode = WAL; CREATE TABLE t (v INTEGER)")
        var reader = try Connection(path: scratch.database, mode: .readOnly)
        let counting = "SELECT count(*) FROM t"
        try writer.transaction { (db) throws(SQLError) in
            try db.run("INSERT INTO t VALUES (1)")
            let seen = try reader.first(counting) { $0.integer(0) }
            #expect(seen == 0)
        }
        #expect(try reader.first(counting) { $0.integer(0) } == 1)
        try reader.transaction { (snapshot) throws(SQLError) in
            let before = try snapshot.first(counting) { $0.integer(0) }
            try writer.run("INSERT INTO t VALUES (2)")
            let after = try snapshot.first(counting) { $0.integer(0) }
            #expect(before == 1 && after == 1)
            let busy = #expect(throws: SQLError.self) { try writer.checkpoint(.truncate) }
            #expect(busy?.isBusy == true)
        }
        #expect(try reader.first(counting) { $0.integer(0) } == 2)
        let truncated = try writer.checkpoint(.truncate)
        #expect(truncated == (log: 0, moved: 0))
    }

    @Test func aConnectionServesManyThreadsBehindAMutex() async throws {
        let shared = Shared(try Connection(path: "", mode: .memory))
        try shared.connection.withLock { (db) throws(SQLError) in try db.execute("CREATE TABLE t (v INTEGER)")
        }
        await withTaskGroup(of: Bool.self) { group in
            for number in 0..<64 {
                group.addTask {
                    let changed = try? shared.connection.withLock { (db) throws(SQLError) in
                        try db.run("INSERT INTO t VALUES (?)", [.integer(Int64(number))])
                    }
                    return changed == 1
                }
            }
            for await inserted in group { #expect(inserted) }
        }
        let sum = try shared.connection.withLock { (db) throws(SQLError) in
            try db.first("SELECT sum(v) FROM t") { $0.integer(0) }
        }
        #expect(sum == 2016)
    }

    @Test func statementsAreReusedUpToABound() throws {
        var db = try Connection(path: "", mode: .memory)
        for _ in 0..<3 { #expect(try db.first("SELECT ?", [5]) { $0.integer(0) } == 5) }
        let before = db.statements.count
        #expect(before == 1)
        for number in 0..<(3 * StatementCache.capacity) {
            let sql = "SELECT \(number), ?"
            #expect(try db.first(sql, [1]) { $0.integer(0) } == Int64(number))
            #expect(try db.first("SELECT ?", [5]) { $0.integer(0) } == 5)
        }
        let after = db.statements.count
        #expect(after == StatementCache.capacity)
    }

    @Test func statementsThatDifferOnlyInNormalFormAreTwo() throws {
        var db = try Connection(path: "", mode: .memory)
        #expect(try db.first("SELECT hex('\u{e9}')") { $0.text(0) } == "C3A9")
        #expect(try db.first("SELECT hex('e\u{301}')") { $0.text(0) } == "65CC81")
    }

    @Test func fullTextSearchRanksItsHits() throws {
        let scratch = Scratch()
        var db = try Connection(path: scratch.database, mode: .readWriteCreate)
        try db.execute(
            """
            CREATE TABLE source (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
            CREATE VIRTUAL TABLE found USING fts5(body, content='source', content_rowid='id');
            """
        )
        try db.run("INSERT INTO source (body) VALUES (?), (?)", ["relay relay bus", "a relay of words"])
        try db.run("INSERT INTO found (rowid, body) SELECT id, body FROM source")
        let hits = try db.query(
            """
            SELECT rowid, bm25(found), snippet(found, 0, '[', ']', '…', 8)
            FROM found WHERE found MATCH ? ORDER BY 2
            """,
            ["relay"]
        ) { ($0.integer(0), $0.real(1), $0.text(2)) }
        #expect(hits.map(\.0) == [1, 2])
        #expect(hits.allSatisfy { $0.1 < 0 })
        #expect(hits.first?.2 == "[relay] [relay] bus")
    }
}
