import RelayCore
import RelayLedger
import RelaySeal
import RelayWire
import TestSupport
import Testing

@testable import RelayBus

/// `deliver`, `attempt` and `handed-on`.
@Suite struct DeliveryTests {
    /// sg after `produced`, with its delivery.
    private func produced() throws -> (Node, DueDelivery) {
        let node = try Node("sg")
        let story = Story(at: node)
        try story.deliver("sg", to: node)
        try node.produce(try node.claimed(), story)
        return (node, try node.due())
    }

    private func attempt(
        _ due: DueDelivery,
        _ status: Int64?,
        _ problem: String? = nil,
        error: String = "no",
        after: Int64? = nil
    ) -> LocalRequest.Body {
        .attempt(
            AttemptRequest(
                delivery: due.id,
                status: status,
                problem: problem,
                error: error,
                retryAfterSeconds: after
            )
        )
    }

    private func receipt(_ due: DueDelivery, task: String? = "weekly-brief.jp.1", seq: Int64 = 4) -> Receipt {
        Receipt(task: task.map { Sample.name($0) }, digest: Digest.of(due.document), seq: seq)
    }

    private func handedOn(_ due: DueDelivery, _ receipt: Receipt) -> LocalRequest.Body {
        .handedOn(HandedOnRequest(delivery: due.id, receipt: receipt))
    }

    private func nothing(_ node: Node, by process: ProcessIdentity? = Node.consumer) throws
        -> UnixMilliseconds?
    {
        let answer = try node.ask(.deliver(DeliverRequest(waitSeconds: 0)), by: process)
        return answer.body["delivery"] == .null ? answer.nothingUntil : nil
    }

    @Test func aReceiptHandsTheTaskOnOnce() throws {
        let (node, due) = try produced()
        for _ in 0..<2 {
            let answer = try node.ask(handedOn(due, receipt(due)))
            #expect(answer.outcome == "200" && answer.body["state"]?.stringValue == "received")
        }
        #expect(try node.task("weekly-brief.sg.1").state == .handedOn)
        #expect(try node.delivery(due.id).state == .received)
        let kept = try node.ledger.read { (reader) throws(LedgerError) in
            try reader.handOnReceipt(of: Sample.name("weekly-brief.sg.1"))
        }
        #expect(kept == receipt(due))
        #expect(try nothing(node) == UnixMilliseconds(.max))
    }

    @Test func aForeignReceiptIsRefused() throws {
        let (node, due) = try produced()
        let foreign = [
            Receipt(task: Sample.name("weekly-brief.jp.1"), digest: Sample.digest("other"), seq: 4),
            receipt(due, task: "weekly-brief.jp.2"), receipt(due, task: "other.jp.1"),
            receipt(due, task: nil),
        ]
        for receipt in foreign {
            #expect(try node.ask(handedOn(due, receipt)).outcome == "409 receipt-mismatch")
        }
        #expect(try node.task("weekly-brief.sg.1").state == .produced)
        let unknown = HandedOnRequest(delivery: due.id + 1, receipt: receipt(due))
        #expect(try node.ask(.handedOn(unknown)).outcome == "404 unknown-delivery")
    }

    @Test func aReceiptThatComesAfterTheCancelIsRecordedWithoutAChangeOfState() throws {
        let (node, due) = try produced()
        try node.send(Story(at: node).word(.cancel))
        #expect(try node.delivery(due.id).state == .dropped)
        #expect(try node.ask(handedOn(due, receipt(due))).outcome == "200")
        #expect(try node.task("weekly-brief.sg.1").state == .cancelled)
        let kept = try node.ledger.read { (reader) throws(LedgerError) in
            try reader.handOnReceipt(of: Sample.name("weekly-brief.sg.1"))
        }
        #expect(kept == receipt(due))
    }

    @Test func aLeasedDeliveryWaitsForItsProcessAlone() throws {
        let (node, due) = try produced()
        #expect(try nothing(node, by: Node.another) == node.now.advanced(by: .seconds(60)))
        node.machine.kill(Node.consumer)
        #expect(try node.due(by: Node.another).id == due.id)
        #expect(try nothing(node, by: Node.another) != nil)
        node.clock.advance(by: .seconds(600))
        #expect(try node.due(by: Node.another).attempts == 0)
    }

