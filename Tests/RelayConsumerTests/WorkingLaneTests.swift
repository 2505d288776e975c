import RelayClient
import RelayCore
import RelaySeal
import RelayWire
import Testing

@testable import RelayConsumer

/// A processor that does what the test says.
private struct ScriptedProcessor: Processor {
    let label = "builtin:sg"
    let body: @Sendable (WorkOrder, StopSignal) throws -> ProcessorOutcome

    func run(_ order: WorkOrder, meter: ProgressMeter, stop: StopSignal) -> ProcessorOutcome {
        do {
            return try body(order, stop)
        } catch {
            return .failed(Reason(code: "test", text: "\(error)"))
        }
    }
}

@Suite struct WorkingLaneTests {
    let scratch = Scratch()
    let text = "the brief"

    private var work: String { scratch.path + "/work/job.sg.1.4" }

    private func lane(
        _ answers: [ScriptedTransport.Answer],
        stored: String? = nil,
        renews: Bool = false,
        knowsContract: Bool = true,
        _ body: @escaping @Sendable (WorkOrder, StopSignal) throws -> ProcessorOutcome
    ) throws -> (lane: WorkingLane, script: ScriptedTransport, stops: Stops) {
        let path = try scratch.write(stored ?? text, to: "stored")
        let input = LocatedFile(file: try attachment("brief.md", text), path: path)
        let claimed = try Fixture.claimed(epoch: 4, work: work, inputs: [input])
        let world = quietWorld().world
        let script = ScriptedTransport([.json(200, claimed.json)] + answers)
        let stops = try Stops()
        let digest = Digest.of(Fixture.contractBytes)
        let setting = WorkingLane.Setting(
            contracts: knowsContract ? [digest: try Fixture.contract()] : [:],
            contractPaths: [digest: "/contracts/sg.json"],
            processor: ScriptedProcessor(body: body),
            stops: stops,
            renewing: { lane, _ in
                var lane = lane
                if renews { _ = lane.step() }
            }
        )
        let log = try ConsumerLog(path: nil, isEchoed: false, world: world)
        let lane = WorkingLane(
            bus: BusClient(script: script, world: world),
            world: world,
            log: log,
            setting: setting
        )
        return (lane, script, stops)
    }

    /// Claims, works and reports, and gives what the bus was told.
    private func told(_ lane: WorkingLane, _ script: ScriptedTransport, steps: Int = 3) -> [JSON] {
        var lane = lane
        for _ in 0..<steps { _ = lane.step() }
        #expect(lane.isAtRest)
        return script.seen.filter { $0.target == "/task" }.compactMap(\.json).dropFirst().map { $0 }
    }

    private static let done = ScriptedTransport.Answer.json(200, .members(["state": "produced"]))

    private static func write(_ text: String, to name: String, of order: WorkOrder) throws {
        let descriptor = Files.open(order.output + "/" + name, 0o1 | 0o100, 0o644)
        try Descriptors.drain(Array(text.utf8)[...], to: descriptor, during: "write an output")
    }

    @Test func aTaskIsWorkedOnUploadedAndReported() throws {
        let (lane, script, _) = try lane([.lost, .json(201, .object([])), .lost, Self.done]) { order, _ in
            #expect(try Scratch.text(at: order.input + "/brief.md") == "the brief")
            try Self.write(Fixture.review, to: "sg-review.md", of: order)
            return .finished
        }
        let told = told(lane, script, steps: 4)
        #expect(told.map { $0["kind"]?.stringValue } == ["produced", "produced"])
        #expect(told[0] == told[1])
        #expect(told[0]["processor"] == "builtin:sg")
        #expect(told[0]["outputs"] == .array([try attachment("sg-review.md", Fixture.review).json]))
        let uploads = script.seen.filter { $0.target.hasPrefix("/upload") }
        #expect(
            uploads.map(\.target)
                == Array(repeating: "/upload?task=job.sg.1&epoch=4&name=sg-review.md", count: 2)
        )
        #expect(uploads.last?.body == Array(Fixture.review.utf8))
        #expect(!scratch.exists("work/job.sg.1.4"))
    }

    @Test func aDamagedInputBlocksTheTask() throws {
        let (lane, script, _) = try lane([Self.done], stored: "other text") { _, _ in
            Issue.record("the processor ran")
            return .finished
        }
        let reason = try #require(told(lane, script).first?["reason"])
        #expect(reason["code"] == "attachment-damaged")
        #expect(reason["expected"] == .array(["brief.md"]))
        let text = try #require(reason["text"]?.stringValue)
        #expect(text.contains("brief.md") && text.contains(Digest.of(Array("other text".utf8)).hex))
    }

    @Test func brokenOutputsBlockTheTaskAndAreKept() throws {
        let (lane, script, _) = try lane([Self.done]) { order, _ in
            try Self.write("x", to: "review.md", of: order)
            return .finished
        }
        let told = told(lane, script)
        #expect(told.first?["kind"] == "blocked")
        #expect(told.first?["reason"]?["code"] == "contract-broken")
        #expect(told.first?["reason"]?["expected"] == .array(["sg-review.md"]))
        #expect(scratch.exists("work/job.sg.1.4/out/review.md"))
    }

    @Test func anotherTryIsReleasedWithADelay() throws {
        let (lane, script, _) = try lane([Self.done]) { _, _ in .again("not now") }
        let told = told(lane, script)
        #expect(told.first?["kind"] == "released")
        #expect(told.first?["delays"] == true)
    }

    @Test func aStopReleasesTheTask() throws {
        let (lane, script, stops) = try lane([Self.done]) { _, stop in stop.isSet ? .stopped : .finished }
        stops.soft.set()
        let told = told(lane, script)
        #expect(told.first?["kind"] == "released")
        #expect(told.first?["delays"] == false)
    }

    @Test func aStaleEpochDropsTheResult() throws {
        let (lane, script, _) = try lane([.json(201, .object([])), .problem(409, "stale-epoch")]) {
            order,
            _ in
            try Self.write(Fixture.review, to: "sg-review.md", of: order)
            return .finished
        }
        #expect(told(lane, script).count == 1)
        #expect(!scratch.exists("work/job.sg.1.4"))
    }

    @Test func aLostClaimIsNotReported() throws {
        let (lane, script, _) = try lane([.problem(409, "superseded")], renews: true) { _, stop in
            stop.isSet ? .stopped : .finished
        }
        // The first request after the claim is the renewal, which the bus refuses.
        #expect(told(lane, script, steps: 2).map { $0["kind"]?.stringValue } == ["renew"])
    }

    @Test func outputsThatTheBusRefusesBlockTheTask() throws {
        let (lane, script, _) = try lane([
            .json(201, .object([])), .problem(422, "contract-broken"), Self.done,
        ]) { order, _ in
            try Self.write(Fixture.review, to: "sg-review.md", of: order)
            return .finished
        }
        let told = told(lane, script, steps: 4)
        #expect(told.map { $0["kind"]?.stringValue } == ["produced", "blocked"])
        #expect(told[1]["reason"]?["code"] == "contract-broken")
    }

    @Test func aClaimForAnUnknownContractIsBlocked() throws {
        let (lane, script, _) = try lane([Self.done], knowsContract: false) { _, _ in .finished }
        #expect(told(lane, script).first?["reason"]?["code"] == "contract-unknown")
    }
}
