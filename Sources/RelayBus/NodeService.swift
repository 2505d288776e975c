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
    let pool: Pool
    let log: BusLog
    /// Requests that wait for an event, for a claimable task, for a due delivery.
    let events = Waiters()
    let claims = Waiters()
    let deliveries = Waiters()
    let consumers = ConsumerSightings()
    let health = HealthReport()
    /// Who is asked whether callers are who their addresses say; `nil` where nobody is.
    let identity: CallerIdentity?
    let now: @Sendable () -> UnixMilliseconds
    /// The moment the process took up its work.
    let startedAt: UnixMilliseconds
    /// Different for each start.
    let instance: String
    /// What keeps this process from starting programs.
    let execution: ExecutionGuard
    private let projections: Pool
    private let audit: AuditTrail
    private let condition = Mutex(Condition.serving)
    private let server = Mutex<Server?>(nil)
    private let isExamining = Atomic<Bool>(false)

    /// Whether the node takes work.
    enum Condition: Hashable, Sendable {
        case serving
        case stopping
        /// Storage failed; the process ends and its supervisor starts it anew.
        case failed(String)
    }

    init(
        configuration: NodeConfiguration,
        notary: Notary,
        ledger: Ledger,
        log: BusLog,
        instance: String,
        execution: ExecutionGuard,
        now: @escaping @Sendable () -> UnixMilliseconds
    ) {
        self.configuration = configuration
        self.notary = notary
        self.ledger = ledger
        self.log = log
        self.instance = instance
        self.execution = execution
        identity = CallerIdentity(configuration)
        self.now = now
        startedAt = now()
        pool = Pool(threads: 4, name: "pool")
        projections = Pool(threads: 1, name: "projector", yields: true)
        audit = AuditTrail(depot: notary.depot, ledger: ledger)
        let failures = FailureRelay()
        committer = Committer(
            ledger,
            beforeCommit: { () throws(LedgerError) in try notary.prepareCommit() },
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
    func attach(_ server: Server) { self.server.withLock { $0 = server } }

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
        projections.run { [audit, log] in
            do {
                try audit.catchUp()
            } catch {
                log.write("audit-failed", .members(["error": .string("\(error)")]))
            }
        }
    }

    /// Queues an effect on the files.
    func project(_ effect: Effect) {
        let recovery = recovery
        projections.run { recovery.project(effect) }
    }

    /// Works through `steps` behind what else is to be done with files, one after the other.
    func recover(_ steps: [Recovery.Step] = Recovery.steps) {
        guard let step = steps.first, state == .serving else { return }
        let recovery = recovery
        projections.run { [self] in
            let next = recovery.perform(step).map { [$0] } ?? []
            recover(next + steps.dropFirst())
        }
    }

    /// Looks at what must be known before the node serves.
    func recoverUploads() {
        do {
            try recovery.urgentUploads()
        } catch {
            recovery.tell("recovery-failed", ["step": "uploads", "error": .string("\(error)")])
        }
    }

    private var recovery: Recovery { Recovery(house: housekeeping, audit: audit) }

    /// Looks at everything, after doing what a start does when that is asked; on the pool, one at a time.
    func examine(_ request: ExamineRequest) -> Answer {
        guard isExamining.exchange(true, ordering: .sequentiallyConsistent) == false else {
            return .refusal(
                Problem(429, "examining", "examining", detail: "The node is being examined already."),
                retryAfter: 10
            )
        }
        defer { isExamining.store(false, ordering: .sequentiallyConsistent) }
        let recovery = recovery
        if request.repairs { afterProjections { recovery.run() } }
        let checkup = Checkup(house: housekeeping) { [self] in afterProjections {} }
        var faults =
            RightsCheck(data: notary.depot.data).faults + MachineCheck(configuration: configuration).faults
        faults += Bus.keyFaults(configuration, notary.depot)
        if !consumers.isPresent(at: now()) {
            faults.append(
                NodeFault(
                    "consumer",
                    "\(configuration.role.node)",
                    consumers.seenAt.map { "last seen \($0)" } ?? "not seen since the bus was started",
                    why: "nobody does the work or carries it on",
                    fix: "start baton consume"
                )
            )
        }
        return Answer(200, .members(["faults": .array((faults + checkup.faults()).map(\.json))]))
    }

    /// Runs `body` behind what else is to be done with files, and waits for it.
    private func afterProjections(_ body: @escaping @Sendable () -> Void) {
        let done = Signal()
        projections.run {
            body()
            done.raise()
        }
        done.wait()
    }

    /// What brings files and ledger in line, with changes made by the committer.
    var housekeeping: Housekeeping {
        Housekeeping(notary: notary, ledger: ledger, log: log) { [self] change throws(LedgerError) in
            try commit(change)
        }
    }

    /// Submits a change and waits until it is durable; not on the committer's thread.
    private func commit(_ change: @escaping Ledger.Change<Answer>) throws(LedgerError) -> Answer {
        let (done, outcome) = (Signal(), Outcome())
        committer.submit(change) { result in
            outcome.value.withLock { $0 = result }
            done.raise()
        }
        done.wait()
        do throws(LedgerError) {
            guard let result = outcome.value.withLock({ $0 }) else {
                preconditionFailure("a committed change has an outcome")
            }
            let answer = try result.get()
            follow(answer)
            return answer
        } catch {
            noteFailure(error)
            throw error
        }
    }

    /// Sweeps now and then every minute while the node serves.
    func sweep() {
        guard state == .serving else { return }
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

    /// Ends the node when storage has failed; other failures concern their request only.
    func noteFailure(_ error: LedgerError) {
        guard error.isFatal else { return }
        let isFirst = condition.withLock { condition in
            if case .failed = condition { return false }
            condition = .failed(error.description)
            return true
        }
        guard isFirst else { return }
        log.write("storage-failed", .members(["error": .string(error.description)]))
        committer.close(.closed("Storage failed: \(error.description)"))
        server.withLock { $0 }?.stop(within: .seconds(1))
    }

    /// Takes no new work from now on; what waits is answered.
    func beginStop() {
        condition.withLock { if $0 == .serving { $0 = .stopping } }
        for waiters in [events, claims, deliveries] { waiters.wake() }
    }

    /// Ends committer, pool and projections; call after the server has ended.
    func end() {
        committer.close(.closed("The node is stopping."))
        pool.close()
        projections.close()
    }
}

/// What became of a change that somebody waits for.
private final class Outcome: Sendable {
    let value = Mutex<Result<Answer, LedgerError>?>(nil)
}

/// Carries failures of the committer to the service, which exists only after it.
private final class FailureRelay: Sendable {
    let target = Mutex<(@Sendable (LedgerError) -> Void)?>(nil)

    func note(_ error: LedgerError) { target.withLock { $0 }?(error) }
}
