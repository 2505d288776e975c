import RelayCore
import RelayLedger
import RelaySeal
import RelayWire
import TestSupport
import Testing

@testable import RelayBus

/// `order`, `control` and `observed` at main.
@Suite struct OrderTests {
    private static let brief = "# Brief\n"
    private static let file = Sample.attachment("brief.md", brief)

    private func main(_ limits: String = "{}") throws -> Node {
        let node = try Node("main", limits: limits)
        try node.upload("brief.md", Self.brief, from: "main", job: "a")
        return node
    }

    private func order(
        _ job: String = "a",
        _ files: [Attachment] = [file],
        route: Route? = nil,
        deadline: UnixMilliseconds? = nil
    ) -> LocalRequest.Body {
        .order(OrderRequest(job: Sample.name(job), attachments: files, route: route, deadline: deadline))
    }

    private func route(_ legs: [(String, String)]) -> Route? {
        Route(legs: legs.map { .init(stage: Sample.name($0.0), node: Sample.name($0.1)) })
    }

    @Test func aJobIsOrderedOnceAndNamedAgainByTheSameInputs() throws {
        let node = try main()
        let answer = try node.ask(order())
        #expect(answer.outcome == "202" && answer.effects == [.settleInputs(Sample.name("a"), .first)])
        let again = try node.ask(order(deadline: node.now.advanced(by: .seconds(9))))
        #expect(again.outcome == "200" && again.body == answer.body)
        let others = [
            order("a", []), order("a", [Sample.attachment("brief.md", "other")]),
            order("a", [Self.file, Sample.attachment("source-01.md", "x")]),
            order(route: route([("nano", "nano"), ("main", "main")])),
        ]
        for other in others { #expect(try node.ask(other).outcome == "409 job-exists") }
    }

    @Test func theOrderPinsContractsInputsAndRoute() throws {
        let node = try main()
        try node.ask(order())
        let due = try node.due()
        guard case .relay(let document) = try TaskDocument(parsing: due.document) else {
            throw Missing(what: "a relay document")
        }
        let order = try Order(in: document.order)
        #expect((order.job, order.round, order.stage) == (Sample.name("a"), .first, Sample.name("nano")))
        #expect(
            order.contracts == node.configuration.current && order.route == node.configuration.fleet.route
        )
        #expect(order.inputs == [.init(Self.file)] && document.attachments == [Self.file])
        #expect(order.deadline == node.now.advanced(by: Order.defaultTerm))
        #expect(node.text("inbox/a.1.brief.md") == Self.brief)
        let nano = try Node("nano")
        try nano.upload("brief.md", Self.brief, from: "main", job: "a")
        #expect(try nano.send(due.document).outcome == "202")
    }

    /// Faults of an order, in the order in which they are looked for.
    private static let faults = [
        "not main", "no room", "another orderer", "unknown node", "unknown stage", "wrong name",
        "not uploaded",
        "empty brief", "deadline",
    ]
    private static let outcomes = [
        "403 not-main", "507 no-room", "403 not-main", "400 unknown-node", "400 unknown-stage",
        "422 contract-broken",
        "422 attachments-missing", "422 contract-broken", "400 deadline-passed",
    ]

    private func outcome(_ faults: [String], at nodes: [Node], _ job: String) throws -> String {
        let node = nodes[faults.contains("not main") ? 1 : 0]
        let content = faults.contains("empty brief") ? "" : Self.brief
        let name = faults.contains("wrong name") ? "Brief.md" : "brief.md"
        if !faults.contains("not uploaded") {
            try node.upload(name, content, from: node.configuration.role.node.rawValue, job: job)
        }
        node.machine.hasRoom = !faults.contains("no room")
        defer { node.machine.hasRoom = true }
        var legs = [("nano", "nano"), ("sg", "sg"), ("jp", "jp"), ("main", "main")]
        if faults.contains("another orderer") { legs[3].1 = "jp" }
        if faults.contains("unknown node") { legs[1].1 = "nobody" }
        if faults.contains("unknown stage") { legs[2].0 = "other" }
        let deadline = faults.contains("deadline") ? node.now : nil
        let before = try node.seq
        let file = Sample.attachment(name, content)
        let answer = try node.ask(order(job, [file], route: route(legs), deadline: deadline))
        #expect(try node.seq == before, "a refusal wrote something")
        return answer.outcome
    }

    @Test func ofTwoFaultsTheFirstAnswers() throws {
        let nodes = [try Node("main"), try Node("sg")]
        for (index, first) in Self.faults.enumerated() {
            #expect(try outcome([first], at: nodes, "job-\(index)") == Self.outcomes[index], "\(first)")
            for (number, second) in Self.faults.enumerated().dropFirst(index + 1) {
                let outcome = try outcome([first, second], at: nodes, "job-\(index)-\(number)")
                #expect(outcome == Self.outcomes[index], "\(first), \(second)")
            }
        }
    }

    @Test func tooManyTasksRefuseAnotherOrderOnly() throws {
        let node = try main(#"{"inbox_tasks": 1}"#)
        try node.upload("brief.md", Self.brief, from: "main", job: "b")
        let story = try Closing.order(at: node)
        try story.deliver("main", to: node)
        #expect(try node.ask(order("b")).outcome == "429 too-many-tasks")
        #expect(
            try node.ask(.control(ControlRequest(control: .cancel, job: story.order.job))).outcome == "202"
        )
        #expect(try node.ask(order("b")).outcome == "202")
    }

