import RelayCore
import RelaySQL
import RelaySeal
import RelayWire
import TestSupport
import Testing

@testable import RelayLedger

/// Events, and the batches that write them.
@Suite struct EventChainTests {
    private static func note(_ why: String) -> Ledger.Change<Int64> {
        { (writer) throws(LedgerError) in
            try writer.record("note", job: nil, by: "test", why: why)
        }
    }

    private static let refused = LedgerError.unreadable("a test")

    /// A change that writes and then fails.
    private static let failing: Ledger.Change<Int64> = { (writer) throws(LedgerError) in
        let document = Sample.document("failing.nano.1")
        _ = try writer.store(document, bytes: document.json.encoded, digest: Sample.digest("x"))
        try writer.record("note", job: nil, by: "test", why: "never")
        throw refused
    }

    private func why(_ ledger: Ledger) throws -> [String] { try ledger.events().compactMap(\.why) }

    @Test func eventsAreNumberedWithoutGapsAndChained() throws {
        let scratch = try Scratch()
        var ledger = try scratch.open()
        for (index, state) in TaskState.allCases.enumerated() {
            try ledger.add("job-\(index).nano.1", in: state)
            scratch.clock.advance(by: .milliseconds(7))
            if index == 3 { ledger = try scratch.open() }
        }
        _ = try ledger.commit([Self.note("tab\t, quote \", \u{2028}, ü"), Self.failing, Self.note("b")])
        let events = try ledger.events()
        #expect(events.count == 23)
        #expect(events.breaks == [])
        #expect(Set(events.map(\.hash)).count == events.count)
        let range = try ledger.read { (reader) throws(LedgerError) in try reader.eventRange() }
        #expect(range == (1, Int64(events.count)))
    }

    @Test func anEventThatWasChangedBreaksTheChain() throws {
        let scratch = try Scratch()
        let ledger = try scratch.open()
        for index in 0..<5 { _ = try ledger.commit(Self.note("\(index)")) }
        var connection = try scratch.connection(.readWriteCreate)
        try connection.run("UPDATE event SET why = 'other' WHERE seq = 3")
        #expect(try ledger.events().breaks == [3])
    }

    @Test func aFailingChangeLeavesNothingAndDisturbsNobody() throws {
        let scratch = try Scratch()
        let ledger = try scratch.open()
        let answers = try ledger.commit([Self.note("a"), Self.failing, Self.note("b"), Self.failing])
        #expect(answers == [.success(1), .failure(Self.refused), .success(2), .failure(Self.refused)])
        #expect(try why(ledger) == ["a", "b"])
        #expect(throws: MissingRow.self) { try ledger.task("failing.nano.1") }
        #expect(try ledger.commit(Self.note("c")) == 3)
        #expect(try ledger.events().breaks == [])
    }

    @Test(arguments: [LedgerError.FileTrouble.local, .full, .media])
    func aBatchWhoseCommitFailsLeavesNothing(trouble: LedgerError.FileTrouble) throws {
        let scratch = try Scratch()
        let ledger = try scratch.open()
        _ = try ledger.commit(Self.note("before"))
        let error = LedgerError.files("a directory", trouble)
        #expect(throws: error) {
            try ledger.commit([Self.note("a"), Self.failing, Self.note("b")]) { () throws(LedgerError) in
                throw error
            }
        }
        #expect(try why(ledger) == ["before"])
        #expect(try ledger.commit(Self.note("after")) == 2)
        #expect(try ledger.events().breaks == [])
    }

    @Test func aChangeThatFindsNoRoomForItsFileDisturbsNobody() throws {
        let scratch = try Scratch()
        let ledger = try scratch.open()
        let full = LedgerError.files("no room", .full)
        let failing: Ledger.Change<Int64> = { (_) throws(LedgerError) in throw full }
        let answers = try ledger.commit([Self.note("a"), failing, Self.note("b")])
        #expect(answers == [.success(1), .failure(full), .success(2)])
    }

    @Test func aFailureOfTheMediumEndsTheBatch() throws {
        let scratch = try Scratch()
        let ledger = try scratch.open()
        let broken = LedgerError.files("not safe", .media)
        let failing: Ledger.Change<Int64> = { (_) throws(LedgerError) in throw broken }
        #expect(throws: broken) {
            try ledger.commit([Self.note("a"), failing, Self.note("b")])
        }
        #expect(try ledger.events().isEmpty)
    }

    @Test func aTransactionThatSQLiteHasEndedEndsTheBatch() throws {
        let scratch = try Scratch()
        let ledger = try scratch.open()
        let rolledBack: Ledger.Change<Int64> = { (writer) throws(LedgerError) in
            try writer.run("ROLLBACK")
            throw Self.refused
        }
        #expect(throws: Self.refused) {
            try ledger.commit([Self.note("a"), rolledBack, Self.note("b"), Self.note("c")])
        }
        #expect(try ledger.events().isEmpty, "what came behind was committed by itself")
        #expect(try ledger.commit(Self.note("d")) == 1)
    }

    @Test func aFullDiskIsToldAndTheLedgerGoesOn() throws {
        let scratch = try Scratch()
        let ledger = try scratch.open()
        _ = try ledger.commit { (writer) throws(LedgerError) in
            try writer.run("PRAGMA max_page_count = 60")
        }
        let large = String(repeating: "x", count: 4000)
        do throws(LedgerError) {
            for _ in 0..<200 { _ = try ledger.commit(Self.note(large)) }
            Issue.record("it was never full")
        } catch {
            #expect(error.isFull && !error.isFatal, "\(error)")
        }
        let count = try ledger.events().count
        _ = try ledger.commit { (writer) throws(LedgerError) in
            try writer.run("PRAGMA max_page_count = 10000")
        }
        #expect(try ledger.commit(Self.note("room again")) == Int64(count + 1))
        #expect(try ledger.events().breaks == [])
    }

    @Test func whatIsToldIsNeverLongerThanItsReadersTake() throws {
        let scratch = try Scratch()
        let ledger = try scratch.open()
        try ledger.add("a.nano.1")
        _ = try ledger.commit { (writer) throws(LedgerError) in
            try writer.store(Sample.order("a"), in: Sample.order("a").sealed)
        }
        let text = String(repeating: "é", count: 2048)
        for count in [0, 1, 3000] {
            let reason = Reason(code: "code", text: text + String(repeating: "x", count: count))
            let record = try ledger.task("a.nano.1")
            try ledger.commit { (writer) throws(LedgerError) in
                try writer.apply(
                    record.state == .blocked ? .resumed : .blocked,
                    to: record,
                    by: "t",
                    reason: reason
                )
                try writer.move(job: Sample.name("a"), to: .blocked, reason: reason, by: "test")
            }
            #expect(try ledger.task("a.nano.1").reason?.text.utf8.count ?? 0 > 4000)
            let job = try ledger.read { (reader) throws(LedgerError) in try reader.job(Sample.name("a")) }
            #expect(job?.reason?.text.hasPrefix("éé") == true)
        }
        for event in try ledger.events() {
            #expect(throws: Never.self) { try NodeEvent(parsing: event.json.encoded) }
        }
        #expect(try ledger.events().breaks == [])
    }
}
