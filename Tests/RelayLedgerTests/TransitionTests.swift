import RelayCore
import RelayLedger
import RelaySQL
import RelaySeal
import RelayWire
import TestSupport
import Testing

/// Guarded transitions, claims and the counts of states.
@Suite struct TransitionTests {
    @Test func everyEventInEveryStateDoesWhatTheTableSays() throws {
        let scratch = try Scratch()
        let ledger = try scratch.open()
        for state in TaskState.allCases {
            for event in TaskEvent.allCases {
                let name = "\(state.rawValue)-\(event.rawValue).nano.1"
                try ledger.add(name, in: state)
                let before = try ledger.task(name)
                guard let next = state.next(after: event) else {
                    let expected = LedgerError.illegalTransition(before.id, from: state, event: event)
                    #expect(throws: expected) { try ledger.apply(event, to: name) }
                    #expect(try ledger.task(name) == before)
                    continue
                }
                let seq = try ledger.apply(event, to: name)
                let after = try ledger.task(name)
                #expect(after.state == next && after.epoch == before.epoch)
                #expect(after.origin == (next == .blocked ? state : nil))
                let recorded = try #require(try ledger.events().last)
                #expect(recorded.seq == seq && recorded.kind == event.rawValue && recorded.task == before.id)
                #expect((recorded.from, recorded.to) == (state.rawValue, next.rawValue))
            }
        }
        #expect(try ledger.events().breaks == [])
    }

    @Test(arguments: [TaskEvent.claimed, .blocked, .failed, .cancelled])
    func ofTwoCallersOneWins(event: TaskEvent) throws {
        let scratch = try Scratch()
        let ledger = try scratch.open()
        let seen = try ledger.add("a.nano.1")
        let change: Ledger.Change<Int64> = { (writer) throws(LedgerError) in
            try writer.apply(.cancelled, to: seen, by: "one")
        }
        let second: Ledger.Change<Int64> = { (writer) throws(LedgerError) in
            try writer.apply(event, to: seen, by: "two")
        }
        let answers = try ledger.commit([change, second])
        #expect(answers == [.success(2), .failure(.stale(seen.id, expected: .stored))])
        #expect(try ledger.task("a.nano.1").state == .cancelled)
    }

