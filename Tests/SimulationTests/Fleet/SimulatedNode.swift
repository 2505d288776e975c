import Foundation
import RelayClient
import RelayCore
import RelayDepot
import RelayLedger
import RelaySeal
import RelayServer
import RelayWire

@testable import RelayBus

/// One machine: its bus, which can crash and start again, and its disk, which stays.
// Only whoever has the turn looks at it; see `Strand`.
final class SimulatedNode: @unchecked Sendable {
    /// One run of the bus.
    private struct Incarnation {
        let service: NodeService
        let endpoints: Endpoints
        let queues: [SimulatedQueue]
        let timers: SimulatedTimers
    }

    let name: String
    let fleet: SimulatedFleet
    let configuration: NodeConfiguration
    private(set) var disk: SimulatedDisk!
    /// How far the clock of this machine is off, in milliseconds.
    var skew: Int64 = 0
    /// The programs of this machine that live, by their numbers.
    var processes: [Int32: SimulatedProcess] = [:]
    private var incarnation: Incarnation?
    private var inHand: [Int: Pending] = [:]
    private var isCommitDue = false
    private(set) var starts = 0

    /// A request that has no answer yet.
    private struct Pending {
        let message: Message
        let call: Call?
        let responder: Responder
    }

    init(_ name: String, in fleet: SimulatedFleet, _ configuration: NodeConfiguration) {
        self.name = name
        self.fleet = fleet
        self.configuration = configuration
        disk = SimulatedDisk(of: self, data: configuration.data)
    }

    var host: String { configuration.ownHost ?? "" }
    var socket: String { configuration.data + "/bus.sock" }
    var service: NodeService? { incarnation?.service }
    var isServing: Bool { incarnation != nil }
    private var timeline: Timeline { fleet.timeline }

    /// What the ledger answers; `nil` while the bus is down or the ledger cannot be read.
    func read<Answer: Sendable>(_ body: (inout LedgerReader) throws(LedgerError) -> Answer) -> Answer? {
        guard let service else { return nil }
        // Whoever asks here looks like a person does; what a ledger holds is checked elsewhere.
        return try? service.ledger.read { (reader) throws(LedgerError) in try body(&reader) }
    }

    /// What the clock of this machine says.
    var wallClock: UnixMilliseconds { UnixMilliseconds(1_760_000_000_000 + timeline.now + skew) }

    // MARK: Start and end

    /// Opens ledger and directories as `Bus` does, and recovers.
    func start() {
        guard incarnation == nil else { return }
        starts += 1
        timeline.note("\(name) starts")
        if fleet.plant == .answeredBeforeCommit { disk.loseLastCommit() }
        disk.isDead = false
        do {
            incarnation = try open()
        } catch {
            preconditionFailure("\(name) does not start: \(error)")
        }
        guard let service else { return }
        fleet.checks.started(self)
        service.pool.run { Recovery(node: service).run() }
        service.sweep()
        pump()
    }

    private func open() throws -> Incarnation {
        let (disk, fleet) = (disk!, fleet)
        let depot = try Depot(
            data: configuration.data,
            instance: UInt64(starts),
            fault: { call, path in disk.fault(call, path) }
        )
        let now: @Sendable () -> UnixMilliseconds = { [self] in wallClock }
        let ledger = try Ledger(path: configuration.data + "/ledger.sqlite", now: now)
        let notary = Notary(
            configuration: configuration,
            depot: depot,
            isAlive: { [self] identity in processes[identity.pid]?.identity == identity },
            random: { Double(fleet.timeline.chance.number(0...999)) / 1000 },
            hasRoom: { !disk.isFull }
        )
        let pool = SimulatedQueue(of: self, width: 4, delayedBy: .poolDelay)
        let projector = SimulatedQueue(of: self, width: 1, delayedBy: .projectionDelay)
        let timers = SimulatedTimers(of: self)
        let service = NodeService(
            configuration: configuration,
            notary: notary,
            ledger: ledger,
            log: BusLog(depot: depot, now: now),
            instance: "\(name)-\(starts)",
            machine: NodeService.Machine(
                pool: pool,
                projections: projector,
                identity: { [self] pid in processes[pid]?.identity },
                beforeCommit: { () throws(LedgerError) in try disk.beforeCommit() }
            ),
            now: now
        )
        service.attach(timers)
        return Incarnation(
            service: service,
            endpoints: Endpoints(service),
            queues: [pool, projector],
            timers: timers
        )
    }

    /// Ends the bus at once, between two effects or in the middle of one; with the power, its programs too.
    func crash(_ why: String, power: Bool = false) {
        guard let gone = incarnation else { return }
        timeline.note("\(name) crashes \(why)")
        incarnation = nil
        disk.isDead = true
        for queue in gone.queues { queue.end() }
        gone.timers.end()
        // What is in the middle of a commit ends by itself, as its disk is dead.
        timeline.after(0) { [self] in
            gone.service.committer.giveUp(.closed("crashed"))
            gone.service.beginStop()
            let cut = inHand.sorted { $0.key < $1.key }
            inHand = [:]
            for (_, pending) in cut {
                pending.responder.die()
                guard let call = pending.call else { continue }
                fleet.network.settle(call, .failure(.interrupted(name, reason: "reset")), in: 1)
            }
            if power {
                fleet.consumer(of: self)?.crash()
                disk.losePower()
            }
            timeline.after(Int64(timeline.chance.number(50...8000))) { [self] in start() }
        }
    }

