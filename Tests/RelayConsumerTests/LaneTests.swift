import RelayClient
import RelayCore
import RelayDesk
import RelaySeal
import RelayWire
import Testing

@testable import RelayConsumer

@Suite struct BusClientTests {
    @Test func aLostAnswerIsAskedForUnderTheSameID() throws {
        let (world, pauses) = quietWorld()
        let script = ScriptedTransport([
            .lost, .failure(.timedOut("bus", after: .seconds(30), maybeSent: true)),
            .problem(503, "stopping", [(name: "retry-after", value: "3")]), .json(200, .members(["n": 1])),
            .json(200, .members(["n": 2])),
        ])
        let bus = BusClient(script: script, world: world)
        let body = LocalRequest.Body.control(ControlRequest(control: .cancel, job: try checked("job")))
        #expect(try bus.ask(body, stop: StopSignal())["n"] == 1)
        #expect(try bus.ask(body, stop: StopSignal())["n"] == 2)
        let sent = script.seen.map(\.body)
        #expect(Set(sent[0...3]).count == 1)
        #expect(sent[4] != sent[3])
        #expect(pauses.all.count == 3)
        #expect(pauses.all[2] == .seconds(3))
    }

    @Test func aRefusalIsTyped() throws {
        let answer = ScriptedTransport.Answer.problem(409, "stale-epoch", members: [.init("epoch", 3)])
        let bus = BusClient(script: ScriptedTransport([answer]), world: quietWorld().world)
        let expected = BusRefusal(
            status: 409,
            code: "stale-epoch",
            detail: "Detail",
            members: [.init("epoch", 3)]
        )
        #expect(expected.endsClaim)
        #expect(throws: BusFailure.refused(expected)) { try bus.status() }
    }

    @Test func aStopEndsTheAsking() throws {
        let stop = try StopSignal()
        stop.set()
        let bus = BusClient(script: ScriptedTransport([.lost]), world: quietWorld().world)
        #expect(throws: BusFailure.stopped) {
            try bus.ask(.deliver(DeliverRequest(waitSeconds: 0)), stop: stop)
        }
    }

    @Test func attemptsAreBoundedWhereAPersonWaits() throws {
        let script = ScriptedTransport([.lost, .lost, .lost])
        let bus = BusClient(script: script, world: quietWorld().world)
        let failure = BusFailure.lost(ClientError.interrupted("bus", reason: "reset").description)
        #expect(throws: failure) {
            try bus.ask(.deliver(DeliverRequest(waitSeconds: 0)), stop: StopSignal(), attempts: 2)
        }
        #expect(script.seen.count == 2)
    }

    @Test func anInputIsUploadedWithItsDigest() throws {
        let scratch = Scratch()
        let path = try scratch.write("hello", to: "any name.md")
        let script = ScriptedTransport([.lost, .json(201, .object([]))])
        let bus = BusClient(script: script, world: quietWorld().world)
        let uploaded = try bus.uploadInput(
            job: checked("job"),
            name: checked("brief.md"),
            path: path,
            stop: StopSignal()
        )
        #expect(try uploaded == attachment("brief.md", "hello"))
        #expect(
            script.seen.map(\.target) == Array(repeating: "/upload?job=job&name=brief.md&round=1", count: 2)
        )
        #expect(script.seen[1].body == Array("hello".utf8))
    }
}

@Suite struct RenewalLaneTests {
    private func lane(_ script: ScriptedTransport, _ watch: ClaimWatch) throws -> RenewalLane {
        let world = quietWorld().world
        return RenewalLane(
            claim: Claim(task: try checked("job.sg.1"), epoch: 2),
            lease: .seconds(60),
            bus: BusClient(script: script, world: world),
            meter: ProgressMeter(output: "/nowhere"),
            world: world,
            watch: watch
        )
    }

