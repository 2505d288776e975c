import RelayCore
import RelayLedger
import RelaySeal
import RelayWire
import TestSupport
import Testing

@testable import RelayBus

/// Outputs and `produced`.
@Suite struct ProducedTests {
    private func working() throws -> (Node, Story, Claim) {
        let node = try Node("sg")
        let story = Story(at: node)
        #expect(try story.deliver("sg", to: node).outcome == "202")
        return (node, story, try node.claimed())
    }

    private func name(_ claim: Claim, _ outputs: [Attachment]) -> LocalRequest.Body {
        .produced(ProducedRequest(claim: claim, outputs: outputs, processor: "builtin:sg"))
    }

    @Test func anOutputIsStoredOnceAndReplacedUntilItIsNamed() throws {
        let (node, story, claim) = try working()
        let path = "artifacts/weekly-brief.sg.1.1.sg-review.md"
        #expect(try node.output("sg-review.md", "one", of: claim).outcome == "201")
        #expect(try node.output("sg-review.md", "one", of: claim).outcome == "200")
        #expect(try node.output("sg-review.md", "two", of: claim).outcome == "201")
        #expect(node.text(path) == "two")
        // What a crash between the rename of a newer output and its commit leaves.
        try node.overwrite(path, "three")
        #expect(try node.output("sg-review.md", "two", of: claim).outcome == "200")
        #expect(node.text(path) == "two")
        let answer = try node.produce(claim, story)
        #expect(answer.outcome == "200" && answer.body["state"]?.stringValue == "produced")
        #expect(answer.wakes == [.claims, .deliveries])
        try node.follow(answer)
        #expect(node.text("artifacts/weekly-brief/sg-review.md") == story.content["sg-review.md"])
        #expect(node.text(path) == nil)
        #expect(try node.output("sg-review.md", "four", of: claim).outcome == "409 illegal-transition")
        #expect(node.text("artifacts/weekly-brief/sg-review.md") == story.content["sg-review.md"])
    }

    @Test(arguments: ["candidate-list.md", "SG-review.md", "extra.txt"])
    func anOutputThatTheStageDoesNotMakeIsRefused(output: String) throws {
        let (node, _, claim) = try working()
        #expect(try node.output(output, "x", of: claim).outcome == "422 contract-broken")
        #expect(node.text("artifacts/weekly-brief.sg.1.1.\(output)") == nil)
    }

    @Test func outputsComeFromThisMachineOnly() throws {
        let (node, _, claim) = try working()
        let arrived = try node.arrive(.output(claim), "sg-review.md", "x")
        let notary = node.notary
        let answer = try node.commit { (writer) throws(LedgerError) in
            try notary.accept(arrived, from: .node(Sample.name("nano")), in: &writer)
        }
        #expect(answer.outcome == "403 local-only")
    }

    @Test func whatWasNotUploadedIsMissing() throws {
        let (node, story, claim) = try working()
        let review = story.files(["sg-review.md"])
        #expect(try node.ask(name(claim, review)).list("missing") == ["sg-review.md"])
        try node.output("sg-review.md", "other bytes", of: claim)
        #expect(try node.ask(name(claim, review)).outcome == "422 attachments-missing")
        let strange = [Sample.attachment("other.md", "other bytes")]
        #expect(try node.ask(name(claim, strange)).list("missing") == ["other.md"])
        #expect(try node.ask(name(claim, review + review)).outcome == "422 attachments-missing")
        #expect(try node.task("weekly-brief.sg.1").state == .claimed)
    }

    /// Each row: the content of the review, and the rule that it breaks.
    @Test(arguments: [
        ("", "too-small"), ("# Accepted\n", "heading-missing"),
        ("# accepted\n# rejected\n", "heading-missing"),
        ("```\n# Accepted\n# Rejected\n```\n", "heading-missing"),
    ])
    func theContractIsHeld(review: String, rule: String) throws {
        let (node, story, claim) = try working()
        #expect(try node.output("sg-review.md", review, of: claim).outcome == "201")
        let answer = try node.ask(name(claim, [Sample.attachment("sg-review.md", review)]))
        #expect(answer.outcome == "422 contract-broken")
        #expect(answer.body["violations"]?.elements.first { $0["rule"]?.stringValue == rule } != nil)
        #expect(try node.produce(claim, story).outcome == "200")
    }