    /// Ends the bus in good order, as SIGTERM does.
    func stopInOrder() {
        guard let service else { return }
        timeline.note("\(name) stops in order")
        service.beginStop()
        pump()
        let run = starts
        timeline.after(Int64(timeline.chance.number(1000...10_000))) { [self] in
            if starts == run { crash("after a stop in order") }
        }
    }

    /// The bus has found that its storage failed, and exits for its supervisor.
    func endsBySelf() {
        let run = starts
        timeline.after(1) { [self] in
            fleet.reach.count("exit 74")
            if starts == run { crash("because its storage failed") }
        }
    }

    /// Leaves nothing behind.
    func bury() {
        if let gone = incarnation {
            incarnation = nil
            disk.isDead = true
            for queue in gone.queues { queue.end() }
            gone.timers.end()
            gone.service.committer.giveUp(.closed("over"))
            gone.service.beginStop()
        }
        inHand = [:]
    }

    // MARK: Requests

    /// Lets the committer have its turn soon.
    func pump() {
        guard !isCommitDue, isServing else { return }
        isCommitDue = true
        timeline.after(Int64(timeline.chance.number(0...2))) { [self] in
            isCommitDue = false
            guard let service else { return }
            if fleet.plant == .answeredBeforeCommit { disk.saveLedger() }
            if service.committer.commitWaiting() {
                if fleet.plant == .closedUnseen { disk.showRot() }
                fleet.checks.committed(self)
                pump()
            }
        }
    }

    /// Takes a request from the network or the socket.
    func receive(_ message: Message, _ call: Call?) {
        if message.isCloseout, fleet.faults.happens(.rotBeforeClosing) {
            fleet.reach.count(.rotBeforeClosing)
            disk.rot()
        }
        let message = fleet.plant?.altered(message) ?? message
        guard let endpoints = incarnation?.endpoints else {
            if let call {
                fleet.network.settle(call, .failure(.cannotConnect(name, reason: "refused")), in: 1)
            }
            return
        }
        guard let head = head(of: message) else { return }
        let responder = Responder { [self] in answered(message.number) }
        inHand[message.number] = Pending(message: message, call: call, responder: responder)
        switch endpoints.begin(head, responder) {
        case .respond(let response): responder.respond(response)
        case .later: break
        case .collect(_, let done): done(message.body)
        case .stream(let sink): feed(sink, message, from: 0)
        }
        pump()
    }

    private func head(of message: Message) -> RequestHead? {
        let length = message.isPost ? Int64(message.body.count) : nil
        let type = message.type.map { [(name: "content-type", value: $0)] } ?? []
        do throws(RequestFault) {
            return try RequestHead(
                method: message.method,
                target: Array(message.target.utf8),
                headers: message.headers.map { ($0.name.lowercased(), $0.value) } + type,
                contentLength: length,
                peer: message.isLocal
                    ? .local(pid: message.sender.identity.pid, uid: message.sender.uid, gid: 0)
                    : .tcp(address: message.sender.node.host, port: 1)
            )
        } catch {
            preconditionFailure("the client sends what the server refuses: \(error)")
        }
    }

    /// Gives the body piece by piece; a connection may break in between.
    private func feed(_ sink: any BodySink, _ message: Message, from start: Int) {
        guard isServing, inHand[message.number] != nil else { return sink.abandon() }
        guard start < message.body.count else { return sink.finish() }
        if start > 0, !message.isLocal, fleet.faults.happens(.bodyCut) {
            fleet.reach.count(.bodyCut)
            sink.abandon()
            guard let pending = inHand.removeValue(forKey: message.number), let call = pending.call else {
                return
            }
            pending.responder.die()
            return fleet.network.settle(call, .failure(.interrupted(name, reason: "reset")), in: 1)
        }
        let end = min(message.body.count, start + max(1, message.body.count / 2 + 1))
        sink.take(Array(message.body[start..<end])) { [self] in
            timeline.after(1) { [self] in feed(sink, message, from: end) }
        }
    }

    private func answered(_ number: Int) {
        guard let pending = inHand.removeValue(forKey: number), let response = pending.responder.take() else {
            return
        }
        fleet.checks.answered(pending.message, response, at: self)
        let answer = ClientResponse(
            status: response.status,
            headers: response.headers.map { ($0.name.lowercased(), $0.value) },
            body: response.body
        )
        fleet.network.answer(pending.message, pending.call, answer)
    }

    /// The connections of a process that is gone.
    func drop(callsOf process: SimulatedProcess) {
        for (number, pending) in inHand where pending.message.sender === process {
            pending.responder.die()
            inHand[number] = nil
        }
    }
}
