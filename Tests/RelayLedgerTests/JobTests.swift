import RelayCore
import RelayLedger
import RelaySQL
import RelaySeal
import RelayWire
import TestSupport
import Testing

/// Ended jobs, remembered answers and documents, jobs and their ladders.
@Suite struct JobTests {
    private static let job: JobID = Sample.name("a")

    /// Each row: ends in their order by round, 0 for the whole job, and what stands in the end.
    @Test(arguments: [
        ([0], 0, "e1"), ([2], 2, "e1"), ([2, 1], 2, "e1"), ([1, 3], 3, "e2"), ([3, 0], 0, "e2"),
        ([0, 3], 0, "e1"), ([0, 0], 0, "e1"), ([2, 2], 2, "e1"), ([1, 0, 16], 0, "e2"),
    ])
    func aWiderEndStays(rounds: [Int], through: Int, code: String) throws {
        let scratch = try Scratch()
        let ledger = try scratch.open()
        try ledger.commit { (writer) throws(LedgerError) in
            for (index, round) in rounds.enumerated() {
                try writer.end(Self.job, through: Round(round), code: "e\(index + 1)")
            }
        }
        let ended = try ledger.read { (reader) throws(LedgerError) in try reader.ended(Self.job) }
        #expect(ended == EndedJob(through: Round(through), code: code))
        let other = try ledger.read { (reader) throws(LedgerError) in try reader.ended(Sample.name("b")) }
        #expect(other == nil)
    }