    @Test func itRenewsThreeTimesInEachLease() throws {
        let watch = try ClaimWatch(after: StopSignal())
        let script = ScriptedTransport([.json(200, .object([])), .lost, .json(200, .object([]))])
        var lane = try lane(script, watch)
        #expect(lane.step() == .after(.seconds(20)))
        #expect(lane.step() != .after(.seconds(20)))
        #expect(lane.step() == .after(.seconds(20)))
        #expect(script.seen[0].body != script.seen[1].body)
        #expect(script.seen[1].body == script.seen[2].body)
        #expect(!watch.stop.isSet)
    }

    @Test(arguments: ["stale-epoch", "job-ended", "superseded"])
    func aLostClaimEndsTheProcessor(code: String) throws {
        let watch = try ClaimWatch(after: StopSignal())
        var lane = try lane(ScriptedTransport([.problem(409, code)]), watch)
        #expect(lane.step() == .ended)
        #expect(watch.stop.isSet)
        #expect(watch.loss == .refused(BusRefusal(status: 409, code: code, detail: "Detail")))
    }
}

@Suite struct DeskTests {
    private func log(_ world: World) throws -> ConsumerLog {
        try ConsumerLog(path: nil, isEchoed: false, world: world)
    }

    private func event(_ seq: Int64, to state: String? = nil) -> JSON {
        NodeEvent(
            seq: seq,
            at: UnixMilliseconds(0),
            job: nil,
            task: nil,
            kind: "stored",
            from: nil,
            to: state,
            by: "bus",
            why: nil,
            previous: "",
            hash: ""
        ).json
    }

    private func events(_ range: ClosedRange<Int64>, to state: String? = nil) -> ScriptedTransport.Answer {
        let events = range.map { event($0, to: state) }
        return .json(200, .members(["events": .array(events), "seq": JSON(range.upperBound)]))
    }

    private func watch(_ bus: ScriptedTransport, _ peer: ScriptedTransport) throws -> WatchLane {
        let world = quietWorld().world
        return WatchLane(
            node: try checked("nano"),
            at: .tcp(host: "127.0.0.2", port: 1),
            bus: BusClient(script: bus, world: world),
            world: world,
            log: try log(world),
            peers: peer
        )
    }

    @Test func theDeskClaimsAndAsksToClose() throws {
        let world = quietWorld().world
        let claimed = ClaimedTask(
            claim: Claim(task: try checked("job.main.1"), epoch: 1),
            leaseUntil: nil,
            contract: Digest.of([]),
            inputs: [],
            work: "/w"
        )
        let script = ScriptedTransport([
            .json(200, .members(["task": .null])), .json(200, claimed.json), .lost,
            .json(200, .members(["job": "job", "state": "closed"])),
        ])
        var lane = DeskLane(bus: BusClient(script: script, world: world), world: world, log: try log(world))
        for _ in 0..<4 { _ = lane.step() }
        #expect(lane.isAtRest)
        let sent = script.seen.compactMap(\.json)
        #expect(sent.map { $0["kind"]?.stringValue } == ["claim", "claim", "closeout", "closeout"])
        #expect(sent[0]["stages"] == .array(["main"]))
        #expect(sent[0]["request"] != sent[1]["request"])
        #expect(sent[2] == sent[3])
    }

    @Test func theWatcherGoesOnWhereTheBusStopped() throws {
        let bus = ScriptedTransport([
            .json(200, .members(["observed": .members(["nano": 41])])), .lost, .json(200, .object([])),
        ])
        let peer = ScriptedTransport([.well, events(42...43), events(44...44)])
        var lane = try watch(bus, peer)
        for _ in 0..<6 { _ = lane.step() }
        let first = "/status?state=blocked&limit=500"
        #expect(peer.seen.map(\.target) == [first, "/status?since=41&wait=0", "/status?since=43&wait=50"])
        let observed = try #require(bus.seen.last?.json)
        #expect(bus.seen.map(\.body)[1] == bus.seen.map(\.body)[2])
        #expect(observed["node"] == "nano")
        #expect(observed["seq"] == 43)
        #expect(observed["events"]?.elements.count == 2)
    }

