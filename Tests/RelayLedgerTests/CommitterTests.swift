import Foundation
import RelayCore
import RelayLedger
import RelayWire
import Synchronization
import Testing

/// The committer's thread, and what those who ask it get.
@Suite struct CommitterTests {
    /// What was answered, in order.
    private final class Answers: Sendable {
        private let list = Mutex<[Result<Int64, LedgerError>]>([])

        func add(_ answer: Result<Int64, LedgerError>) { list.withLock { $0.append(answer) } }

        var all: [Result<Int64, LedgerError>] { list.withLock { $0 } }
        var numbers: [Int64] { all.compactMap { try? $0.get() } }
    }

    private static let closed = LedgerError.closed("the test is over")

    private static func note(_ why: String) -> Ledger.Change<Int64> {
        { (writer) throws(LedgerError) in
            try writer.record("note", job: nil, by: "test", why: why)
        }
    }

    private func committer(
        _ ledger: Ledger,
        beforeCommit: @escaping @Sendable () throws(LedgerError) -> Void = {},
        onFailure: @escaping @Sendable (LedgerError) -> Void = { _ in }
    ) -> Committer {
        Committer(ledger, beforeCommit: beforeCommit, onFailure: onFailure)
    }

    @Test(.timeLimit(.minutes(10))) func everyChangeOfEightThreadsIsAnsweredOnceInTheOrderOfItsCommit() throws
    {
        let scratch = try Scratch()
        let ledger = try scratch.open()
        let committer = committer(ledger)
        let answers = Answers()
        let ended = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            committer.run()
            ended.signal()
        }
        let threads = 8
        for thread in 0..<threads {
            Thread.detachNewThread {
                for index in 0..<500 {
                    committer.submit(Self.note("\(thread).\(index)")) { answers.add($0) }
                }
                ended.signal()
            }
        }
        for _ in 0..<threads { ended.wait() }
        committer.close(Self.closed)
        ended.wait()
        #expect(answers.numbers == Array(1...4000))
        let events = try scratch.open().events()
        #expect(events.breaks == [])
        #expect(Set(events.compactMap(\.why)).count == 4000)
        for thread in 0..<threads {
            let own = events.compactMap(\.why).filter { $0.hasPrefix("\(thread).") }
            #expect(own == (0..<500).map { "\(thread).\($0)" }, "the order of one thread")
        }
    }

    @Test func whatIsQueuedAtTheCloseIsStillDone() throws {
        let scratch = try Scratch()
        let ledger = try scratch.open()
        let committer = committer(ledger)
        let answers = Answers()
        for index in 0..<1200 { committer.submit(Self.note("\(index)")) { answers.add($0) } }
        committer.close(Self.closed)
        committer.close(.closed("a second time"))
        let late = Answers()
        committer.submit(Self.note("late")) { late.add($0) }
        #expect(late.all == [.failure(Self.closed)])
        committer.run()
        #expect(answers.numbers == Array(1...1200))
        #expect(try ledger.events().count == 1200)
    }

    @Test func aBatchWhoseCommitFailsIsAnsweredWithTheErrorAndTheNextOneIsDone() throws {
        let scratch = try Scratch()
        let ledger = try scratch.open()
        let full = LedgerError.files("no room", .full)
        let passes = Mutex(0)
        let told = Mutex<[LedgerError]>([])
        let committer = committer(
            ledger,
            beforeCommit: { () throws(LedgerError) in
                if passes.withLock({
                    $0 += 1; return $0
                }) == 1 {
                    throw full
                }
            },
            onFailure: { error in told.withLock { $0.append(error) } }
        )
        let answers = Answers()
        for index in 0..<700 { committer.submit(Self.note("\(index)")) { answers.add($0) } }
        committer.close(Self.closed)
        committer.run()
        #expect(answers.all.count == 700)
        #expect(answers.all.prefix(512).allSatisfy { $0 == .failure(full) })
        #expect(answers.numbers == Array(1...188))
        #expect(told.withLock { $0 } == [full])
        #expect(try ledger.events().map(\.why) == (512..<700).map { "\($0)" })
    }

    @Test func nothingIsAcknowledgedOnceStorageHasFailed() throws {
        let scratch = try Scratch()
        let ledger = try scratch.open()
        let broken = LedgerError.files("not safe on the disk", .media)
        let passes = Mutex(0)
        let committer = committer(ledger) { () throws(LedgerError) in
            // One failure only, as a kernel tells of a lost page once.
            if passes.withLock({
                $0 += 1; return $0
            }) == 1 {
                throw broken
            }
        }
        let answers = Answers()
        for index in 0..<1300 { committer.submit(Self.note("\(index)")) { answers.add($0) } }
        committer.close(Self.closed)
        committer.run()
        #expect(answers.all.count == 1300)
        #expect(answers.numbers == [], "acknowledged after a failed sync")
        #expect(try ledger.events().isEmpty)
        committer.submit(Self.note("late")) { answers.add($0) }
        #expect(answers.all.count == 1301 && answers.numbers == [])
    }

    @Test func aChangeThatFailsIsAnsweredInItsPlace() throws {
        let scratch = try Scratch()
        let ledger = try scratch.open()
        let committer = committer(ledger)
        let answers = Answers()
        let unknown = LedgerError.unknownTask(Sample.name("a.nano.1"))
        committer.submit(Self.note("a")) { answers.add($0) }
        committer.submit({ (_: inout LedgerWriter) throws(LedgerError) -> Int64 in throw unknown }) {
            answers.add($0)
        }
        committer.submit(Self.note("b")) { answers.add($0) }
        committer.close(Self.closed)
        committer.run()
        #expect(answers.all == [.success(1), .failure(unknown), .success(2)])
    }
}
