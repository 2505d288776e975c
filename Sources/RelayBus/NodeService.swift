import RelayCore
import RelayDepot
import RelayLedger
import RelayServer
import RelayWire
import Synchronization

/// What the endpoints share: the ledger and its committer, the pool, who waits, and whether the node is well.
final class NodeService: Sendable {
    let configuration: NodeConfiguration
    let notary: Notary
    let ledger: Ledger
    let committer: Committer
    let pool: any WorkQueue
    /// For whoever only looks: a flood of questions holds up no work.
    let lookers: any WorkQueue
    let log: BusLog
    /// Requests that wait for an event, for a claimable task, for a due delivery.
    let events = Waiters()
    let claims = Waiters()
    let deliveries = Waiters()
    let consumers = ConsumerSightings()
    let health = HealthReport()
    /// Who is asked whether callers are who their addresses say; `nil` where nobody is.
    let identity: CallerIdentity?
    /// Compares our time with that of the peers.
    let clock: ClockCheck
    let disk: DiskGuard
    let inHand: InHand
    /// The wall clock, for records.
    let now: @Sendable () -> UnixMilliseconds
    /// The clock of leases and waits, which nobody sets.
    var steady: @Sendable () -> UnixMilliseconds { ledger.steady }
    /// The moment the process took up its work.
    let startedAt: UnixMilliseconds
    /// Different for each start.
    let instance: String
    /// What keeps this process from starting programs.
    let execution: ExecutionGuard
    /// For files that follow a decision, one at a time.
    let projections: any WorkQueue
    let audit: AuditTrail
    /// Effects that failed and are tried again.
    let unprojected = Mutex<[Effect]>([])
    private let condition = Mutex(Condition.serving)
    private let server = Mutex<(any ActionScheduler)?>(nil)
    /// Whether somebody looks at everything.
    let isExamining = Atomic<Bool>(false)
    private let stopDeadline = Mutex<ContinuousClock.Instant?>(nil)
    /// The process that has a number now.
    let process: @Sendable (Int32) -> ProcessIdentity?
    /// Called before a thread waits for a change that it has submitted.
    let beforeWaiting: @Sendable (Committer) -> Void

    /// What the service needs of the process it runs in; a test passes its own threads, which it moves itself.
    struct Machine: Sendable {
        /// For checks and files on the way in.
        var pool: any WorkQueue = Pool(threads: 4, name: "pool")
        /// For whoever only looks.
        var lookers: any WorkQueue = Pool(threads: 2, name: "lookers", yields: true)
        /// For files that follow a decision, one at a time.
        var projections: any WorkQueue = Pool(threads: 1, name: "projector", yields: true)
        /// The process that has a number now.
        var process: @Sendable (Int32) -> ProcessIdentity? = LocalProcesses.identity
        /// Runs inside each transaction, as the last thing before it becomes durable.
        var beforeCommit: @Sendable () throws(LedgerError) -> Void = {}
        /// Runs when a thread of the service is about to wait for the committer, which has one of its own.
        var beforeWaiting: @Sendable (Committer) -> Void = { _ in }
    }

    /// Whether the node takes work.
    enum Condition: Equatable, Sendable {
        case serving
        case stopping
        /// Storage failed; the process ends and its supervisor starts it anew.
        case failed(LedgerError)
    }

    init(
        configuration: NodeConfiguration,
        notary: Notary,
        ledger: Ledger,
        log: BusLog,
        clock: ClockCheck,
        disk: DiskGuard,
        instance: String,
        execution: ExecutionGuard,
        machine: Machine = Machine(),
        now: @escaping @Sendable () -> UnixMilliseconds
    ) {
        self.configuration = configuration
        self.notary = notary
        self.ledger = ledger
        self.log = log
        self.clock = clock
        self.disk = disk
        inHand = InHand(limit: configuration.role.limits.inHandBytes)
        self.instance = instance
        self.execution = execution
        identity = CallerIdentity(configuration)
        self.now = now
        startedAt = now()
        pool = machine.pool
        lookers = machine.lookers
        projections = machine.projections
        process = machine.process
        beforeWaiting = machine.beforeWaiting
        audit = AuditTrail(depot: notary.depot, ledger: ledger)
        let failures = FailureRelay()
        committer = Committer(
            ledger,
            beforeCommit: { () throws(LedgerError) in
                try notary.prepareCommit()
                try machine.beforeCommit()
            },
            onFailure: { error in
                notary.doubts.commitFailed()
                failures.note(error)
            }
        )
        failures.target.withLock { $0 = { [weak self] in self?.noteFailure($0) } }
    }

    /// Whether the node takes work now.
    var state: Condition { condition.withLock { $0 } }

    /// Gives the service its server, for timers and the stop.
    func attach(_ server: any ActionScheduler) { self.server.withLock { $0 = server } }

