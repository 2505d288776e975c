import Foundation
import RelayCore
import RelayLedger
import RelaySQL
import RelaySeal
import RelayWire
import TestSupport
import Testing

/// The tables: closed sets, versions, and what each question costs.
@Suite struct SchemaTests {
    private static let sets: [(column: String, values: [String])] = [
        ("task.state", TaskState.allCases.map(\.rawValue)),
        ("task.origin", TaskState.allCases.filter { $0.resumption != nil }.map(\.rawValue)),
        ("task.holder_by", Holder.allCases.map(\.rawValue)),
        ("delivery.state", DeliveryState.allCases.map(\.rawValue)),
        ("job.state", JobState.allCases.map(\.rawValue)),
    ]

    @Test(arguments: sets)
    func theChecksRepeatTheClosedSets(column: String, values: [String]) throws {
        let scratch = try Scratch()
        _ = try scratch.open()
        var connection = try scratch.connection()
        let (table, name) = (column.prefix { $0 != "." }, column.drop { $0 != "." }.dropFirst())
        let found = try connection.first(
            "SELECT sql FROM sqlite_master WHERE name = ?",
            [.text(String(table))]
        ) {
            $0.text(0)
        }
        let sql = try #require(found)
        #expect(try Self.listed(name, in: sql).sorted() == values.sorted())
    }

    @Test func nobodyElseMayReadTheLedgersFiles() throws {
        let scratch = try Scratch()
        let ledger = try scratch.open()
        try fill(ledger)
        for suffix in ["", "-wal", "-shm"] {
            let attributes = try FileManager.default.attributesOfItem(atPath: scratch.path + suffix)
            #expect(attributes[.posixPermissions] as? Int == 0o600, "\(suffix)")
        }
    }

    /// The texts that the `CHECK` of `column` names.
    private static func listed(_ column: Substring, in sql: String) throws -> [String] {
        let start = try #require(sql.range(of: "CHECK (\(column) ")?.upperBound)
        var depth = 1
        let check = sql[start...].prefix { character in
            depth += character == "(" ? 1 : character == ")" ? -1 : 0
            return depth > 0
        }
        let parts = check.split(separator: "'", omittingEmptySubsequences: false).enumerated()
        return parts.filter { $0.offset % 2 == 1 }.map { String($0.element) }
    }

    /// Each row: an update that no program of ours makes.
    @Test(arguments: [
        "UPDATE task SET state = 'done'", "UPDATE task SET state = 'blocked'",
        "UPDATE task SET origin = 'stored'", "UPDATE task SET state = 'blocked', origin = 'handed-on'",
        "UPDATE task SET holder_by = 'bus'", "UPDATE delivery SET state = 'lost'",
        "UPDATE job SET state = 'done'", "UPDATE job SET state = 'closed'", "UPDATE job SET closeout = x'00'",
        "UPDATE upload SET bound = 2", "UPDATE upload SET utf8 = 2", "UPDATE delivery_file SET made = 7",
        "UPDATE task SET seq = 'one'",
    ])
    func theTablesRefuseWhatTheTypesCannotSay(update: String) throws {
        let scratch = try Scratch()
        try fill(try scratch.open())
        var connection = try scratch.connection(.readWriteCreate)
        do throws(SQLError) {
            try connection.run(update)
            Issue.record("it was taken")
        } catch {
            #expect(error.isConstraint, "\(error)")
        }
    }

    private func fill(_ ledger: Ledger) throws {
        try ledger.add("a.nano.1")
        try ledger.commit { (writer) throws(LedgerError) in
            _ = try writer.store(Sample.order("a"), in: Sample.order("a").sealed)
            _ = try writer.store(
                upload: Sample.facts("brief.md"),
                job: Sample.name("a"),
                round: .first,
                from: Sample.name("main")
            )
            try writer.store(Sample.delivery("a.sg.1"))
        }
    }

    @Test func openingTwiceKeepsEverything() throws {
        let scratch = try Scratch()
        let record = try scratch.open().add("a.nano.1")
        for _ in 0..<2 {
            let ledger = try scratch.open()
            #expect(try ledger.task("a.nano.1") == record)
            #expect(try ledger.events().count == 1)
        }
    }

    @Test(arguments: [Ledger.schemaVersion + 1, Int64(Int32.max), -1])
    func aSchemaThatThisProgramDoesNotKnowIsRefusedAndLeftAlone(version: Int64) throws {
        let scratch = try Scratch()
        try scratch.open().add("a.nano.1")
        try setVersion(version, scratch)
        #expect(throws: LedgerError.unknownSchema(version)) { try scratch.open() }
        let message = LedgerError.unknownSchema(version).description
        #expect(message.contains("version \(version)") && message.contains("\(Ledger.schemaVersion)"))
        try setVersion(Ledger.schemaVersion, scratch)
        #expect(try scratch.open().task("a.nano.1").state == .stored)
    }

    private func setVersion(_ version: Int64, _ scratch: Scratch) throws {
        var connection = try scratch.connection(.readWriteCreate)
        try connection.execute("PRAGMA user_version = \(version)")
    }

    /// What must not be read from end to end, however long the history.
    @Test(arguments: [
        "SELECT id FROM delivery WHERE state IN ('waiting', 'refused') ORDER BY id LIMIT 50",
        "SELECT id, document FROM delivery WHERE state = 'waiting' AND next_at <= 5 ORDER BY next_at, id LIMIT 1",
        "SELECT min(next_at) FROM delivery WHERE state = 'waiting'",
        "SELECT id, document FROM task WHERE state = 'stored' AND not_before <= 5 ORDER BY seq LIMIT 1",
        "SELECT min(since) FROM task WHERE state = 'stored'",
        "SELECT id FROM task WHERE state = 'claimed' ORDER BY seq",
        "SELECT at FROM request WHERE at < 5 ORDER BY at LIMIT 4",
        "SELECT 1 FROM upload WHERE sender = 'a' AND bound = 0 LIMIT 5",
        "SELECT id FROM job WHERE state = 'open' AND seq < 5 ORDER BY seq DESC LIMIT 5",
    ])
    func aQuestionDoesNotReadTheHistory(question: String) throws {
        let scratch = try Scratch()
        _ = try scratch.open()
        var connection = try scratch.connection()
        let plan = try connection.query("EXPLAIN QUERY PLAN " + question) { $0.text(3) }
        let scans = plan.filter { $0.hasPrefix("SCAN") && !$0.contains("INDEX") }
        #expect(scans.isEmpty && !plan.contains { $0.contains("TEMP B-TREE") }, "\(plan)")
    }
}
