import RelayDepot
import Synchronization

/// Places whose file was exchanged by a change that did not come to be committed, so that row and file differ.
///
/// What lies there counts as not uploaded, until it is uploaded again or a start looks at the very bytes.
final class DoubtfulFiles: Sendable {
    private struct State {
        /// Exchanged by the changes that are not committed yet.
        var open: Set<Place> = []
        /// Exchanged by the batch whose commit was begun last.
        var committing: Set<Place> = []
        var doubtful: Set<Place> = []
    }

    private let state = Mutex(State())

    /// Notes that the file at `place` is about to be exchanged.
    func note(_ place: Place) {
        state.withLock { state in
            // What the batch before exchanged is committed by now, or was found to be not.
            state.committing = []
            state.open.insert(place)
        }
    }

    /// Notes that the file at `place` is not known to be what its row says.
    func add(_ place: Place) { state.withLock { _ = $0.doubtful.insert(place) } }

    /// Notes that row and file at `place` are of one upload, once the change is committed.
    func settle(_ place: Place) { state.withLock { _ = $0.doubtful.remove(place) } }

    /// Whether row and file may differ there.
    func has(_ place: Place) -> Bool { state.withLock { $0.doubtful.contains(place) } }

    /// The changes so far are being committed.
    func beginCommit() {
        state.withLock { state in
            state.committing = state.open
            state.open = []
        }
    }

    /// They were not: what they exchanged is in doubt.
    func commitFailed() {
        state.withLock { state in
            state.doubtful.formUnion(state.committing)
            state.doubtful.formUnion(state.open)
            state.committing = []
            state.open = []
        }
    }
}
