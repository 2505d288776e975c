import RelayCore
import RelayDepot
import RelayLedger
import RelayWire
import Synchronization

/// Work on files that follows a decision, and the look at the ledger behind serving.
extension NodeService {
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
    func projectAgain() {
        let effects = unprojected.withLock { effects in
            defer { effects = [] }
            return effects
        }
        for effect in effects { project(effect) }
    }
}
