import RelayCore
import RelayLedger
import RelaySeal
import RelayWire
import TestSupport
import Testing

@testable import RelayBus

/// `nudge` with `want`: files go again to a node that lacks them.
@Suite struct WantTests {
    /// sg with its task handed on to jp.
    private func holder() throws -> (node: Node, story: Story) {
        let node = try Node("sg")
        let story = Story(at: node)
        try node.follow(try story.deliver("sg", to: node))
        try node.follow(try node.produce(try node.claimed(), story))
        let due = try node.due()
        let receipt = Receipt(task: Sample.name("weekly-brief.jp.1"), digest: Digest.of(due.document), seq: 4)
        try node.ask(.handedOn(HandedOnRequest(delivery: due.id, receipt: receipt)))
        return (node, story)
    }

    private func word(
        _ story: Story,
        n: Int64 = 1,
        to node: String = "jp",
        round: Int = 1,
        _ names: String...
    ) -> ControlStatement {
        ControlStatement(
            kind: .nudge,
            job: story.order.job,
            round: Sample.round(round),
            n: n,
            to: Sample.name("sg"),
            want: .init(to: Sample.name(node), attachments: names.map { Sample.name($0) }),
            issued: story.order.issued,
            order: story.order.sealed.digest
        )
    }

    @Test func theFilesAreUploadedAndNothingElse() throws {
        let (node, story) = try holder()
        let word = word(story, "sg-review.md", "candidate-list.md")
        #expect(try node.send(word).outcome == "202")
        #expect(try node.send(word).outcome == "200")
        let due = try node.due()
        #expect((due.to.rawValue, due.document, due.round.number) == ("jp", [], 1))
        #expect(Set(due.files.map(\.file)) == Set(story.files(["sg-review.md", "candidate-list.md"])))
        for file in due.files { #expect(Files.exists(file.path), "\(file.path)") }
        let before = try node.handOnReceipt()
        let receipt = Receipt(task: nil, digest: Digest.of([]), seq: 77)
        let told = HandedOnRequest(delivery: due.id, receipt: receipt)
        #expect(try node.ask(.handedOn(told)).outcome == "200")
        #expect(try node.delivery(due.id).state == .received)
        // The receipt of the document stays the one that handed the task on.
        #expect(try node.handOnReceipt() == before && before?.seq == 4)
        #expect(try node.task("weekly-brief.sg.1").state == .handedOn)
    }

    @Test func whatIsNotHereIsRefused() throws {
        let (node, story) = try holder()
        #expect(try node.send(word(story, "jp-final.txt")).outcome == "404 unknown-files")
        #expect(try node.send(word(story, n: 2, round: 2, "jp-final.txt")).outcome == "404 unknown-files")
        #expect(try node.send(word(story, n: 3, to: "sg", "sg-review.md")).outcome == "400 unknown-node")
        #expect(
            try node.send(word(story, n: 4, to: "stranger", "sg-review.md")).outcome == "400 unknown-node"
        )
        #expect(try node.ask(.deliver(DeliverRequest(waitSeconds: 0))).body["delivery"] == .null)
    }

    @Test func aDamagedFileIsNotSentAndSaidToBe() throws {
        let (node, story) = try holder()
        try node.overwrite("artifacts/weekly-brief/sg-review.md", "other")
        try node.send(word(story, "sg-review.md"))
        let due = try node.due()
        let notary = node.notary
        let files = try node.ledger.read { (reader) throws(LedgerError) in
            try notary.files(ofDelivery: due.id, &reader)
        }
        let failed = AttemptRequest(
            delivery: due.id,
            status: nil,
            problem: "attachment-damaged",
            error: "no",
            retryAfterSeconds: nil
        )
        try node.ask(.attempt(failed), inventory: notary.inventory(of: files))
        #expect(try node.delivery(due.id).state == .refused)
        #expect(try node.whys("not-delivered").first?.contains(Sample.digest("other").labelled) == true)
        #expect(try node.task("weekly-brief.sg.1").state == .handedOn)
    }

    @Test func whatIsWantedForAJobThatEndsIsNotSentAnyMore() throws {
        let (node, story) = try holder()
        try node.send(word(story, "sg-review.md"))
        try node.send(story.word(.cancel))
        #expect(try node.ask(.deliver(DeliverRequest(waitSeconds: 0))).body["delivery"] == .null)
    }

    @Test func mainIsAHolderItself() throws {
        let node = try Node("main")
        let story = try Closing.order(at: node)
        node.recover()
        let due = try node.due()
        let receipt = Receipt(
            task: Sample.name("weekly-brief.nano.1"),
            digest: Digest.of(due.document),
            seq: 1
        )
        try node.ask(.handedOn(HandedOnRequest(delivery: due.id, receipt: receipt)))
        let request = ControlRequest(
            control: .nudge,
            job: story.order.job,
            to: Sample.name("main"),
            round: .first,
            want: .init(to: Sample.name("nano"), attachments: [Sample.name("brief.md")])
        )
        #expect(try node.ask(.control(request)).list("told") == ["main"])
        let wanted = try node.due()
        #expect(wanted.to.rawValue == "nano" && wanted.document.isEmpty)
        #expect(wanted.files.map(\.file) == story.files(["brief.md"]))
        #expect(Files.exists(wanted.files.first?.path ?? ""))
    }
}

extension Node {
    /// The receipt of the document that sg handed on.
    fileprivate func handOnReceipt() throws -> Receipt? {
        try ledger.read { (reader) throws(LedgerError) in
            try reader.handOnReceipt(of: Sample.name("weekly-brief.sg.1"))
        }
    }
}