    /// Runs `action` on the loop after `delay`.
    @discardableResult
    func schedule(after delay: Duration, _ action: @escaping @Sendable () -> Void) -> TimerID? {
        server.withLock { $0 }?.schedule(after: delay, action)
    }

    /// Calls a scheduled action off.
    func cancel(_ timer: TimerID) { server.withLock { $0 }?.cancel(timer) }

    /// Submits a change, answers once it is durable, and then lets files and waiters follow.
    ///
    /// - Parameters:
    ///   - change: the decision.
    ///   - responder: who gets the answer.
    ///   - afterwards: runs when the answer is given, whatever it is.
    func commit(
        _ change: @escaping @Sendable (inout LedgerWriter) throws(LedgerError) -> Answer,
        to responder: Responder,
        afterwards: @escaping @Sendable () -> Void = {}
    ) {
        committer.submit(change) { [self] result in
            switch result {
            case .success(let answer):
                responder.respond(Response(answer))
                follow(answer)
            case .failure(let error):
                noteFailure(error)
                responder.respond(Response(refusing: error))
            }
            afterwards()
        }
    }

    /// Lets files and waiters follow a durable change.
    func follow(_ answer: Answer) {
        guard answer.status < 400 else { return }
        for effect in answer.effects { project(effect) }
        if answer.wakes.contains(.claims) { claims.wake() }
        if answer.wakes.contains(.deliveries) { deliveries.wake() }
        events.wake()
        writeAudit()
    }

    /// Lets `logs/audit.jsonl` follow the ledger.
    func writeAudit() {
        guard audit.needsCatchUp() else { return }
        projections.run { [self] in
            do {
                try audit.catchUp()
            } catch {
                log.write("audit-failed", .members(["error": .string("\(error)")]))
                noteFailure(of: error)
            }
        }
    }

    /// Sweeps now and then every minute while the node serves.
    func sweep() {
        guard state == .serving else { return }
        projectAgain()
        committer.submit { [notary] (writer) throws(LedgerError) in
            try notary.sweep(in: &writer)
        } completion: { [self] result in
            switch result {
            case .success(let answer): follow(answer)
            case .failure(let error):
                log.write("sweep-failed", .members(["error": .string(error.description)]))
                noteFailure(error)
            }
        }
        schedule(after: .seconds(60)) { [self] in sweep() }
    }

    /// Ends the node when storage has failed; a full disk costs the reserve, and others concern their request only.
    func noteFailure(_ error: LedgerError) {
        if error.isFull { disk.giveUpReserve() }
        guard error.isFatal else { return }
        let isFirst = condition.withLock { condition in
            if case .failed = condition { return false }
            condition = .failed(error)
            return true
        }
        guard isFirst else { return }
        committer.giveUp(.closed("Storage failed: \(error.description)"))
        log.write("storage-failed", .members(["error": .string(error.description)]))
        // For a moment the node still says to everybody who asks that it has failed.
        let grace = Duration.milliseconds(500)
        let server = server.withLock { $0 }
        if server?.schedule(after: grace, { server?.stop(within: grace) }) == nil {
            server?.stop(within: grace)
        }
    }

    /// The same for whatever the work on files that follow a decision failed with.
    func noteFailure(of error: any Error) {
        switch error {
        case let error as LedgerError: noteFailure(error)
        case let error as DepotError: noteFailure(LedgerError(error))
        default: return
        }
    }

    /// Takes no new work from now on; what waits is answered, and `end` waits for nothing after `deadline`.
    func beginStop(by deadline: ContinuousClock.Instant) {
        stopDeadline.withLock { $0 = min($0 ?? deadline, deadline) }
        condition.withLock { if $0 == .serving { $0 = .stopping } }
        for waiters in [events, claims, deliveries] { waiters.wake() }
    }

    /// Whether a living consumer holds a claim, or carries a delivery.
    var isHeld: Bool {
        let now = steady()
        // A ledger that cannot be read holds up nobody's stop.
        let holders = try? ledger.read { (reader) throws(LedgerError) in
            try reader.claimedTasks().filter { $0.holder == .consumer }.map(\.process)
                + reader.leasedDeliveries(now: now).map(\.process)
        }
        return holders?.contains { $0.map(notary.isAlive) ?? false } ?? false
    }

    /// Ends committer and pool, and lets the files follow what is durable; call after the server has ended.
    ///
    /// What they have not followed by the stop's deadline is brought up to date at the next start.
    func end() {
        committer.close(.closed("The node is stopping."))
        pool.close()
        lookers.close()
        let done = Signal()
        projections.run { done.raise() }
        projections.close()
        let left = stopDeadline.withLock { $0 }.map { $0 - .now } ?? .zero
        done.wait(atMost: max(.milliseconds(300), left))
    }
}

/// Carries failures of the committer to the service, which exists only after it.
private final class FailureRelay: Sendable {
    let target = Mutex<(@Sendable (LedgerError) -> Void)?>(nil)

    func note(_ error: LedgerError) { target.withLock { $0 }?(error) }
}