    @Test func manyEventsAreToldInParts() throws {
        let answers = [ScriptedTransport.Answer](repeating: .json(200, .object([])), count: 4)
        let bus = ScriptedTransport(answers)
        var lane = try watch(bus, ScriptedTransport([.well, events(1...1201)]))
        for _ in 0..<6 { _ = lane.step() }
        let observed = bus.seen.dropFirst().compactMap(\.json)
        #expect(observed.map { $0["events"]?.elements.count } == [500, 500, 201])
        #expect(observed.map { $0["seq"]?.integerValue } == [500, 1000, 1201])
    }

    @Test func aGapBeginsAtTheOldest() throws {
        let bus = ScriptedTransport([.json(200, .members(["observed": .members(["nano": 9])]))])
        let gone = ScriptedTransport.Answer.problem(
            410,
            "events-gone",
            members: [.init("oldest", 100), .init("seq", 120)]
        )
        let peer = ScriptedTransport([.well, gone, gone, events(101...101)])
        var lane = try watch(bus, peer)
        for _ in 0..<5 { _ = lane.step() }
        #expect(
            peer.seen.dropFirst().map(\.target).map { $0.prefix(17) } == [
                "/status?since=9&w", "/status?since=99&", "/status?since=100",
            ]
        )
    }

    @Test func anUnreachablePeerIsAskedAgainLaterAndLater() throws {
        let refused = ScriptedTransport.Answer.failure(.cannotConnect("nano", reason: "refused"))
        let bus = ScriptedTransport([.json(200, .object([]))])
        var lane = try watch(bus, ScriptedTransport(Array(repeating: refused, count: 8)))
        #expect(lane.step() == .now)
        let pauses = (0..<8).map { _ in lane.step() }.map { step -> Duration in
            guard case .after(let pause) = step else { return .zero }
            return pause
        }
        #expect(pauses[0] >= .milliseconds(500) && pauses[0] <= .seconds(1))
        #expect(pauses[7] >= .seconds(30) && pauses[7] <= .seconds(60))
    }

    /// A node where one input of a task is damaged, and one file that the task made itself.
    private static let damaged = ScriptedTransport.Answer.json(
        200,
        .members([
            "tasks": .array([
                .members([
                    "task": "job.nano.2", "job": "job", "round": 2, "state": "blocked", "from": "main",
                    "since": "now",
                    "reason": .members([
                        "code": "attachment-damaged", "text": "b", "expected": .array(["a.md", "made.md"]),
                    ]),
                    "attachments": .array([.members(["name": "a.md"]), .members(["name": "b.md"])]),
                ]),
                .members([
                    "task": "job.nano.1", "job": "job", "round": 1, "state": "blocked", "from": "main",
                    "reason": .members(["code": "processor-failed", "expected": .array(["a.md"])]),
                    "attachments": .array([.members(["name": "a.md"])]),
                ]),
            ])
        ])
    )

    @Test func theNodeBeforeIsAskedOnceForWhatIsDamaged() throws {
        let answers = [ScriptedTransport.Answer](repeating: .json(200, .object([])), count: 8)
        let bus = ScriptedTransport(answers)
        let blocked = events(1...1, to: "blocked")
        let peer = ScriptedTransport([Self.damaged, blocked, Self.damaged, events(2...2)])
        var lane = try watch(bus, peer)
        for _ in 0..<7 { _ = lane.step() }
        let asked = bus.seen.compactMap(\.json).filter { $0["kind"] == "control" }
        #expect(asked.count == 1)
        #expect(asked[0]["control"] == "nudge" && asked[0]["to"] == "main" && asked[0]["round"] == 2)
        #expect(asked[0]["want"] == .members(["to": "nano", "attachments": .array(["a.md"])]))
        #expect(peer.seen.map { $0.target.contains("state=blocked") } == [true, false, true, false])
    }
}

extension ScriptedTransport.Answer {
    /// The status of a node where nothing is blocked.
    fileprivate static let well = Self.json(200, .members(["tasks": .array([])]))
}