    // MARK: control

    @Test(arguments: [ControlDocument.Kind.nudge, .cancel])
    func everyNodeOfTheRouteIsToldOnce(kind: ControlDocument.Kind) throws {
        let node = try main()
        try node.ask(order())
        let request = ControlRequest(control: kind, job: Sample.name("a"), reason: "because", missing: [])
        let answer = try node.ask(.control(request))
        #expect(answer.outcome == "202" && answer.list("told") == ["jp", "nano", "sg"])
        #expect(answer.wakes.contains(.deliveries))
        let told = try node.ledger.read { (reader) throws(LedgerError) in
            try reader.openDeliveries(limit: 9).filter { $0.kind == kind.rawValue }
        }
        #expect(told.map(\.to.rawValue) == ["jp", "nano", "sg"])
        #expect(try node.job("a").controls == 3)
        #expect(try node.job("a").state == (kind == .cancel ? .cancelled : .open))
        let relay = try node.ledger.read { (reader) throws(LedgerError) in
            try reader.openDeliveries(limit: 9).contains { $0.kind == "relay" }
        }
        #expect(relay == (kind == .nudge), "what a cancel overtakes is not sent any more")
    }

    @Test func oneNodeOrOneRoundDoesNotEndTheJob() throws {
        let node = try main()
        try node.ask(order())
        let one = ControlRequest(control: .cancel, job: Sample.name("a"), to: Sample.name("sg"))
        #expect(try node.ask(.control(one)).list("told") == ["sg"])
        let round = ControlRequest(control: .cancel, job: Sample.name("a"), round: .first)
        #expect(try node.job("a").state == .open)
        #expect(try node.ask(.control(round)).outcome == "202")
        // Without its newest round nothing goes on by itself.
        #expect((try node.job("a").state, try node.job("a").reason?.code) == (.blocked, "round-cancelled"))
        let unknown = ControlRequest(control: .nudge, job: Sample.name("b"))
        #expect(try node.ask(.control(unknown)).outcome == "404 unknown-job")
    }

    // MARK: observed

    private func event(_ seq: Int64, _ task: String, _ kind: String, from: String? = nil, to: String?)
        -> NodeEvent
    {
        NodeEvent(
            seq: seq,
            at: UnixMilliseconds(1000 + seq),
            job: Sample.name("a"),
            task: Sample.name(task),
            kind: kind,
            from: from,
            to: to,
            by: "consumer",
            why: nil,
            previous: "",
            hash: ""
        )
    }

    private func saw(_ node: String, _ events: [NodeEvent]) -> LocalRequest.Body {
        .observed(ObservedRequest(node: Sample.name(node), seq: events.last?.seq ?? 0, events: events))
    }

    @Test func whatAPeerDidGoesIntoTheLadder() throws {
        let node = try main()
        try node.ask(order())
        try node.ask(
            saw(
                "nano",
                [
                    event(1, "a.nano.1", "stored", to: "stored"),
                    event(2, "a.nano.1", "claimed", to: "claimed"),
                    event(3, "other.nano.1", "claimed", to: "claimed"),
                ]
            )
        )
        try node.ask(saw("nano", [event(4, "a.nano.1", "claimed", from: "claimed", to: "claimed")]))
        let ladder = try node.ledger.read { (reader) throws(LedgerError) in
            try reader.ladder(of: Sample.name("a"))
        }
        #expect(ladder.first?.state == "claimed")
        #expect(ladder.first?.moments[1...2] == [UnixMilliseconds(1001), UnixMilliseconds(1002)])
        let seen = try node.ledger.read { (reader) throws(LedgerError) in try reader.observed().map(\.seq) }
        #expect(seen == [4])
    }

    @Test func aJobNeedsAHumanWhileOneOfItsTasksDoes() throws {
        let node = try main()
        try node.ask(order())
        try node.ask(saw("nano", [event(1, "a.nano.1", "blocked", from: "claimed", to: "blocked")]))
        #expect((try node.job("a").state, try node.job("a").reason?.code) == (.blocked, "task-blocked"))
        try node.ask(saw("sg", [event(1, "a.sg.1", "resumed", from: "blocked", to: "stored")]))
        #expect(try node.job("a").state == .blocked)
        try node.ask(saw("nano", [event(2, "a.nano.1", "resumed", from: "blocked", to: "stored")]))
        #expect(try node.job("a").state == .open)
        try node.ask(saw("nano", [event(3, "a.nano.1", "cancelled", from: "stored", to: "cancelled")]))
        #expect((try node.job("a").state, try node.job("a").reason?.code) == (.blocked, "task-cancelled"))
    }

    @Test func aPeerSpeaksOfItsOwnStagesOnly() throws {
        let node = try main()
        try node.ask(order())
        try node.ask(
            saw(
                "jp",
                [
                    event(1, "a.nano.1", "claimed", to: "claimed"),
                    event(2, "a.nano.1", "blocked", from: "claimed", to: "blocked"),
                ]
            )
        )
        #expect(try node.job("a").state == .open)
        let ladder = try node.ledger.read { (reader) throws(LedgerError) in
            try reader.ladder(of: Sample.name("a"))
        }
        #expect(ladder.map(\.state) == [nil, nil, nil, nil])
    }
}
