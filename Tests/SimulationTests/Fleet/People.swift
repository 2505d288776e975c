import RelayClient
import RelayCore
import RelayLedger
import RelaySeal
import RelayWire

@testable import RelayConsumer

/// The people of a fleet: they order jobs, and meddle with them at any moment.
// Only whoever has the turn looks at it; see `Strand`.
final class People: @unchecked Sendable {
    private unowned let fleet: SimulatedFleet
    private(set) var jobs: [JobID] = []
    private var busy: [SimulatedProcess] = []
    private let never: StopSignal

    init(_ fleet: SimulatedFleet) {
        self.fleet = fleet
        guard let never = try? StopSignal() else { preconditionFailure("no pipe can be opened") }
        self.never = never
    }

    private var timeline: Timeline { fleet.timeline }
    private var main: SimulatedNode { fleet.node("main") }

    /// Whether nobody is at anything.
    var areDone: Bool {
        busy.removeAll(where: \.isDone)
        return busy.isEmpty
    }

    /// Somebody at `node` does something.
    private func act(at node: SimulatedNode, _ body: @escaping @Sendable (BusClient) throws -> Void) {
        let process = fleet.process("person", at: node, uid: SimulatedFleet.operatorUser)
        busy.append(process)
        process.start { [fleet] in
            do {
                try body(process.bus)
            } catch {
                fleet.timeline.note("a person at \(node.name) gives up: \(error)".prefixed(160))
            }
        }
    }

    // MARK: Orders

    /// Has so many jobs ordered within `time` milliseconds.
    func order(_ count: Int, within time: Int64) {
        for number in 1...count {
            let job: JobID = Known.name("job-\(number)")
            jobs.append(job)
            timeline.after(Int64(timeline.chance.number(0...Int(time)))) { [self] in
                order(job, ["brief.md"])
            }
        }
    }

    private func order(_ job: JobID, _ names: [String]) {
        let path = main.disk.data + ".\(job)."
        let never = never
        var deadline: UnixMilliseconds?
        if fleet.faults.happens(.shortDeadline) {
            fleet.reach.count(.shortDeadline)
            deadline = main.wallClock.advanced(by: .seconds(timeline.chance.number(20...200)))
        }
        let limit = deadline
        act(at: main) { bus in
            let inputs = try names.map { name in
                SimulatedDisk.write(Array("# Brief\n\n\(name) of \(job)\n".utf8), to: path + name)
                return try bus.uploadInput(job: job, name: Known.name(name), path: path + name, stop: never)
            }
            _ = try bus.ask(.order(OrderRequest(job: job, attachments: inputs, deadline: limit)), stop: never)
        }
    }

    /// Orders a job once more, with the same inputs or with others.
    func orderAgain() {
        let job = timeline.chance.pick(jobs)
        order(job, timeline.chance.happens(500) ? ["brief.md"] : ["brief.md", "source-01.md"])
    }

    // MARK: Meddling

    func cancel(round: Bool) {
        let job = timeline.chance.pick(jobs)
        let never = never
        let newest = record(of: job)?.round
        act(at: main) { bus in
            let request = ControlRequest(
                control: .cancel,
                job: job,
                round: round ? newest : nil,
                reason: "enough"
            )
            _ = try bus.ask(.control(request), stop: never)
        }
    }

    func nudge() {
        let job = timeline.chance.pick(jobs)
        let never = never
        act(at: main) { bus in
            _ = try bus.ask(.control(ControlRequest(control: .nudge, job: job, reason: "look")), stop: never)
        }
    }

    /// Orders a new round from some stage on; with `takeover` a person does that stage at main.
    func reorder(takeover: Bool) {
        let job = timeline.chance.pick(jobs)
        guard let route = route(of: job) else { return }
        let position = timeline.chance.number(0...2)
        let stage = route.legs[position].stage
        let files = position == 0 ? [] : holdings(of: job, route.legs[position - 1])
        var legs = route.legs
        if takeover { legs[position] = Route.Leg(stage: stage, node: Known.name("main")) }
        let request = ReorderRequest(
            job: job,
            stage: stage,
            route: takeover ? Route(legs: legs) : nil,
            reason: "again",
            attachments: files
        )
        let never = never
        act(at: main) { [self] bus in
            let answer = try bus.ask(.reorder(request), stop: never)
            guard takeover, let round = answer["round"]?.integerValue.flatMap({ Round(Int($0)) }) else {
                return
            }
            try standIn(TaskID(job: job, stage: stage, round: round), bus)
        }
    }

    /// Waits for a task at main and does it by hand.
    private func standIn(_ task: TaskID, _ bus: BusClient) throws {
        while fleet.turns.current?.isDoomed == false {
            // While the bus is down nothing can be seen.
            if let job = record(of: task.job), job.state.isFinal || job.round != task.round { return }
            let state = main.read { (reader) throws(LedgerError) in try reader.task(task)?.state } ?? nil
            if state == .stored { return try work(task, at: main, bus) }
            if let state, state != .claimed { return }
            fleet.pause(.seconds(10))
        }
    }

