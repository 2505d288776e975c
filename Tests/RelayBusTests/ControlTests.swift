import RelayCore
import RelayLedger
import RelaySeal
import RelayWire
import TestSupport
import Testing

@testable import RelayBus

/// `nudge`, `cancel` and `close` at a node that main tells.
@Suite struct ControlTests {
    private func node() throws -> (Node, Story) {
        let node = try Node("sg")
        return (node, Story(at: node))
    }

    @Test func aControlDocumentIsTakenOnce() throws {
        let (node, story) = try node()
        let first = try node.send(story.word(.cancel))
        #expect(first.outcome == "202" && first.body["task"] == nil)
        let again = try node.send(story.word(.cancel))
        #expect(
            again.outcome == "200" && again.body["duplicate"] == true
                && again.body["seq"] == first.body["seq"]
        )
        let other = story.word(.cancel, reason: "another reason")
        #expect(try node.send(other).outcome == "409 task-conflict")
        #expect(try node.send(story.word(.cancel, 2, reason: "another reason")).outcome == "202")
    }

    @Test func onlyMainMayAndOnlyForThisNode() throws {
        let (node, story) = try node()
        let before = try node.seq
        #expect(try node.send(story.word(.cancel), from: "nano").outcome == "403 not-accepted")
        #expect(try node.send(story.word(.cancel, to: "jp")).outcome == "403 not-for-this-node")
        #expect(try node.seq == before)
    }

    @Test func theOuterFieldsMustSayWhatTheStatementSays() throws {
        let (node, story) = try node()
        let said = story.word(.cancel, round: .first).sealed
        let documents = [
            story.word(.cancel), story.word(.nudge, round: .first), story.word(.cancel, 2, round: .first),
            story.word(.cancel, round: Sample.round(2)), story.word(.cancel, round: .first, reason: "more"),
        ]
        for statement in documents {
            let document = statement.document(from: Sample.name("main"), in: said)
            #expect(try node.send(document.json.encoded).outcome == "403 order-invalid")
        }
        let garbage = Envelope(payloadType: Envelope.inTotoType, payload: Array("{}".utf8), signatures: [])
        let document = story.word(.cancel).document(from: Sample.name("main"), in: garbage)
        #expect(try node.send(document.json.encoded).outcome == "403 order-invalid")
        #expect(try node.send(story.document("sg")).outcome == "422 attachments-missing")
    }

    // MARK: cancel

    /// Each row: the cancelled round, and what a relay of rounds 1 and 2 is answered then.
    @Test(
        arguments: [
            (nil, ["409 job-ended", "409 job-ended"]), (1, ["409 superseded", "202"]),
            (2, ["409 superseded", "409 superseded"]),
        ] as [(Int?, [String])]
    )
    func aCancelMayComeBeforeTheRelay(round: Int?, outcomes: [String]) throws {
        let (node, story) = try node()
        let answer = try node.send(story.word(.cancel, round: round.map(Sample.round)))
        #expect(answer.outcome == "202" && answer.effects == [.archive(Sample.name(Sample.job))])
        var second = story
        second.order = Order(
            job: story.order.job,
            round: Sample.round(2),
            stage: story.order.stage,
            route: story.order.route,
            contracts: story.order.contracts,
            inputs: story.order.inputs,
            issued: story.order.issued,
            deadline: story.order.deadline,
            previous: story.order.sealed.digest
        )
        for name in Story.takes["sg"] ?? [] {
            try node.upload(name, story.content[name] ?? "", from: "nano", round: 2)
        }
        try story.upload("sg", to: node)
        #expect(
            try [node.send(story.document("sg")).outcome, node.send(second.document("sg")).outcome]
                == outcomes
        )
    }

    @Test(arguments: [TaskState.stored, .claimed, .produced, .handedOn, .blocked])
    func aCancelEndsLiveWork(state: TaskState) throws {
        let (node, story) = try node()
        try story.deliver("sg", to: node)
        try bring(node, story, to: state)
        try node.follow(try node.send(story.word(.cancel, round: .first)))
        let task = try node.task("weekly-brief.sg.1")
        #expect((task.state, task.reason?.code) == (.cancelled, "superseded"))
        #expect(try node.ask(.deliver(DeliverRequest(waitSeconds: 0))).body["delivery"] == .null)
        #expect(
            node.text("archive/weekly-brief/round-1/candidate-list.md") == story.content["candidate-list.md"]
        )
        #expect(node.text("inbox/weekly-brief.1.candidate-list.md") == nil)
        if state == .produced || state == .handedOn {
            #expect(node.text("archive/weekly-brief/round-1/sg-review.md") == story.content["sg-review.md"])
        }
    }

    @Test func aNarrowerCancelChangesNothingAfterAWiderOne() throws {
        let (node, story) = try node()
        try node.send(story.word(.cancel))
        #expect(try node.send(story.word(.cancel, 2, round: .first)).outcome == "202")
        #expect(try node.send(story.document("sg")).outcome == "409 job-ended")
    }

    private func bring(_ node: Node, _ story: Story, to state: TaskState) throws {
        guard state != .stored else { return }
        let claim = try node.claimed()
        if state == .blocked {
            try node.ask(.blocked(BlockedRequest(claim: claim, reason: Reason(code: "x", text: "x"))))
        }
        guard state == .produced || state == .handedOn else { return }
        try node.follow(try node.produce(claim, story))
        guard state == .handedOn else { return }
        let due = try node.due()
        let receipt = Receipt(task: story.task("jp"), digest: Digest.of(due.document), seq: 1)
        try node.ask(.handedOn(HandedOnRequest(delivery: due.id, receipt: receipt)))
    }

    // MARK: nudge

    @Test func aNudgeLetsBlockedTasksLookAgain() throws {
        let (node, story) = try node()
        #expect(try node.send(story.word(.nudge)).outcome == "404 unknown-job")
        try story.deliver("sg", to: node)
        try bring(node, story, to: .blocked)
        #expect(try node.send(story.word(.nudge, round: Sample.round(2))).outcome == "404 unknown-job")
        let answer = try node.send(story.word(.nudge))
        #expect(answer.outcome == "202" && answer.wakes == [.claims, .deliveries])
        #expect(try node.task("weekly-brief.sg.1").state == .stored)
        #expect(try node.send(story.word(.nudge)).outcome == "200")
    }

    @Test func aNudgeMovesNothingThatIsNotBlocked() throws {
        let (node, story) = try node()
        try story.deliver("sg", to: node)
        let claim = try node.claimed()
        #expect(try node.send(story.word(.nudge)).outcome == "202")
        #expect(try node.ask(.renew(RenewRequest(claim: claim, progress: nil))).outcome == "200")
    }

    // MARK: close

    private func final(_ digest: Digest, task: String = "weekly-brief.main.1") -> Receipt {
        Receipt(task: Sample.name(task), digest: digest, seq: 9)
    }

    @Test(arguments: [TaskState.produced, .handedOn])
    func aCloseSettlesWhatWasDone(state: TaskState) throws {
        let (node, story) = try node()
        try story.deliver("sg", to: node)
        try bring(node, story, to: state)
        let before = try node.seq
        let answer = try node.send(story.word(.close, receipt: final(Sample.digest("main's"))))
        #expect(answer.outcome == "202" && answer.effects == [.archive(Sample.name(Sample.job))])
        #expect(try node.task("weekly-brief.sg.1").state == .settled)
        let events = try node.ledger.read { (reader) throws(LedgerError) in
            try reader.events(after: before, limit: 9)
        }
        let kinds = state == .produced ? ["close", "handed-on", "settled"] : ["close", "settled"]
        #expect(events.map(\.kind) == kinds)
        #expect(try node.send(story.word(.cancel)).outcome == "202")
        #expect(try node.task("weekly-brief.sg.1").state == .settled)
    }

    @Test(arguments: [TaskState.stored, .claimed, .blocked])
    func aCloseCancelsWhatIsNotInTheChain(state: TaskState) throws {
        let (node, story) = try node()
        try story.deliver("sg", to: node)
        try bring(node, story, to: state)
        try node.send(story.word(.close, receipt: final(Sample.digest("main's"))))
        let task = try node.task("weekly-brief.sg.1")
        #expect((task.state, task.reason?.code) == (.cancelled, "closed"))
        #expect(try node.send(story.document("sg")).outcome == "200")
    }

    @Test func aClosedJobTakesNoMoreWork() throws {
        let (node, story) = try node()
        try node.send(story.word(.close, receipt: final(Sample.digest("main's"))))
        try story.upload("sg", to: node)
        #expect(try node.send(story.document("sg")).outcome == "409 job-ended")
    }

    @Test func aCloseNamesMainsReceiptOfTheFinalTask() throws {
        let (node, story) = try node()
        #expect(try node.send(story.word(.close)).outcome == "403 order-invalid")
        let nameless = Receipt(task: nil, digest: Sample.digest("x"), seq: 1)
        #expect(try node.send(story.word(.close, receipt: nameless)).outcome == "403 order-invalid")
    }

    @Test func theLastStageComparesTheReceiptWithWhatItHandedOn() throws {
        let node = try Node("jp")
        let story = Story(at: node)
        try story.deliver("jp", to: node)
        try node.produce(try node.claimed(), story)
        let digest = Digest.of(try node.due().document)
        let foreign = story.word(.close, to: "jp", receipt: final(Sample.digest("another document")))
        #expect(try node.send(foreign).outcome == "403 order-invalid")
        #expect(try node.task("weekly-brief.jp.1").state == .produced)
        #expect(try node.send(story.word(.close, to: "jp", receipt: final(digest))).outcome == "202")
        #expect(try node.task("weekly-brief.jp.1").state == .settled)
    }
}