    @Test func aHolderOfAnOlderEpochIsStale() throws {
        let scratch = try Scratch()
        let ledger = try scratch.open()
        try ledger.add("a.nano.1")
        for epoch in 1...3 {
            let record = try ledger.task("a.nano.1")
            let claim = try ledger.commit { (writer) throws(LedgerError) in
                try writer.claim(record, by: .consumer, process: nil, leaseUntil: UnixMilliseconds(5))
            }
            #expect(claim == Claim(task: record.id, epoch: Int64(epoch)))
            guard epoch > 1 else { continue }
            let stale = LedgerError.stale(record.id, expected: .claimed)
            #expect(throws: stale) {
                try ledger.commit { (writer) throws(LedgerError) in
                    try writer.apply(.produced, to: record, by: "late")
                }
            }
            #expect(throws: stale) {
                try ledger.commit { (writer) throws(LedgerError) in
                    let late = Claim(task: record.id, epoch: record.epoch)
                    try writer.renew(late, until: UnixMilliseconds(9), progress: nil)
                }
            }
        }
    }

    @Test func aClaimKeepsItsHolderLeaseAndProgress() throws {
        let scratch = try Scratch()
        let ledger = try scratch.open()
        let record = try ledger.add("a.nano.1")
        let process = ProcessIdentity(pid: 77, start: 1234)
        scratch.clock.advance(by: .seconds(5))
        let now = UnixMilliseconds(scratch.clock.milliseconds)
        let progress = RenewRequest.Progress(bytes: 10, cpuMilliseconds: 20)
        try ledger.commit { (writer) throws(LedgerError) in
            let claim = try writer.claim(
                record,
                by: .consumer,
                process: process,
                leaseUntil: UnixMilliseconds(50)
            )
            try writer.renew(claim, until: UnixMilliseconds(60), progress: progress)
            try writer.renew(claim, until: UnixMilliseconds(70), progress: nil)
        }
        var task = try ledger.task("a.nano.1")
        #expect((task.holder, task.process, task.leaseUntil) == (.consumer, process, UnixMilliseconds(70)))
        #expect((task.claimedAt, task.since) == (now, now))
        let id = task.id
        #expect(
            try ledger.read { (reader) throws(LedgerError) in try reader.progress(of: id)?.progress }
                == progress
        )
        try ledger.apply(.produced, to: "a.nano.1")
        task = try ledger.task("a.nano.1")
        #expect((task.leaseUntil, task.holder, task.epoch) == (nil, .consumer, 1))
    }

    @Test func aReleasedTaskWaitsAndCountsItsReleases() throws {
        let scratch = try Scratch()
        let ledger = try scratch.open()
        try ledger.add("a.nano.1")
        try ledger.add("b.nano.1")
        let now = UnixMilliseconds(scratch.clock.milliseconds)
        let due = now.advanced(by: .seconds(4))
        try ledger.commit { (writer) throws(LedgerError) in
            try writer.delay(Sample.name("a.nano.1"), until: due)
            try writer.delay(Sample.name("a.nano.1"), until: due)
        }
        #expect(try ledger.task("a.nano.1").releases == 2)
        let answers = try ledger.read { (reader) throws(LedgerError) in
            [
                try reader.claimable(stages: [], now: now)?.id.rawValue,
                try reader.claimable(stages: [], now: due)?.id.rawValue,
                try reader.claimable(stages: [Sample.name("sg")], now: due)?.id.rawValue,
                try reader.claimable(stages: [Sample.name("sg"), Sample.name("nano")], now: due)?.id.rawValue,
            ]
        }
        #expect(answers == ["b.nano.1", "a.nano.1", nil, "a.nano.1"])
        #expect(try ledger.read { (reader) throws(LedgerError) in try reader.nextDue(after: now) } == due)
        #expect(try ledger.read { (reader) throws(LedgerError) in try reader.nextDue(after: due) } == nil)
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func theCountsEqualARecountAfterARandomWalk(seed: UInt64) throws {
        let scratch = try Scratch()
        let ledger = try scratch.open()
        let names = (0..<40).map { "job-\($0).nano.1" }
        for name in names { try ledger.add(name) }
        var random = SeededGenerator(seed: seed)
        for _ in 0..<30 {
            var changes: [Ledger.Change<Int64>] = []
            for _ in 0..<20 {
                guard let name = names.randomElement(using: &random),
                    let event = TaskEvent.allCases.randomElement(using: &random)
                else { continue }
                let isLost = Int.random(in: 0..<5, using: &random) == 0
                changes.append(Self.step(name, event, isLost: isLost))
            }
            _ = try ledger.commit(changes)
        }
        var connection = try scratch.connection()
        let rows = try connection.query("SELECT state, count(*) FROM task GROUP BY state") {
            ($0.text(0), $0.integer(1))
        }
        let recount = Dictionary(rows.map { (TaskState(rawValue: $0), $1) }) { first, _ in first }
        let counts = try ledger.read { (reader) throws(LedgerError) in try reader.counts() }
        for state in TaskState.allCases { #expect(counts[state] ?? 0 == recount[state] ?? 0, "\(state)") }
        #expect(counts.values.reduce(0, +) == 40)
        #expect(try ledger.events().breaks == [])
    }

    /// Applies an event that may be illegal, and sometimes fails after it.
    private static func step(_ name: String, _ event: TaskEvent, isLost: Bool) -> Ledger.Change<Int64> {
        { (writer) throws(LedgerError) in
            let id: TaskID = Sample.name(name)
            guard let record = try writer.reader.task(id) else { throw .unknownTask(id) }
            let seq = try writer.apply(event, to: record, by: "walk")
            if isLost { throw .unreadable("lost") }
            return seq
        }
    }

    @Test func aTaskIsStoredOnce() throws {
        let scratch = try Scratch()
        let ledger = try scratch.open()
        let first = try ledger.add("a.nano.1")
        #expect(throws: (any Error).self) { try ledger.add("a.nano.1") }
        #expect(try ledger.task("a.nano.1") == first)
        let inputs = try ledger.read { (reader) throws(LedgerError) in try reader.inputs(of: first.id) }
        #expect(inputs == Sample.document("a.nano.1").attachments)
        let bytes = try ledger.read { (reader) throws(LedgerError) in try reader.document(of: first.id) }
        #expect(bytes == Sample.document("a.nano.1").json.encoded)
    }
}
