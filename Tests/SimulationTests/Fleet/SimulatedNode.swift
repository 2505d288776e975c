import Foundation
import RelayClient
import RelayCore
import RelayDepot
import RelayLedger
import RelaySeal
import RelayServer
import RelayWire
import TestSupport

@testable import RelayBus

/// One machine: its bus, which can crash and start again, and its disk, which stays.
// Only whoever has the turn looks at it; see `Strand`.
final class SimulatedNode: @unchecked Sendable {
    /// One run of the bus.
    struct Incarnation {
        let service: NodeService
        let endpoints: Endpoints
        let queues: [SimulatedQueue]
        let timers: SimulatedTimers
    }

    let name: String
    let fleet: SimulatedFleet
    let configuration: NodeConfiguration
    private(set) lazy var disk = SimulatedDisk(of: self, data: configuration.data)
    /// How far the clock of this machine is off, in milliseconds.
    var skew: Int64 = 0
    /// The programs of this machine that live, by their numbers.
    var processes: [Int32: SimulatedProcess] = [:]
    private(set) var incarnation: Incarnation?
    /// Requests that have no answer yet, by their numbers.
    var inHand: [Int: Pending] = [:]
    /// The committer is to have its turn soon.
    var isCommitDue = false
    private(set) var starts = 0

    /// A request that has no answer yet.
    struct Pending {
        let message: Message
        let call: Call?
        let responder: Responder
    }

    init(_ name: String, in fleet: SimulatedFleet, _ configuration: NodeConfiguration) {
        self.name = name
        self.fleet = fleet
        self.configuration = configuration
    }

    var host: String { configuration.ownHost ?? "" }
    var socket: String { configuration.data + "/bus.sock" }
    var service: NodeService? { incarnation?.service }
    var isServing: Bool { incarnation != nil }
    var timeline: Timeline { fleet.timeline }

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
        service.recoverUploads()
        service.recover()
        service.sweep()
        pump()
    }

    private func open() throws -> Incarnation {
        let disk = disk
        let depot = try Depot(
            data: configuration.data,
            instance: UInt64(starts),
            fault: { call, path in disk.fault(call, path) }
        )
        let now: @Sendable () -> UnixMilliseconds = { [self] in wallClock }
        let pool = SimulatedQueue(of: self, width: 4, delayedBy: .poolDelay)
        let projector = SimulatedQueue(of: self, width: 1, delayedBy: .projectionDelay)
        let lookers = SimulatedQueue(of: self, width: 2, delayedBy: .poolDelay)
        let timers = SimulatedTimers(of: self)
        let service = NodeService(
            configuration: configuration,
            notary: notary(depot),
            ledger: try Ledger(path: configuration.data + "/ledger.sqlite", now: now),
            log: BusLog(depot: depot, now: now),
            clock: ClockCheck(),
            disk: DiskGuard(depot, limits: configuration.role.limits),
            instance: "\(name)-\(starts)",
            execution: .notLinked,
            machine: NodeService.Machine(
                pool: pool,
                lookers: lookers,
                projections: projector,
                process: { [self] pid in living(pid)?.identity },
                beforeCommit: { () throws(LedgerError) in try disk.beforeCommit() },
                beforeWaiting: { [self] committer in
                    if committer.commitWaiting() { fleet.checks.committed(self) }
                }
            ),
            now: now
        )
        service.attach(timers)
        let endpoints = Endpoints(service)
        return Incarnation(
            service: service,
            endpoints: endpoints,
            queues: [pool, lookers, projector],
            timers: timers
        )
    }

    private func notary(_ depot: Depot) -> Notary {
        let (disk, timeline) = (disk, timeline)
        return Notary(
            configuration: configuration,
            depot: depot,
            key: TestKeys.key(of: name),
            isAlive: { [self] identity in living(identity.pid)?.identity == identity },
            random: { Double(timeline.chance.number(0...999)) / 1000 },
            hasRoom: { !disk.isFull }
        )
    }

    private func living(_ pid: Int32) -> SimulatedProcess? {
        processes[pid].flatMap { $0.isAlive ? $0 : nil }
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
            gone.service.beginStop(by: .now)
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
        service.beginStop(by: .now)
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
            guard starts == run, isServing else { return }
            fleet.reach.count("exit 74")
            crash("because its storage failed")
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
            gone.service.beginStop(by: .now)
        }
        inHand = [:]
    }
}
