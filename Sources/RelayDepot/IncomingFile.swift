package import RelayCore
import Synchronization

/// One upload on its way in: `inbox/<unique>.part` until it is placed or discarded.
///
/// It goes from writing to finished to placed. After an error only `discard` has an effect, and the calls
/// before it throw that same error again.
package final class IncomingFile: Sendable {
    private enum Phase {
        case writing, finished, over
        case failed(DepotError)
    }

    private struct State: ~Copyable {
        var phase = Phase.writing
        var file: File?
        var gauge: Gauge? = Gauge()
    }

    /// Keeps the lock on the data directory as long as there is something to clean up.
    private let depot: Depot
    private let name: Component
    private let state: Mutex<State>

    init(_ part: consuming Part, _ depot: Depot) {
        self.depot = depot
        name = part.name
        state = Mutex(State(file: part.file))
    }

    deinit { discard() }

    /// Adds the next bytes to the file and to its facts.
    ///
    /// - Throws: the failed write, or `DepotError.notReady` once the file is finished or discarded.
    package func take(_ piece: [UInt8]) throws(DepotError) {
        try state.withLock { (state) throws(DepotError) in
            try require(state.phase, is: .writing)
            do throws(DepotError) {
                try state.file?.write(piece)
            } catch {
                state.phase = .failed(error)
                throw error
            }
            state.gauge?.take(piece)
        }
    }

    /// Ends the file: its bytes are on stable storage on return, its name is not before a directory sync.
    ///
    /// - Throws: `DepotError.unsynced`, the failed close, or `DepotError.notReady` the second time.
    package func finish(named name: AttachmentName) throws(DepotError) -> FileFacts {
        try state.withLock { (state) throws(DepotError) in
            try require(state.phase, is: .writing)
            guard let file = state.file.take(), let gauge = state.gauge.take() else {
                preconditionFailure("an upload that is being written has a file")
            }
            do throws(DepotError) {
                try file.sync()
                try file.close()
            } catch {
                state.phase = .failed(error)
                throw error
            }
            state.phase = .finished
            return gauge.finish(named: name)
        }
    }

    /// Closes and removes the file; nothing happens when it was placed or discarded before.
    ///
    /// A file that cannot be removed stays behind as a `.part`, which the next start removes.
    package func discard() {
        state.withLock { (state) in
            if case .over = state.phase { return }
            state.phase = .over
            state.file = nil
            // The error has no reader: nobody waits for a discarded upload, and recovery finds the rest.
            try? depot.inbox.remove(name)
        }
    }

    /// Gives the finished file its place; it can still be discarded when that throws.
    func place(in target: Directory, as newName: Component) throws(DepotError) {
        try state.withLock { (state) throws(DepotError) in
            try require(state.phase, is: .finished)
            try depot.inbox.rename(name, to: target, as: newName)
            state.phase = .over
        }
    }

    private func require(_ phase: Phase, is wanted: Phase) throws(DepotError) {
        switch (phase, wanted) {
        case (.writing, .writing), (.finished, .finished): return
        case (.failed(let error), _): throw error
        case (.writing, _), (.finished, _), (.over, _): throw .notReady(depot.inbox.path(of: name))
        }
    }
}
