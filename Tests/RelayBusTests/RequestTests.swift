import RelayCore
import RelayLedger
import RelaySeal
import RelayWire
import TestSupport
import Testing

@testable import RelayBus

/// Local requests: who may ask what, and what a repeated request gets.
@Suite struct RequestTests {
    @Test func aRepeatedRequestGetsTheSameAnswerAndDoesNothing() throws {
        let node = try Node("sg", parallel: 9)
        for job in ["a", "b"] { try Story(at: node, job: job).deliver("sg", to: node) }
        let claim = try node.ask(.claim(ClaimRequest()), request: "one")
        let seq = try node.seq
        let again = try node.ask(.claim(ClaimRequest()), by: Node.another, request: "one")
        #expect(again.body == claim.body && again.status == claim.status)
        #expect(try node.seq == seq)
        #expect(try node.ask(.claim(ClaimRequest()), request: "two").body != claim.body)
    }

    @Test func aRequestIdWithAnotherBodyIsRefused() throws {
        let node = try Node("sg")
        try Story(at: node).deliver("sg", to: node)
        #expect(try node.ask(.claim(ClaimRequest()), request: "one").outcome == "200")
        let other = ClaimRequest(stages: [Sample.name("sg")])
        #expect(try node.ask(.claim(other), request: "one").outcome == "409 request-reused")
    }

    @Test func whatFoundNothingOrWasRefusedIsAskedAnew() throws {
        let node = try Node("sg")
        #expect(try node.ask(.claim(ClaimRequest()), request: "one").body["task"] == .null)
        #expect(
            try node.ask(.deliver(DeliverRequest(waitSeconds: 0)), request: "two").body["delivery"] == .null
        )
        let story = Story(at: node)
        try story.deliver("sg", to: node)
        let claim = try ClaimedTask(json: node.ask(.claim(ClaimRequest()), request: "one").body, at: "").claim
        let produced = ProducedRequest(claim: claim, outputs: story.files(["sg-review.md"]), processor: "x")
        #expect(try node.ask(.produced(produced), request: "three").outcome == "422 attachments-missing")
        try node.output("sg-review.md", story.content["sg-review.md"] ?? "", of: claim)
        #expect(try node.ask(.produced(produced), request: "three").outcome == "200")
        #expect(try node.ask(.deliver(DeliverRequest(waitSeconds: 0)), request: "two").body["id"] != nil)
    }

    @Test func everyChangeOfATaskIsMadeOnce() throws {
        let node = try Node("sg")
        let story = Story(at: node)
        try story.deliver("sg", to: node)
        let claim = try node.claimed()
        try node.output("sg-review.md", story.content["sg-review.md"] ?? "", of: claim)
        let produced = ProducedRequest(claim: claim, outputs: story.files(["sg-review.md"]), processor: "x")
        let first = try node.ask(.produced(produced), request: "p")
        #expect(try node.ask(.produced(produced), request: "p").body == first.body)
        let due = try node.ask(.deliver(DeliverRequest(waitSeconds: 0)), request: "d")
        #expect(try node.ask(.deliver(DeliverRequest(waitSeconds: 0)), request: "d").body == due.body)
        let id = try DueDelivery(json: due.body, at: "").id
        let failed = AttemptRequest(
            delivery: id,
            status: 503,
            problem: nil,
            error: "x",
            retryAfterSeconds: nil
        )
        for _ in 0..<3 { try node.ask(.attempt(failed), request: "a") }
        #expect(try node.delivery(id).attempts == 1)
    }

    @Test func ordersAndWordsOfMainAreGivenOnce() throws {
        let node = try Node("main")
        let story = try Closing.order(at: node)
        let control = ControlRequest(control: .nudge, job: Sample.name(Sample.job))
        for _ in 0..<3 { try node.ask(.control(control), request: "n") }
        #expect(try node.job().controls == 3)
        let order = OrderRequest(job: Sample.name(Sample.job), attachments: story.files(["brief.md"]))
        #expect(try node.ask(.order(order)).outcome == "200")
    }

    /// The verbs that need an operator; the others are the consumer's.
    @Test(arguments: LocalRequest.Verb.allCases)
    func aConsumerMayOnlyWhatItNeeds(verb: LocalRequest.Verb) throws {
        let node = try Node("main")
        let claim = Claim(task: Sample.name("a.main.1"), epoch: 1)
        let (job, receipt): (JobID, Receipt) = (
            Sample.name("a"), Receipt(task: nil, digest: Sample.digest("x"), seq: 1)
        )
        let body: LocalRequest.Body =
            switch verb {
            case .claim: .claim(ClaimRequest())
            case .renew: .renew(RenewRequest(claim: claim, progress: nil))
            case .produced: .produced(ProducedRequest(claim: claim, outputs: [], processor: "x"))
            case .blocked: .blocked(BlockedRequest(claim: claim, reason: Reason(code: "x", text: "x")))
            case .released: .released(ReleasedRequest(claim: claim, delays: false, why: "x"))
            case .deliver: .deliver(DeliverRequest(waitSeconds: 0))
            case .attempt:
                .attempt(
                    AttemptRequest(delivery: 1, status: nil, problem: nil, error: "x", retryAfterSeconds: nil)
                )
            case .handedOn: .handedOn(HandedOnRequest(delivery: 1, receipt: receipt))
            case .order: .order(OrderRequest(job: job, attachments: []))
            case .reorder:
                .reorder(
                    ReorderRequest(job: job, stage: Sample.name("sg"))
                )
            case .closeout: .closeout(CloseoutRequest(claim: claim))
            case .control: .control(ControlRequest(control: .nudge, job: job))
            case .observed: .observed(ObservedRequest(node: Sample.name("sg"), seq: 1, events: []))
            case .resolve: .resolve(ResolveRequest(task: claim.task, why: "x"))
            case .examine: .examine(ExamineRequest(repairs: false))
            }
        let isOperators = [.order, .resolve, .examine].contains(verb)
        #expect((try node.ask(body, as: .consumer).outcome == "403 not-allowed") == isOperators)
        #expect(try node.ask(body, as: .operator).outcome != "403 not-allowed")
    }
}
