import Testing

@testable import RelaySQL

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite struct FailureTests {
    @Test func aBrokenConstraintIsToldWithItsExtendedCode() throws {
        var db = try Connection(path: "", mode: .memory)
        try db.execute("CREATE TABLE t (v INTEGER PRIMARY KEY CHECK (v < 10), w TEXT NOT NULL UNIQUE) STRICT")
        try db.run("INSERT INTO t VALUES (1, 'a')")
        let insert = "INSERT INTO t VALUES (?, ?)"
        let cases: [([SQLValue], Int32, String)] = [
            ([1, "b"], 1555, "UNIQUE constraint failed: t.v"),
            ([2, "a"], 2067, "UNIQUE constraint failed: t.w"),
            ([10, "b"], 275, "CHECK constraint failed: v < 10"),
            ([2, nil], 1299, "NOT NULL constraint failed: t.w"),
        ]
        for (values, code, detail) in cases {
            let error = #expect(throws: SQLError(code: code, during: insert, detail: detail)) {
                try db.run(insert, values)
            }
            #expect(error?.isConstraint == true)
        }
        #expect(try db.run(insert, [2, "b"]) == 1)
    }

    @Test(arguments: [
        ("SELEC 1", 1, "near \"SELEC\": syntax error"),
        ("SELECT absent", 1, "no such column: absent"),
        ("SELECT \"absent\"", 1, "no such column: absent"),
        ("SELECT 1; SELECT 2", 21, "not exactly one statement"),
        ("SELECT 1; nonsense", 21, "not exactly one statement"),
        (" -- nothing", 21, "not exactly one statement"),
        ("SELECT 1\0", 21, "a NUL inside the SQL text"),
        ("SELECT ?", 21, "0 values for 1 placeholders"),
    ])
    func faultySQLIsRefused(_ sql: String, _ code: Int32, _ detail: String) throws {
        var db = try Connection(path: "", mode: .memory)
        #expect(throws: SQLError(code: code, during: sql, detail: detail)) { try db.run(sql) }
        #expect(try db.first("SELECT 1; -- fine") { $0.integer(0) } == 1)
    }

    @Test func aStatementWorksAgainAfterAnError() throws {
        var db = try Connection(path: "", mode: .memory)
        try db.execute("CREATE TABLE t (v INTEGER PRIMARY KEY, w TEXT)")
        let insert = "INSERT INTO t VALUES (?, ?)"
        try db.run(insert, [1, "first"])
        #expect(throws: SQLError.self) { try db.run(insert, [1, "second"]) }
        #expect(throws: SQLError.self) { try db.run(insert, [2]) }
        try db.run(insert, [2, nil])
        #expect(try db.query("SELECT w FROM t ORDER BY v") { $0.textOrNil(0) } == ["first", nil])
        let select = "SELECT v FROM t ORDER BY v"
        #expect(throws: SQLError.unreadable("enough")) {
            try db.query(select) { (_) throws(SQLError) -> Int64 in throw .unreadable("enough") }
        }
        #expect(try db.query(select) { $0.integer(0) } == [1, 2])
        // A statement left open would make this fail with SQLITE_LOCKED.
        try db.execute("DROP TABLE t")
    }

    @Test func aReadOnlyConnectionWritesNothing() throws {
        let scratch = Scratch()
        var writer = try Connection(path: scratch.database, mode: .readWriteCreate)
        try writer.execute("CREATE TABLE t (v INTEGER)")
        var reader = try Connection(path: scratch.database, mode: .readOnly)
        let sql = "INSERT INTO t VALUES (1)"
        let refusal = SQLError(code: 8, during: sql, detail: "attempt to write a readonly database")
        #expect(throws: refusal) { try reader.run(sql) }
    }

    @Test func aSecondWriterIsToldAtOnceThatTheFirstIsBusy() throws {
        let scratch = Scratch()
        var first = try Connection(path: scratch.database, mode: .readWriteCreate)
        try first.execute("PRAGMA journal_mode = WAL; CREATE TABLE t (v INTEGER)")
        var second = try Connection(path: scratch.database, mode: .readWriteCreate)
        try first.transaction { (_) throws(SQLError) in
            let error = #expect(throws: SQLError.self) {
                try second.transaction { (_) throws(SQLError) in }
            }
            #expect(error?.isBusy == true)
        }
        try second.transaction { (db) throws(SQLError) in try db.run("INSERT INTO t VALUES (1)") }
    }

    @Test func aFullDatabaseIsToldAndStaysUsable() throws {
        let scratch = Scratch()
        var db = try Connection(path: scratch.database, mode: .readWriteCreate)
        try db.execute("PRAGMA max_page_count = 8; CREATE TABLE t (v BLOB)")
        let big = SQLValue.blob(Array(repeating: 1, count: 64 << 10))
        let error = #expect(throws: SQLError.self) { try db.run("INSERT INTO t VALUES (?)", [big]) }
        #expect(error?.isFull == true)
        #expect(error?.code == 13)
        #expect(try db.run("INSERT INTO t VALUES (?)", [.blob([1])]) == 1)
    }

    @Test func aFileThatIsNoDatabaseIsToldAsCorrupt() throws {
        let scratch = Scratch()
        scratch.write(Array("this is not a database ".utf8) + Array(repeating: 0x20, count: 4096))
        var db = try Connection(path: scratch.database, mode: .readWriteCreate)
        let error = #expect(throws: SQLError.self) { try db.run("CREATE TABLE t (v)") }
        #expect(error?.code == 26)
        #expect(error?.isCorrupt == true)
    }

    @Test func aDamagedPageIsToldAsCorrupt() throws {
        let scratch = Scratch()
        do {
            var db = try Connection(path: scratch.database, mode: .readWriteCreate)
            try db.execute("CREATE TABLE t (v BLOB)")
            for _ in 0..<64 { try db.run("INSERT INTO t VALUES (zeroblob(900))") }
        }
        scratch.write(Array(repeating: 0xFF, count: 4096), at: 4096)
        var db = try Connection(path: scratch.database, mode: .readOnly)
        let error = #expect(throws: SQLError.self) { try db.query("SELECT v FROM t") { $0.blob(0) } }
        #expect(error?.isCorrupt == true)
    }

    @Test func aPathThatCannotBeOpenedIsRefused() throws {
        let scratch = Scratch()
        for path in ["", "/", scratch.path + "/", "a\0b", scratch.path + "/absent/x.sqlite"] {
            let error = #expect(throws: SQLError.self) {
                _ = try Connection(path: path, mode: .readWriteCreate)
            }
            #expect(error?.code == 14, "\(path)")
        }
        #expect(throws: SQLError.self) { _ = try Connection(path: scratch.database, mode: .readOnly) }
    }

    @Test func aLinkInThePlaceOfTheDatabaseIsRefusedButNotOneToItsDirectory() throws {
        let scratch = Scratch()
        do {
            var db = try Connection(path: scratch.database, mode: .readWriteCreate)
            try db.execute("CREATE TABLE t (v)")
        }
        let link = scratch.path + "/link"
        #expect(symlink(scratch.database, link) == 0)
        let error = #expect(throws: SQLError.self) { _ = try Connection(path: link, mode: .readWriteCreate) }
        #expect(error?.code == 1550)
        unlink(link)
        #expect(symlink(".", link) == 0)
        var db = try Connection(path: link + "/test.sqlite", mode: .readWriteCreate)
        #expect(try db.first("SELECT count(*) FROM t") { $0.integer(0) } == 0)
    }

    @Test func theSchemaTableCannotBeWritten() throws {
        var db = try Connection(path: "", mode: .memory)
        try db.execute("CREATE TABLE t (v); PRAGMA writable_schema = ON")
        #expect(throws: SQLError.self) { try db.run("UPDATE sqlite_schema SET sql = 'x'") }
    }
}
