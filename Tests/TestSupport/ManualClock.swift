import Synchronization

/// A wall clock that moves only when a test says so.
package final class ManualClock: Sendable {
    private let value: Mutex<Int64>

    /// A clock that stands at `milliseconds` since 1970.
    package init(milliseconds: Int64 = 1_760_000_000_000) {
        value = Mutex(milliseconds)
    }

    /// Milliseconds since 1970.
    package var milliseconds: Int64 { value.withLock { $0 } }

    /// Moves the clock by `duration`, which may be negative; less than a millisecond is dropped.
    package func advance(by duration: Duration) {
        let (seconds, attoseconds) = duration.components
        value.withLock { $0 += seconds * 1000 + attoseconds / 1_000_000_000_000_000 }
    }

    /// Puts the clock to `milliseconds` since 1970.
    package func set(milliseconds: Int64) {
        value.withLock { $0 = milliseconds }
    }
}
