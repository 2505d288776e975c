import Testing

@testable import RelaySQL

private enum Refusal: Error, Equatable {
    case sql(SQLError)
    case unwelcome(Int64)
}

@Suite struct TransactionTests {
    private func open(_ scratch: Scratch) throws(SQLError) -> Connection {
        var db = try Connection(path: scratch.database, mode: .readWriteCreate)
        try db.execute("PRAGMA journal_mode = WAL; CREATE TABLE t (v INTEGER PRIMARY KEY)")
        return db
    }

    private func stored(_ db: inout Connection) throws(SQLError) -> [Int64] {
        try db.query("SELECT v FROM t ORDER BY v") { $0.integer(0) }
    }

    @Test func aTransactionReturnsItsResultAndIsKept() throws {
        let scratch = Scratch()
        do {
            var db = try open(scratch)
            let result = try db.transaction { (db) throws(SQLError) in
                let inside = db.isInTransaction
                #expect(inside)
                return try db.run("INSERT INTO t VALUES (1), (2)")
            }
            #expect(result == 2)
            let after = db.isInTransaction
            #expect(!after)
        }
        var again = try Connection(path: scratch.database, mode: .readOnly)
        #expect(try stored(&again) == [1, 2])
    }

    @Test func aThrowUndoesTheTransaction() throws {
        let scratch = Scratch()
        var db = try open(scratch)
        #expect(throws: Refusal.unwelcome(3)) {
            try db.transaction(Refusal.sql) { (db) throws(Refusal) in
                do throws(SQLError) { try db.run("INSERT INTO t VALUES (3)") } catch { throw .sql(error) }
                throw .unwelcome(3)
            }
        }
        let after = db.isInTransaction
        #expect(!after)
        #expect(try stored(&db) == [])
        try db.transaction { (db) throws(SQLError) in try db.run("INSERT INTO t VALUES (4)") }
        #expect(try stored(&db) == [4])
    }

    @Test func aSavepointUndoesOnlyItself() throws {
        let scratch = Scratch()
        var db = try open(scratch)
        try db.transaction(Refusal.sql) { (db) throws(Refusal) in
            for number in Int64(1)...4 {
                // The refused ones are this test's subject; the others must stay.
                try? db.savepoint(Refusal.sql) { (db) throws(Refusal) in
                    do throws(SQLError) {
                        try db.run("INSERT INTO t VALUES (?)", [.integer(number)])
                    } catch {
                        throw .sql(error)
                    }
                    if number.isMultiple(of: 2) { throw .unwelcome(number) }
                }
            }
        }
        #expect(try stored(&db) == [1, 3])
    }

    @Test func savepointsNest() throws {
        let scratch = Scratch()
        var db = try open(scratch)
        try db.transaction { (db) throws(SQLError) in
            try db.savepoint { (db) throws(SQLError) in
                try db.run("INSERT INTO t VALUES (1)")
                #expect(throws: SQLError.unreadable("inner")) {
                    try db.savepoint { (db) throws(SQLError) in
                        try db.run("INSERT INTO t VALUES (2)")
                        throw .unreadable("inner")
                    }
                }
                try db.run("INSERT INTO t VALUES (3)")
            }
        }
        #expect(try stored(&db) == [1, 3])
    }

    @Test func aFailedStatementInASavepointLeavesTheTransactionWhole() throws {
        let scratch = Scratch()
        var db = try open(scratch)
        try db.transaction { (db) throws(SQLError) in
            try db.run("INSERT INTO t VALUES (1)")
            let error = #expect(throws: SQLError.self) {
                try db.savepoint { (db) throws(SQLError) in
                    try db.run("INSERT INTO t VALUES (2)")
                    try db.run("INSERT INTO t VALUES (1)")
                }
            }
            #expect(error?.isConstraint == true)
        }
        #expect(try stored(&db) == [1])
    }

    @Test func aTransactionInsideAnotherIsRefusedAndTheOuterOneStays() throws {
        let scratch = Scratch()
        var db = try open(scratch)
        try db.transaction { (db) throws(SQLError) in
            try db.run("INSERT INTO t VALUES (1)")
            let misuse = SQLError(code: 21, during: "BEGIN", detail: "a transaction inside a transaction")
            #expect(throws: misuse) { try db.transaction { (_) throws(SQLError) in } }
        }
        #expect(try stored(&db) == [1])
        let alone = SQLError(code: 21, during: "SAVEPOINT", detail: "no transaction around it")
        #expect(throws: alone) { try db.savepoint { (_) throws(SQLError) in } }
    }

    @Test func nothingIsCommittedAloneAfterSQLiteRolledBack() throws {
        let scratch = Scratch()
        var db = try open(scratch)
        let insert = "INSERT INTO t VALUES (9)"
        let lost = SQLError(
            code: 516,
            during: insert,
            detail: "the transaction around this has already been rolled back"
        )
        let error = #expect(throws: SQLError.self) {
            try db.transaction { (db) throws(SQLError) in
                try db.run("INSERT INTO t VALUES (1)")
                // Stands for the roll-back that SQLite does by itself on some I/O errors.
                try db.run("ROLLBACK")
                let alone = failure { () throws(SQLError) in try db.run(insert) }
                #expect(alone == lost)
                let nested = failure { () throws(SQLError) in try db.savepoint { (_) throws(SQLError) in } }
                #expect(nested?.code == 516)
            }
        }
        #expect(error?.code == 516)
        #expect(error?.during == "COMMIT")
        #expect(try stored(&db) == [])
        try db.run(insert)
        #expect(try stored(&db) == [9])
    }

    @Test func aFullTransactionIsUndoneAndTheNextOneWorks() throws {
        let scratch = Scratch()
        var db = try open(scratch)
        try db.execute("PRAGMA max_page_count = 8; PRAGMA cache_size = 2; CREATE TABLE big (v BLOB)")
        let error = #expect(throws: SQLError.self) {
            try db.transaction { (db) throws(SQLError) in
                try db.run("INSERT INTO t VALUES (1)")
                for _ in 0..<64 { try db.run("INSERT INTO big VALUES (zeroblob(4000))") }
            }
        }
        #expect(error?.isFull == true)
        #expect(try stored(&db) == [])
        try db.transaction { (db) throws(SQLError) in try db.run("INSERT INTO t VALUES (2)") }
        #expect(try stored(&db) == [2])
    }
}
