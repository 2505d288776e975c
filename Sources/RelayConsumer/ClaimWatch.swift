import Synchronization

/// Whether a claim is still worth anything, as its renewals learn it.
package final class ClaimWatch: Sendable {
    /// Ends the processor: the claim was lost, or the program stops.
    package let stop: StopSignal
    private let failure = Mutex<BusFailure?>(nil)

    /// Also stops when `parent`, the stop of the program, is set.
    package init(after parent: StopSignal) throws { stop = try StopSignal(after: parent) }

    /// Why the claim was lost; `nil` while it holds.
    package var loss: BusFailure? { failure.withLock { $0 } }

    /// The bus said that the claim is lost.
    package func end(because failure: BusFailure) {
        self.failure.withLock { $0 = $0 ?? failure }
        stop.set()
    }
}