    /// Each row: the peer's answer, and whether it will never take the document.
    @Test(
        arguments: [
            (nil, nil, false),
            (500, nil, false), (503, "unavailable", false), (507, "no-room", false),
            (408, nil, false), (429, "too-many-tasks", false), (422, "attachments-missing", false),
            (400, "malformed", true), (403, "not-accepted", true), (404, nil, true),
            (409, "task-conflict", true),
            (409, "contract-mismatch", true), (413, nil, true), (422, "contract-broken", true),
            (422, "evidence-invalid", true), (499, nil, true),
        ] as [(Int64?, String?, Bool)]
    )
    func aPermanentRefusalBlocksAndAnotherIsTriedAgain(status: Int64?, problem: String?, isPermanent: Bool)
        throws
    {
        let (node, due) = try produced()
        let answer = try node.ask(attempt(due, status, problem))
        let task = try node.task("weekly-brief.sg.1")
        #expect(answer.body["state"]?.stringValue == (isPermanent ? "refused" : "waiting"))
        #expect(task.state == (isPermanent ? .blocked : .produced))
        #expect(try node.delivery(due.id).state == (isPermanent ? .refused : .waiting))
        guard isPermanent else { return #expect(try node.delivery(due.id).error == "no") }
        #expect(task.reason?.code == problem ?? "refused")
        let resolve = ResolveRequest(task: task.id, why: "mended")
        #expect(try node.ask(.resolve(resolve)).body["state"]?.stringValue == "produced")
        #expect(try node.due().id == due.id, "it is tried again without running again")
    }

    @Test(arguments: [(0.0, 0.75), (1.0, 1.0)])
    func theWaitDoublesWithinBounds(jitter: Double, factor: Double) throws {
        let (node, due) = try produced()
        node.machine.random = jitter
        var waits: [Int64] = []
        for _ in 0..<11 {
            #expect(try node.ask(attempt(due, 503)).wakes.contains(.deliveries))
            let next = try node.delivery(due.id).nextAt
            waits.append(next.value - node.now.value)
            #expect(try nothing(node) == next)
            node.clock.set(milliseconds: next.value)
            #expect(try node.due().id == due.id)
        }
        let expected = [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300].map { Int64(Double($0) * 1000 * factor) }
        #expect(waits == expected)
        #expect(try node.delivery(due.id).attempts == 11)
    }

    @Test func thePeersRetryAfterIsHonoured() throws {
        let (node, due) = try produced()
        try node.ask(attempt(due, 429, after: 90))
        #expect(try node.delivery(due.id).nextAt == node.now.advanced(by: .seconds(90)))
        node.clock.advance(by: .seconds(90))
        let again = try node.due()
        node.machine.random = 1
        try node.ask(attempt(again, 503, after: 0))
        #expect(try node.delivery(due.id).nextAt == node.now.advanced(by: .seconds(2)))
    }

    @Test(arguments: ["job-ended", "superseded"])
    func aPeerThatKnowsOfTheEndCancelsTheTask(problem: String) throws {
        let (node, due) = try produced()
        try node.ask(attempt(due, 409, problem))
        let task = try node.task("weekly-brief.sg.1")
        #expect((task.state, task.reason?.code) == (.cancelled, problem))
        #expect(try node.delivery(due.id).state == .dropped)
        #expect(try node.ask(attempt(due, 409, problem)).outcome == "200")
    }

    @Test(arguments: ["job-ended", "superseded"])
    func anOrderWhoseFirstNodeKnowsOfAnEndNeedsAHuman(problem: String) throws {
        let node = try Node("main")
        _ = try Closing.order(at: node)
        let due = try node.due()
        try node.ask(attempt(due, 409, problem, error: "cancelled there in May"))
        let job = try node.job()
        #expect(job.state == .blocked, "nobody would ever know that nothing goes on")
        #expect(job.reason?.code == problem)
    }

    @Test func aRefusedOrderBlocksItsJob() throws {
        let node = try Node("main")
        _ = try Closing.order(at: node)
        let due = try node.due()
        try node.ask(attempt(due, 409, "contract-mismatch", error: "other contract"))
        #expect((try node.job().state, try node.job().reason?.code) == (.blocked, "contract-mismatch"))
    }

    @Test func aLongErrorOfAPeerSpoilsNothing() throws {
        let (node, due) = try produced()
        try node.ask(attempt(due, 400, "malformed", error: String(repeating: "é", count: 2048)))
        let task = try node.task("weekly-brief.sg.1")
        #expect((task.state, task.reason?.code) == (.blocked, "malformed"))
        let events = try node.ledger.read { (reader) throws(LedgerError) in
            try reader.events(after: 0, limit: 99)
        }
        for event in events { #expect(throws: Never.self) { try NodeEvent(parsing: event.json.encoded) } }
    }

    @Test func anUnknownDeliveryIsUnknown() throws {
        let (node, due) = try produced()
        let other = AttemptRequest(
            delivery: due.id + 1,
            status: 500,
            problem: nil,
            error: "x",
            retryAfterSeconds: nil
        )
        #expect(try node.ask(.attempt(other)).outcome == "404 unknown-delivery")
    }

    @Test func deliveriesToNodesThatAreGoneAreToldAndDoNotStopTheOthers() throws {
        let (node, due) = try produced()
        try node.ask(handedOn(due, receipt(due)))
        try node.commit { (writer) throws(LedgerError) in
            for index in 0..<300 {
                let to: NodeName = index == 299 ? Sample.name("jp") : Sample.name("gone")
                try writer.store(
                    NewDelivery(
                        to: to,
                        kind: "nudge",
                        job: Sample.name(Sample.job),
                        round: .first,
                        task: nil,
                        document: Array("\(index)".utf8),
                        files: []
                    )
                )
            }
        }
        #expect(try node.due().document == Array("299".utf8))
        #expect(try node.delivery(due.id + 1).state == .refused)
        #expect(try nothing(node) != nil)
    }

    /// jp and nano with `count` nudges each, in turns.
    private func nudges(_ count: Int) throws -> Node {
        let node = try Node("main")
        try node.commit { (writer) throws(LedgerError) in
            for index in 0..<count * 2 {
                try writer.store(
                    NewDelivery(
                        to: Sample.name(index % 2 == 0 ? "jp" : "nano"),
                        kind: "nudge",
                        job: Sample.name(Sample.job),
                        round: .first,
                        task: nil,
                        document: Array("\(index)".utf8),
                        files: []
                    )
                )
            }
        }
        return node
    }

    @Test func whileANodeCannotBeReachedOneDeliveryAsksAndTheOthersWait() throws {
        let node = try nudges(4)
        let probe = try node.due()
        try node.ask(attempt(probe, nil, error: "no route to jp"))
        for _ in 0..<4 {
            let other = try node.due()
            #expect(other.to == Sample.name("nano"), "jp keeps nobody waiting")
            try node.ask(handedOn(other, receipt(other, task: nil)))
        }
        for _ in 0..<12 {
            let next = try #require(try nothing(node))
            node.clock.set(milliseconds: next.value)
            #expect(try node.due().id == probe.id, "only one asks")
            #expect(try nothing(node) != nil)
            try node.ask(attempt(probe, nil, error: "no route to jp"))
        }
        #expect(try node.delivery(probe.id + 2).error == "no route to jp")
        let pause = try node.delivery(probe.id).nextAt.value - node.now.value
        #expect(pause == 225_000, "5 min less the jitter, whoever asks")
    }

    /// Each row: how jp answers the one that asks.
    @Test(arguments: [nil, 503, 404] as [Int64?])
    func oneAnswerOfTheNodeLetsAllThatWaitForItGo(status: Int64?) throws {
        let node = try nudges(3)
        let probe = try node.due()
        try node.ask(attempt(probe, nil))
        for _ in 0..<3 { #expect(try node.due().to == Sample.name("nano")) }
        node.clock.advance(by: .seconds(1))
        let again = try node.due()
        let body = status.map { attempt(again, $0) } ?? handedOn(again, receipt(again, task: nil))
        #expect(try node.ask(body).wakes.contains(.deliveries))
        for _ in 0..<2 { #expect(try node.due().to == Sample.name("jp")) }
    }

    @Test func aNodeThatIsAwayForDaysGetsItsWorkWhenItIsBack() throws {
        let (node, due) = try produced()
        let end = node.now.advanced(by: .seconds(3 * 86_400))
        var attempts = 0
        while node.now < end {
            try node.ask(attempt(due, nil, error: "no route to jp"))
            attempts += 1
            node.clock.set(milliseconds: try node.delivery(due.id).nextAt.value)
            #expect(try node.due().id == due.id)
        }
        #expect(
            (864...1200).contains(attempts),
            "every five minutes or a little sooner, not more: \(attempts)"
        )
        #expect(try node.task("weekly-brief.sg.1").state == .produced)
        #expect(try node.delivery(due.id).error == "no route to jp")
        try node.ask(handedOn(due, receipt(due)))
        #expect(try node.task("weekly-brief.sg.1").state == .handedOn)
    }

    @Test func anAttemptThatIsCutOffCountsForNothing() throws {
        let node = try nudges(2)
        let probe = try node.due()
        node.machine.kill(Node.consumer)
        #expect(try node.due(by: Node.another).id == probe.id)
        #expect(try node.delivery(probe.id).attempts == 0)
    }
}
