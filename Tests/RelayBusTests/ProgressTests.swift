import RelayCore
import RelayLedger
import RelayWire
import TestSupport
import Testing

@testable import RelayBus

/// What `/status` says of the work on a claimed task.
@Suite struct ProgressTests {
    private let node: Node
    private let claim: Claim

    init() throws {
        node = try Node("sg")
        try Story(at: node).deliver("sg", to: node)
        claim = try node.claimed()
    }

    private func renew(_ bytes: Int64, _ time: Int64, after pause: Duration = .seconds(20)) throws {
        node.clock.advance(by: pause)
        let progress = RenewRequest.Progress(bytes: bytes, cpuMilliseconds: time)
        #expect(try node.ask(.renew(RenewRequest(claim: claim, progress: progress))).outcome == "200")
    }

    private var report: ProgressReport? {
        get throws {
            let task = try node.task(claim.task.rawValue)
            let measured = try node.ledger.read { (reader) throws(LedgerError) in
                try reader.progress(of: task.id)
            }
            return ProgressReport(task, measured, isAlive: { node.machine.isAlive($0) }, now: node.now)
        }
    }

    /// Each row: what is measured 20 s later, and what follows from it.
    @Test(
        arguments: [
            (10, 500, "moving"), (11, 500, "moving"), (10, 510, "moving"), (9, 500, "moving"),
        ] as [(Int64, Int64, String)]
    )
    func anyChangeIsAMove(bytes: Int64, time: Int64, pace: String) throws {
        #expect(try report?.pace == .moving, "nothing is measured yet")
        try renew(10, 490)
        #expect(try report?.pace == .moving, "there is nothing to compare with")
        try renew(bytes, time)
        #expect(try report?.pace.rawValue == pace)
        #expect(try report?.json["moved_at"]?.stringValue == node.now.rfc3339)
    }

    @Test func aProcessorThatDoesNothingIsAliveButStillUntilItMovesAgain() throws {
        try renew(10, 490)
        let moved = node.now
        for _ in 0..<3 {
            try renew(10, 490)
            #expect(try report?.pace == .still)
            #expect(try report?.json["moved_at"]?.stringValue == moved.rfc3339)
            #expect(try report?.json["measured_at"]?.stringValue == node.now.rfc3339)
        }
        try renew(10, 500)
        #expect(try report?.pace == .moving)
    }

    @Test func aConsumerThatEndedOrDoesNotRenewIsGone() throws {
        try renew(10, 490)
        node.clock.advance(by: .seconds(59))
        #expect(try report?.pace == .moving)
        node.clock.advance(by: .seconds(1))
        #expect(try report?.pace == .gone)
        try renew(10, 490, after: .zero)
        #expect(try report?.pace == .still, "a late renewal counts as long as nobody else has claimed")
        node.machine.kill(Node.consumer)
        #expect(try report?.pace == .gone)
    }

    @Test func theNextClaimStartsWithoutTheOldNumbers() throws {
        try renew(10, 490)
        node.machine.kill(Node.consumer)
        #expect(try node.claimed(by: Node.another).epoch == 2)
        #expect(try report?.pace == .moving)
        #expect(try report?.json["bytes"] == nil)
    }

    @Test func aHumanIsNotMeasured() throws {
        _ = try node.claim(ClaimRequest(task: claim.task, by: .human))
        #expect(try report == nil)
    }
}
