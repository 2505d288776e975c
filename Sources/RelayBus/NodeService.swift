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
    /// For files that follow a decision, one at a time.
    let projections: Pool
    let audit: AuditTrail
    /// Effects that failed and are tried again.
    private let unprojected = Mutex<[Effect]>([])
    private let condition = Mutex(Condition.serving)
    private let server = Mutex<Server?>(nil)
    /// Whether somebody looks at everything.
    let isExamining = Atomic<Bool>(false)

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
        projections.run { [self] in
            do {
                try audit.catchUp()
            } catch {
                log.write("audit-failed", .members(["error": .string("\(error)")]))
                noteFailure(of: error)
            }
        }
    }

    /// Looks whether the ledger holds what was written into it, and ends the node when it does not.
    func proveLedger() {
        do throws(LedgerError) {
            try LedgerProof(ledger: ledger, depot: notary.depot).behindServing(while: { state == .serving })
        } catch {
            noteFailure(error)
        }
    }

    /// Queues an effect on the files.
    func project(_ effect: Effect) {
        let projector = Projector(notary: notary, ledger: ledger)
        projections.run { [self] in
            do {
                try projector.perform(effect)
            } catch {
                keep(effect, error)
                noteFailure(of: error)
            }
        }
    }

    /// Keeps an effect that failed for the next sweep; for want of room for the next second, as nobody starts a node
    /// anew because there is room again.
    private func keep(_ effect: Effect, _ error: any Error) {
        let isFirst = unprojected.withLock { effects in
            if !effects.contains(effect) { effects.append(effect) }
            return effects.count == 1
        }
        let isFull = (error as? DepotError)?.isFull ?? (error as? LedgerError)?.isFull ?? false
        guard isFirst || !isFull else { return }
        log.write(
            "projection-failed",
            .members(["effect": .string("\(effect)"), "error": .string("\(error)")])
        )
        if isFull { schedule(after: .seconds(1)) { [self] in projectAgain() } }
    }

    /// Does once more what failed.
    private func projectAgain() {
        let effects = unprojected.withLock { effects in
            defer { effects = [] }
            return effects
        }
        for effect in effects { project(effect) }
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

    /// Ends the node when storage has failed; other failures concern their request only.
    func noteFailure(_ error: LedgerError) {
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

/// Carries failures of the committer to the service, which exists only after it.
private final class FailureRelay: Sendable {
    let target = Mutex<(@Sendable (LedgerError) -> Void)?>(nil)

    func note(_ error: LedgerError) { target.withLock { $0 }?(error) }
}