    @Test func aControlDocumentIsKnownByKindJobAndNumber() throws {
        let scratch = try Scratch()
        let ledger = try scratch.open()
        let seq = try ledger.commit { (writer) throws(LedgerError) in
            try writer.store(
                control: "nudge",
                Self.job,
                1,
                digest: Sample.digest("one"),
                by: Sample.name("main"),
                why: "look"
            )
        }
        let found = try ledger.read { (reader) throws(LedgerError) in
            [
                try reader.control("nudge", Self.job, 1)?.digest,
                try reader.control("cancel", Self.job, 1)?.digest,
                try reader.control("nudge", Self.job, 2)?.digest,
                try reader.control("nudge", Sample.name("b"), 1)?.digest,
            ]
        }
        #expect(found == [Sample.digest("one"), nil, nil, nil])
        #expect(try ledger.events().last?.seq == seq)
        #expect(throws: (any Error).self) {
            try ledger.commit { (writer) throws(LedgerError) in
                try writer.store(
                    control: "nudge",
                    Self.job,
                    1,
                    digest: Sample.digest("two"),
                    by: Sample.name("main"),
                    why: nil
                )
            }
        }
    }

    @Test func answersAreKeptForADayAndThenGoAFewAtATime() throws {
        let scratch = try Scratch()
        let ledger = try scratch.open()
        let answer = StoredAnswer(digest: Sample.digest("q"), status: 202, body: Array("{}".utf8))
        func ask(_ request: String) throws {
            try ledger.commit { (writer) throws(LedgerError) in try writer.store(answer, to: request, of: "i")
            }
        }
        func kept(_ request: String) throws -> StoredAnswer? {
            try ledger.read { (reader) throws(LedgerError) in try reader.answer(to: request, of: "i") }
        }
        for index in 0..<6 {
            try ask("old-\(index)")
            scratch.clock.advance(by: .milliseconds(1))
        }
        scratch.clock.advance(by: .seconds(86_400) - .milliseconds(6))
        try ask("new-0")
        #expect(try (0..<6).allSatisfy { try kept("old-\($0)") == answer })
        scratch.clock.advance(by: .seconds(1))
        try ask("new-1")
        #expect(try (0..<6).map { try kept("old-\($0)") == nil } == [true, true, true, true, false, false])
        try ask("new-2")
        #expect(try kept("old-5") == nil)
        #expect(try (0..<3).allSatisfy { try kept("new-\($0)") == answer })
        #expect(throws: (any Error).self) { try ask("new-2") }
    }

    @Test func aJobHasOneOrderForEachRoundAndARungForEachStageOfIt() throws {
        let scratch = try Scratch()
        let ledger = try scratch.open()
        let first = Sample.order("a")
        let second = Sample.order("a", round: 2, stage: "jp", previous: first.sealed.digest)
        let seq = try ledger.commit { (writer) throws(LedgerError) in
            let seq = try writer.store(first, in: first.sealed)
            try writer.move(job: Self.job, to: .blocked, reason: Reason(code: "x", text: "y"), by: "test")
            _ = try writer.store(second, in: second.sealed)
            return seq
        }
        let found = try ledger.read { (reader) throws(LedgerError) in
            (try reader.job(Self.job), try reader.orders(of: Self.job), try reader.ladder(of: Self.job))
        }
        #expect(
            (found.0?.state, found.0?.round, found.0?.seq, found.0?.reason) == (
                .open, Sample.round(2), seq, nil
            )
        )
        #expect(found.1 == [first.sealed, second.sealed])
        #expect(
            found.2.map { "\($0.round).\($0.stage)" } == [
                "1.nano", "1.sg", "1.jp", "1.main", "2.jp", "2.main",
            ]
        )
        #expect(found.2.map { $0.moments[0] == nil } == [false, true, true, true, false, true])
        #expect(throws: (any Error).self) {
            try ledger.commit { (writer) throws(LedgerError) in
                try writer.store(first, in: first.sealed)
            }
        }
    }

    @Test(arguments: [JobState.closed, .failed, .cancelled])
    func aFinalJobMovesNoMore(state: JobState) throws {
        let scratch = try Scratch()
        let ledger = try scratch.open()
        let order = Sample.order("a")
        let stored = StoredCloseout(record: Array("{}".utf8), statement: Array("[]".utf8))
        let closeout = state == .closed ? stored : nil
        let moved = try ledger.commit { (writer) throws(LedgerError) in
            _ = try writer.store(order, in: order.sealed)
            return [
                try writer.move(job: Self.job, to: state, reason: nil, closeout: closeout, by: "test"),
                try writer.move(job: Self.job, to: .open, reason: nil, by: "test"),
                try writer.move(job: Self.job, to: .failed, reason: nil, by: "test"),
                try writer.move(job: Sample.name("b"), to: .failed, reason: nil, by: "test"),
            ]
        }
        #expect(moved == [true, false, false, false])
        let found = try ledger.read { (reader) throws(LedgerError) in
            (try reader.job(Self.job)?.state, try reader.closeout(of: Self.job))
        }
        #expect(found.0 == state && found.1 == closeout)
        #expect(try ledger.events().map(\.kind) == ["ordered", "job-\(state.rawValue)"])
    }

    @Test func aJobIsNotClosedWithoutItsRecord() throws {
        let scratch = try Scratch()
        let ledger = try scratch.open()
        let order = Sample.order("a")
        _ = try ledger.commit { (writer) throws(LedgerError) in
            try writer.store(order, in: order.sealed)
        }
        #expect(throws: (any Error).self) {
            try ledger.commit { (writer) throws(LedgerError) in
                try writer.move(job: Self.job, to: .closed, reason: nil, by: "test")
            }
        }
    }

    @Test func controlDocumentsAreNumberedForTheirJob() throws {
        let scratch = try Scratch()
        let ledger = try scratch.open()
        let numbers = try ledger.commit { (writer) throws(LedgerError) in
            for job in ["a", "b"] {
                _ = try writer.store(Sample.order(job), in: Sample.order(job).sealed)
            }
            var numbers: [Int64] = []
            for job in ["a", "a", "b", "a"] { numbers.append(try writer.nextControl(of: Sample.name(job))) }
            return numbers
        }
        #expect(numbers == [1, 2, 1, 3])
    }

    @Test func theLadderKeepsTheFirstMomentAndTheLastState() throws {
        let scratch = try Scratch()
        let ledger = try scratch.open()
        let order = Sample.order("a")
        try ledger.commit { (writer) throws(LedgerError) in
            _ = try writer.store(order, in: order.sealed)
            let task: TaskID = Sample.name("a.sg.1")
            try writer.note(task, state: "claimed", "claimed_at", at: UnixMilliseconds(5))
            try writer.note(task, state: "blocked", "claimed_at", at: UnixMilliseconds(9))
            try writer.note(task, state: nil, "produced_at", at: UnixMilliseconds(7))
            try writer.note(task, state: "stored", "state = 'x' --", at: UnixMilliseconds(7))
            try writer.note(Sample.name("a.sg.2"), state: "settled", "claimed_at", at: UnixMilliseconds(1))
        }
        let ladder = try ledger.read { (reader) throws(LedgerError) in try reader.ladder(of: Self.job) }
        #expect(ladder.map(\.state) == [nil, "stored", nil, nil])
        #expect(ladder[1].moments == [nil, nil, UnixMilliseconds(5), UnixMilliseconds(7), nil, nil])
    }

    @Test func jobsComeNewestFirstAPageAtATime() throws {
        let scratch = try Scratch()
        let ledger = try scratch.open()
        try ledger.commit { (writer) throws(LedgerError) in
            for job in ["a", "b", "c", "d"] {
                _ = try writer.store(Sample.order(job), in: Sample.order(job).sealed)
            }
            try writer.move(job: Sample.name("b"), to: .failed, reason: nil, by: "test")
        }
        let pages = try ledger.read { (reader) throws(LedgerError) in
            [
                try reader.jobs(limit: 3).map(\.id.rawValue),
                try reader.jobs(before: 2, limit: 3).map(\.id.rawValue),
                try reader.jobs(state: .open, limit: 9).map(\.id.rawValue),
                try reader.jobs(state: .failed, limit: 9).map(\.id.rawValue),
            ]
        }
        #expect(pages == [["d", "c", "b"], ["a"], ["d", "c", "a"], ["b"]])
    }
}