    @Test func anOutputMustBeNamed() throws {
        let (node, story, claim) = try working()
        try node.output("sg-review.md", story.content["sg-review.md"] ?? "", of: claim)
        #expect(try node.ask(name(claim, [])).outcome == "422 contract-broken")
    }

    @Test func linkStateAndDeliveryAreStoredTogether() throws {
        let (node, story, claim) = try working()
        node.clock.advance(by: .seconds(3))
        try node.produce(claim, story)
        let due = try node.due()
        guard case .relay(let next) = try TaskDocument(parsing: due.document) else {
            throw Missing(what: "a relay document")
        }
        #expect((next.task, next.from, next.to) == (story.task("jp"), Sample.name("sg"), Sample.name("jp")))
        #expect(Set(next.attachments) == Set(story.files(Story.takes["jp"] ?? [])))
        let chain = try EvidenceChain(of: next)
        #expect(throws: Never.self) {
            try chain.verifyOrder(for: next, by: node.notary.keyring, now: node.now)
        }
        #expect(throws: Never.self) {
            try chain.verifyLinks(for: next, by: node.notary.keyring, now: node.now)
        }
        let link = try #require(chain.links.last)
        let task = try node.task("weekly-brief.sg.1")
        #expect((link.task, link.node, link.epoch, link.by) == (task.id, Sample.name("sg"), 1, .consumer))
        #expect((link.receipt, link.processor) == (task.receipt, "builtin:test"))
        #expect(link.producedAt == node.now && link.claimedAt == node.now.advanced(by: .seconds(-3)))
        let kept = try node.ledger.read { (reader) throws(LedgerError) in try reader.link(of: task.id) }
        #expect(kept == link.sealed)
        #expect(
            Set(due.files.map(\.path)) == [
                "\(node.configuration.data)/artifacts/weekly-brief/sg-review.md",
                "\(node.configuration.data)/inbox/weekly-brief.1.candidate-list.md",
                "\(node.configuration.data)/inbox/weekly-brief.1.de-raw-output.txt",
            ]
        )
    }

    @Test func theNextNodeTakesWhatWasProduced() throws {
        let (node, story, claim) = try working()
        try node.produce(claim, story)
        let document = try node.due().document
        let next = try Node("jp")
        for name in Story.takes["jp"] ?? [] { try next.upload(name, story.content[name] ?? "", from: "sg") }
        #expect(try next.send(document).outcome == "202")
    }

    @Test func anExpiredJobIsStillHandedOn() throws {
        let (node, story, claim) = try working()
        node.clock.advance(by: .seconds(7200))
        #expect(try node.produce(claim, story).outcome == "200")
    }

    @Test func aNewRoundLeavesTheFilesOfAnOlderOneThatIsNotCancelledYet() throws {
        let (node, story, claim) = try working()
        try node.follow(try node.produce(claim, story))
        var again = story
        again.order = Order(
            job: story.order.job,
            round: Sample.round(2),
            stage: Sample.name("nano"),
            route: story.order.route,
            contracts: story.order.contracts,
            inputs: story.order.inputs,
            issued: node.now,
            deadline: story.order.deadline,
            previous: story.order.statement.signed(by: "main").digest
        )
        again.content["sg-review.md"] = "# Accepted\n\n- two\n\n# Rejected\n"
        for name in Story.takes["sg"] ?? [] {
            try node.upload(name, again.content[name] ?? "", from: "nano", round: 2)
        }
        #expect(try node.send(again.document("sg")).outcome == "202")
        let second = try node.produce(try node.claimed(), again)
        for _ in 0..<2 {
            try node.follow(second)
            #expect(node.text("artifacts/weekly-brief/sg-review.md") == again.content["sg-review.md"])
            #expect(node.text("archive/weekly-brief/round-1/sg-review.md") == story.content["sg-review.md"])
        }
    }

    @Test func mainsLastTaskMakesNothing() throws {
        let node = try Node("main")
        let story = try Closing.order(at: node)
        try story.deliver("main", to: node)
        let claim = try node.claimed()
        #expect(try node.ask(name(claim, [])).outcome == "409 illegal-transition")
    }
}
