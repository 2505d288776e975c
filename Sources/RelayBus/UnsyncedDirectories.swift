import RelayDepot
import RelayLedger
import Synchronization

/// Which directories got new names that a commit must find durable.
final class UnsyncedDirectories: Sendable {
    private let inbox = Atomic<Bool>(false)
    private let artifacts = Atomic<Bool>(false)

    /// Notes that a file was renamed to `place`.
    func mark(_ place: Place) {
        switch place {
        case .unbound, .bound: inbox.store(true, ordering: .relaxed)
        case .output: artifacts.store(true, ordering: .relaxed)
        // Nothing is acknowledged on the strength of these.
        case .artifact, .archived, .late: break
        }
    }

    /// Syncs what was marked, once; part of each commit.
    func sync(in depot: Depot) throws(LedgerError) {
        do throws(DepotError) {
            if inbox.exchange(false, ordering: .relaxed) { try depot.syncInbox() }
            if artifacts.exchange(false, ordering: .relaxed) { try depot.syncArtifacts() }
        } catch {
            throw LedgerError(error)
        }
    }
}

extension LedgerError {
    /// What a failure of the depot means for a change of the ledger.
    init(_ error: DepotError) {
        let trouble: FileTrouble = error.isFull ? .full : error.isMediaFailure ? .media : .local
        self = .files(error.description, trouble)
    }
}
