import RelayCore
import RelayLedger
import RelaySeal
import RelayWire
import TestSupport
import Testing

@testable import RelayBus

/// Claims: who gets a task, for how long, and what an older epoch may still do.
@Suite struct ClaimTests {
    /// A node with a stored task of each job, oldest first.
    private func node(_ jobs: [String] = [Sample.job], parallel: Int = 1, attempts: Int = 10) throws -> Node {
        let node = try Node("sg", parallel: parallel, limits: "{\"attempts\": \(attempts)}")
        for job in jobs { #expect(try Story(at: node, job: job).deliver("sg", to: node).outcome == "202") }
        return node
    }

    @Test func theOldestTaskIsGivenWithItsFilesAndALease() throws {
        let node = try node(["b", "a"])
        let task = try #require(try node.claim())
        #expect(task.claim == Claim(task: Sample.name("b.sg.1"), epoch: 1))
        #expect(task.leaseUntil == node.now.advanced(by: .seconds(60)))
        #expect(task.contract == node.configuration.current[Sample.name("sg")])
        #expect(task.inputs.map(\.file) == Story(at: node).files(Story.takes["sg"] ?? []))
        #expect(
            task.inputs.map(\.path)
                == ["candidate-list.md", "de-raw-output.txt"].map {
                    "\(node.configuration.data)/inbox/b.1.\($0)"
                }
        )
        #expect(
            node.text("inbox/b.1.candidate-list.md") != nil
                && node.text("inbox/b.1.candidate-list.md~nano") == nil
        )
        #expect(task.work == "\(node.configuration.data)/work/b.sg.1.1")
    }

    @Test func noMoreThanParallelTasksAreHeld() throws {
        let node = try node(["a", "b", "c"], parallel: 2)
        _ = (try node.claimed(), try node.claimed(by: Node.another))
        let answer = try node.ask(.claim(ClaimRequest()))
        #expect(answer.body["task"] == .null)
        #expect(answer.nothingUntil == node.now.advanced(by: .seconds(60)))
        node.machine.kill(Node.another)
        #expect(try node.claimed().task == Sample.name("b.sg.1"))
    }

    @Test func whatAHumanHoldsDoesNotKeepTheConsumerFromWork() throws {
        let node = try node(["a", "b"])
        let human = try #require(try node.claim(ClaimRequest(by: .human)))
        #expect(human.leaseUntil == nil)
        node.clock.advance(by: .seconds(86_400))
        #expect(try node.claim()?.claim.task == Sample.name("b.sg.1"))
        #expect(try node.task("a.sg.1").holder == .human)
    }

    @Test func aClaimIsByStageOrByName() throws {
        let node = try node(["a", "b"], parallel: 5)
        #expect(try node.claim(ClaimRequest(stages: [Sample.name("jp")])) == nil)
        #expect(
            try node.claim(ClaimRequest(task: Sample.name("b.sg.1")))?.claim.task == Sample.name("b.sg.1")
        )
        #expect(try node.claim(ClaimRequest(task: Sample.name("b.sg.1"))) == nil, "it is held")
        let claim = try #require(
            try node.claim(ClaimRequest(stages: [Sample.name("jp"), Sample.name("sg")]))
        )
        try node.produce(claim.claim, Story(at: node, job: "a"))
        let done = try node.ask(.claim(ClaimRequest(task: Sample.name("a.sg.1"))))
        #expect(done.outcome == "409 illegal-transition")
    }

    @Test func nothingIsClaimableWithoutRoom() throws {
        let node = try node()
        node.machine.hasRoom = false
        #expect(try node.ask(.claim(ClaimRequest())).outcome == "507 no-room")
        node.machine.hasRoom = true
        #expect(try node.claimed().epoch == 1)
    }

    @Test func onlyAnOperatorClaimsAsAHuman() throws {
        let node = try node()
        let request = ClaimRequest(by: .human)
        #expect(try node.ask(.claim(request), as: .consumer).outcome == "403 not-allowed")
        #expect(try node.ask(.claim(request)).outcome == "200")
    }

    @Test func aHumanTakesATaskFromARunningConsumer() throws {
        let node = try node()
        let old = try node.claimed()
        let human = try #require(try node.claim(ClaimRequest(task: old.task, by: .human)))
        #expect(human.claim.epoch == 2)
        #expect(try node.ask(.renew(RenewRequest(claim: old, progress: nil))).outcome == "409 stale-epoch")
        let renewal = RenewRequest(claim: human.claim, progress: nil)
        #expect(try node.ask(.renew(renewal)).outcome == "409 illegal-transition")
        #expect(try node.produce(human.claim, Story(at: node)).outcome == "200")
        let link = try node.ledger.read { (reader) throws(LedgerError) in try reader.link(of: old.task) }
        #expect(link.map { String(decoding: $0.payload, as: UTF8.self).contains(#""by":"human""#) } == true)
    }

    @Test func aRenewalStartsTheLeaseAnew() throws {
        let node = try node()
        let claim = try node.claimed()
        for _ in 0..<4 {
            node.clock.advance(by: .seconds(59))
            #expect(try node.claim(by: Node.another) == nil)
            let answer = try node.ask(.renew(RenewRequest(claim: claim, progress: nil)))
            #expect(answer.body["lease_until"]?.stringValue == node.now.advanced(by: .seconds(60)).rfc3339)
        }
        #expect(try node.task("weekly-brief.sg.1").epoch == 1)
    }

    @Test func aClaimOfADeadProcessLapsesAtOnce() throws {
        let node = try node()
        _ = try node.claimed()
        #expect(try node.claim(by: Node.another) == nil)
        node.machine.kill(Node.consumer)
        #expect(try node.claimed(by: Node.another).epoch == 2)
        #expect(try node.task("weekly-brief.sg.1").process == Node.another)
    }

    @Test func aProcessThatWasGoneWhenItAskedHoldsNothing() throws {
        let node = try node()
        #expect(try node.claimed(by: nil).epoch == 1)
        #expect(try node.claimed().epoch == 2)
    }

    @Test func anotherLivingProcessCannotUseAClaim() throws {
        let node = try node()
        let claim = try node.claimed()
        let outcomes = [
            try node.ask(.renew(RenewRequest(claim: claim, progress: nil)), by: Node.another),
            try node.ask(.released(ReleasedRequest(claim: claim, delays: false, why: "x")), by: Node.another),
            try node.ask(
                .blocked(BlockedRequest(claim: claim, reason: Reason(code: "x", text: "x"))),
                by: Node.another
            ),
            try node.ask(.produced(ProducedRequest(claim: claim, outputs: [], processor: "x")), by: nil),
            try node.output("sg-review.md", "x", of: claim, by: Node.another),
        ].map(\.outcome)
        #expect(outcomes == Array(repeating: "403 not-the-holder", count: 5))
        #expect(node.text("archive/weekly-brief/late-sg.1.1/sg-review.md") == nil)
    }

    @Test func anOlderEpochIsStaleAndItsOutputsAreKeptApart() throws {
        let node = try node()
        let story = Story(at: node)
        let old = try node.claimed()
        try node.output("sg-review.md", "# Accepted\n# Rejected\nearly\n", of: old)
        node.clock.advance(by: .seconds(60))
        let new = try node.claimed(by: Node.another)
        #expect(new.epoch == 2)
        let outputs = story.files(["sg-review.md"])
        let outcomes = [
            try node.ask(.renew(RenewRequest(claim: old, progress: nil))),
            try node.ask(.produced(ProducedRequest(claim: old, outputs: outputs, processor: "x"))),
            try node.ask(.released(ReleasedRequest(claim: old, delays: false, why: "x"))),
            try node.ask(.blocked(BlockedRequest(claim: old, reason: Reason(code: "x", text: "x")))),
            try node.output("sg-review.md", "late", of: old),
        ].map(\.outcome)
        #expect(outcomes == Array(repeating: "409 stale-epoch", count: 5))
        #expect(node.text("archive/weekly-brief/late-sg.1.1/sg-review.md") == "late")
        #expect(node.text("artifacts/weekly-brief.sg.1.2.sg-review.md") == nil)
        let named = ProducedRequest(claim: new, outputs: outputs, processor: "x")
        #expect(try node.ask(.produced(named), by: Node.another).outcome == "422 attachments-missing")
    }

    /// Each row: what main says of the job, and what the holder is then told.
    @Test(arguments: [(nil, "409 job-ended"), (1, "409 superseded")] as [(Int?, String)])
    func theHolderLearnsThatItsWorkIsOver(round: Int?, outcome: String) throws {
        let node = try node()
        let claim = try node.claimed()
        try node.send(Story(at: node).word(.cancel, round: round.map(Sample.round)))
        #expect(try node.ask(.renew(RenewRequest(claim: claim, progress: nil))).outcome == outcome)
        #expect(try node.output("sg-review.md", "late", of: claim).outcome == outcome)
        #expect(try node.produce(claim, Story(at: node)).outcome == outcome)
    }

    @Test func aReleaseWithDelayWaitsTwiceAsLongEachTime() throws {
        let node = try node(attempts: 100)
        var waits: [Int64] = []
        for _ in 0..<11 {
            let claim = try node.claimed()
            let answer = try node.ask(.released(ReleasedRequest(claim: claim, delays: true, why: "exit 75")))
            #expect(answer.wakes.contains(.claims))
            let next = try #require(try node.ask(.claim(ClaimRequest())).nothingUntil)
            waits.append((next.value - node.now.value) / 1000)
            node.clock.set(milliseconds: next.value)
        }
        #expect(waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300])
        let claim = try node.claimed()
        try node.ask(.released(ReleasedRequest(claim: claim, delays: false, why: "stopping")))
        #expect(try node.claimed().epoch == claim.epoch + 1)
    }

    @Test(arguments: ["renew", "released", "blocked", "produced", "closeout"])
    func aTaskThatIsNotHereIsUnknown(verb: String) throws {
        let node = try node([])
        let claim = Claim(task: Sample.name("other.sg.1"), epoch: 1)
        let body: LocalRequest.Body =
            switch verb {
            case "renew": .renew(RenewRequest(claim: claim, progress: nil))
            case "released": .released(ReleasedRequest(claim: claim, delays: false, why: "x"))
            case "blocked": .blocked(BlockedRequest(claim: claim, reason: Reason(code: "x", text: "x")))
            case "produced": .produced(ProducedRequest(claim: claim, outputs: [], processor: "x"))
            default: .closeout(CloseoutRequest(claim: claim))
            }
        #expect(try node.ask(body).outcome == "404 unknown-task")
        #expect(try node.output("sg-review.md", "x", of: claim).outcome == "404 unknown-task")
    }

    @Test func aBlockedTaskGivesItsPlaceToAnother() throws {
        let node = try node(["a", "b"])
        let claim = try node.claimed()
        let answer = try node.ask(
            .blocked(BlockedRequest(claim: claim, reason: Reason(code: "x", text: "x")))
        )
        #expect(answer.outcome == "200" && answer.wakes.contains(.claims))
        #expect(try node.claimed().task == Sample.name("b.sg.1"))
    }

    @Test func aResolvedTaskGoesOnWhereItCameFrom() throws {
        let node = try node()
        let resolve = ResolveRequest(task: Sample.name("weekly-brief.sg.1"), why: "looked at it")
        #expect(try node.ask(.resolve(resolve)).outcome == "409 illegal-transition")
        let claim = try node.claimed()
        try node.ask(.blocked(BlockedRequest(claim: claim, reason: Reason(code: "x", text: "x"))))
        #expect(try node.ask(.resolve(resolve)).body["state"]?.stringValue == "stored")
        let unknown = ResolveRequest(task: Sample.name("other.sg.1"), why: "x")
        #expect(try node.ask(.resolve(unknown)).outcome == "404 unknown-task")
    }
}
