import RelayCore
import RelayLedger
import RelaySeal
import RelayWire
import TestSupport
import Testing

@testable import RelayBus

/// A delivery whose files are not what they were.
@Suite struct DeliveryDamageTests {
    /// sg after `produced`, with its delivery.
    private func produced() throws -> (Node, DueDelivery) {
        let node = try Node("sg")
        let story = Story(at: node)
        try story.deliver("sg", to: node)
        try node.produce(try node.claimed(), story)
        return (node, try node.due())
    }

    private func damaged(_ due: DueDelivery) -> LocalRequest.Body {
        .attempt(
            AttemptRequest(
                delivery: due.id,
                status: nil,
                problem: "attachment-damaged",
                error: "no",
                retryAfterSeconds: nil
            )
        )
    }

    /// What the bus finds when the consumer says that a file is damaged.
    private func inventory(_ node: Node, _ due: DueDelivery) throws -> Inventory {
        let notary = node.notary
        let files = try node.ledger.read { (reader) throws(LedgerError) in
            try notary.files(ofDelivery: due.id, &reader)
        }
        return notary.inventory(of: files)
    }

    @Test(arguments: ["inbox/weekly-brief.1.candidate-list.md", "artifacts/weekly-brief/sg-review.md"])
    func itsTaskIsBlockedAndItIsNotTriedForEver(path: String) throws {
        let (node, due) = try produced()
        #expect(try inventory(node, due).damage == nil)
        let right = try #require(node.text(path))
        try node.overwrite(path, "other")
        let found = try inventory(node, due)
        #expect(try node.ask(damaged(due), inventory: found).body["state"]?.stringValue == "refused")
        let task = try node.task("weekly-brief.sg.1")
        #expect(task.state == .blocked && task.origin == .produced)
        let text = try #require(task.reason?.text)
        for content in [right, "other"] { #expect(text.contains(Sample.digest(content).labelled), "\(text)") }
        let nothing = try node.ask(.deliver(DeliverRequest(waitSeconds: 0)))
        #expect(nothing.nothingUntil == UnixMilliseconds(.max))
        guard path.hasPrefix("inbox") else { return }
        #expect(try node.upload("candidate-list.md", right, from: "nano").outcome == "200")
        #expect(try node.task("weekly-brief.sg.1").state == .produced)
        #expect(try node.due().id == due.id)
        #expect(node.text(path) == right)
    }

    @Test func whatOnlyCouldNotBeReadIsTriedAgain() throws {
        let (node, due) = try produced()
        let answer = try node.ask(damaged(due), inventory: try inventory(node, due))
        #expect(answer.body["state"]?.stringValue == "waiting")
        #expect(try node.task("weekly-brief.sg.1").state == .produced)
    }

    @Test func aDamagedOrderBlocksItsJobUntilItIsThereAgain() throws {
        let node = try Node("main")
        let story = try Closing.order(at: node)
        node.recover()
        let due = try node.due()
        try node.overwrite("inbox/weekly-brief.1.brief.md", "other")
        try node.ask(damaged(due), inventory: try inventory(node, due))
        let job = try node.job()
        #expect(job.state == .blocked && job.reason?.expected == ["brief.md"])
        #expect(try node.ask(.deliver(DeliverRequest(waitSeconds: 0))).body["delivery"] == .null)
        #expect(try node.upload("brief.md", story.content["brief.md"] ?? "", from: "nano").outcome == "200")
        #expect(try node.job().state == .open)
        let again = try node.due()
        #expect(again.id == due.id && node.text("inbox/weekly-brief.1.brief.md") == story.content["brief.md"])
    }
}
