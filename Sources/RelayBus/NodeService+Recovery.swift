import RelayCore
import RelayDepot
import RelayLedger
import RelayWire
import Synchronization

/// What a start, and a look at everything, do besides requests.
extension NodeService {
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
        if !consumers.isPresent(at: steady()) {
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
        Housekeeping(
            notary: notary,
            ledger: ledger,
            log: log,
            commit: { [self] change throws(LedgerError) in try commit(change) },
            onFailure: { [self] in noteFailure(of: $0) }
        )
    }

    /// Submits a change and waits until it is durable; not on the committer's thread.
    private func commit(_ change: @escaping Ledger.Change<Answer>) throws(LedgerError) -> Answer {
        let (done, outcome) = (Signal(), Outcome())
        committer.submit(change) { result in
            outcome.value.withLock { $0 = result }
            done.raise()
        }
        beforeWaiting(committer)
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
}

/// What became of a change that somebody waits for.
private final class Outcome: Sendable {
    let value = Mutex<Result<Answer, LedgerError>?>(nil)
}
