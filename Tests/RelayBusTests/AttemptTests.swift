import RelayCore
import RelayLedger
import RelayWire
import TestSupport
import Testing

@testable import RelayBus

/// How often a task is tried before somebody must look at it.
@Suite struct AttemptTests {
    private func node(_ jobs: [String], parallel: Int = 1) throws -> Node {
        let node = try Node("sg", parallel: parallel, limits: #"{"attempts": 3}"#)
        for job in jobs { #expect(try Story(at: node, job: job).deliver("sg", to: node).outcome == "202") }
        return node
    }

    /// A consumer of its own that claims and dies; the number of the task it had.
    private func loseAConsumer(_ number: Int32, at node: Node) throws -> TaskID? {
        let process = ProcessIdentity(pid: number, start: 1)
        defer { node.machine.kill(process) }
        return try node.claim(by: process)?.claim.task
    }

    @Test func aTaskWhoseHoldersDieIsBlockedAndTheOthersGoOn() throws {
        let node = try node(["poison", "fine"])
        let given = try (1...3).map { try loseAConsumer($0, at: node)?.job.rawValue }
        #expect(
            given == ["poison", "poison", "fine"],
            "what took two holders with it waits behind the others"
        )
        let fine = try node.claimed()
        #expect(fine == Claim(task: Sample.name("fine.sg.1"), epoch: 2))
        try node.produce(fine, Story(at: node, job: "fine"))
        #expect(try loseAConsumer(4, at: node)?.job.rawValue == "poison")
        #expect(try loseAConsumer(5, at: node) == nil)
        let task = try node.task("poison.sg.1")
        #expect(task.state == .blocked && task.epoch == 3 && task.attempts == 3)
        #expect(task.reason?.code == "attempts-exhausted")
        #expect(
            task.reason?.text.hasPrefix("3 attempts of at most 3 ended without a result; at last the holder")
                == true
        )
    }

    @Test func whoAsksForAnotherTryTooOftenIsBlocked() throws {
        let node = try node(["a"])
        for _ in 1...3 {
            let claim = try node.claimed()
            try node.ask(.released(ReleasedRequest(claim: claim, delays: true, why: "exit 75")))
            node.clock.advance(by: .seconds(600))
        }
        let answer = try node.ask(.claim(ClaimRequest()))
        #expect(answer.body["task"] == .null && answer.wakes.contains(.claims), "who waits looks again")
        #expect(try node.task("a.sg.1").reason?.text.contains("asked for another try") == true)
    }

    @Test func whatIsGivenBackInGoodOrderDoesNotCount() throws {
        let node = try node(["a"])
        for _ in 1...5 {
            let claim = try node.claimed()
            try node.ask(.released(ReleasedRequest(claim: claim, delays: false, why: "the consumer stops")))
        }
        #expect(try node.task("a.sg.1").attempts == 0)
        #expect(try node.claimed().epoch == 6)
    }

    @Test func aHumanBeginsANewCount() throws {
        let node = try node(["a"])
        for number in 1...4 { _ = try loseAConsumer(Int32(number), at: node) }
        #expect(try node.task("a.sg.1").state == .blocked)
        try node.ask(.resolve(ResolveRequest(task: Sample.name("a.sg.1"), why: "repaired")))
        #expect(try node.task("a.sg.1").attempts == 0)
        #expect(try node.claimed().epoch == 4)
        #expect(try node.task("a.sg.1").attempts == 1)
    }
}