    /// Takes a task from the queue or from a consumer and does it by hand.
    func claimByHand() {
        let node = timeline.chance.pick(fleet.nodes)
        guard let task = tasks(at: node, in: [.stored, .claimed]).first else { return }
        fleet.reach.count(.humanClaim)
        act(at: node) { [self] bus in try work(task, at: node, bus) }
    }

    private func work(_ task: TaskID, at node: SimulatedNode, _ bus: BusClient) throws {
        let answer = try bus.ask(.claim(ClaimRequest(task: task, by: .human)), stop: never)
        let claim = try ClaimedTask(json: answer, at: "").claim
        let run = fleet.checks.began(claim, at: node)
        fleet.pause(.seconds(timeline.chance.number(5...120)))
        guard task.stage != .main else {
            _ = try bus.ask(.closeout(CloseoutRequest(claim: claim)), stop: never)
            return
        }
        let folder = "\(node.disk.data).\(task).\(claim.epoch)"
        try RelayConsumer.Files.removeTree(folder)
        try RelayConsumer.Files.makeDirectory(folder, 0o700)
        var outputs: [Attachment] = []
        for (name, text) in Work.outputs(of: task, run: run) {
            let bytes = Array(text.utf8)
            SimulatedDisk.write(bytes, to: "\(folder)/\(name)")
            let output = Attachment(
                name: Known.name(name),
                size: Int64(bytes.count),
                digest: Digest.of(bytes)
            )
            let opened = try bus.output(output, of: claim, from: folder)
            try bus.repeating(until: never) { () throws(BusFailure) in try bus.upload(opened) }
            outputs.append(output)
        }
        let produced = ProducedRequest(claim: claim, outputs: outputs, processor: "human")
        _ = try bus.ask(.produced(produced), stop: never)
    }

    /// Ends what blocks some task.
    func resolve() {
        let node = timeline.chance.pick(fleet.nodes)
        guard let task = tasks(at: node, in: [.blocked]).first else { return }
        fleet.reach.count(.resolve)
        resolve(task, at: node)
    }

    /// Looks after everything that is blocked, once.
    func resolveAll() {
        for node in fleet.nodes { for task in tasks(at: node, in: [.blocked]) { resolve(task, at: node) } }
    }

    /// Does by hand what routes give to main, where no consumer does it; looks again from time to time.
    func standInForAll() {
        let waiting = tasks(at: main, in: [.stored]).filter { $0.stage != .main }
        for task in waiting { act(at: main) { [self] bus in try work(task, at: main, bus) } }
        timeline.after(150_000) { [self] in standInForAll() }
    }

    private func resolve(_ task: TaskID, at node: SimulatedNode) {
        let never = never
        act(at: node) { bus in
            _ = try bus.ask(.resolve(ResolveRequest(task: task, why: "mended")), stop: never)
        }
    }

    /// A program that holds nothing renews what another one holds, or what nobody ever held.
    func meddle(at node: SimulatedNode) {
        let held = tasks(at: node, in: [.claimed]).first
        let task = held ?? TaskID(job: jobs[0], stage: Known.name("nano"), round: Known.round(16))
        let epoch = node.read { (reader) throws(LedgerError) in try reader.task(task)?.epoch } ?? nil
        fleet.reach.count(.rogue)
        let never = never
        act(at: node) { bus in
            let claim = Claim(task: task, epoch: epoch ?? 1)
            _ = try bus.ask(.renew(RenewRequest(claim: claim, progress: nil)), stop: never)
        }
    }

    // MARK: What people see

    private func tasks(at node: SimulatedNode, in states: [TaskState]) -> [TaskID] {
        states.flatMap { state in
            node.read { (reader) throws(LedgerError) in try reader.tasks(in: state, after: 0, limit: 9) }
                ?? []
        }.map(\.id)
    }

    private func record(of job: JobID) -> JobRecord? {
        main.read { (reader) throws(LedgerError) in try reader.job(job) } ?? nil
    }

    private func route(of job: JobID) -> Route? {
        let envelope = main.read { (reader) throws(LedgerError) in try reader.orders(of: job).last } ?? nil
        // What is no order was never stored.
        return envelope.flatMap { try? Order(in: $0).route }
    }

    /// What the node of a leg holds, as its status says.
    private func holdings(of job: JobID, _ leg: Route.Leg) -> [Attachment] {
        let files = fleet.node(leg.node.rawValue).read { (reader) throws(LedgerError) -> [Attachment] in
            guard let task = try reader.tasks(of: job).last(where: { $0.id.stage == leg.stage }) else {
                return []
            }
            return try reader.inputs(of: task.id) + reader.finalOutputs(of: task.id).map(\.file)
        }
        return files ?? []
    }
}

extension String {
    func prefixed(_ count: Int) -> String { String(prefix(count)) }
}
