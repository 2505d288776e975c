import Synchronization

/// What the bodies of all requests in hand may hold of memory, together.
///
/// Connections are bounded, but each may bring a body: without this a few hundred could fill the memory.
final class InHand: Sendable {
    private let limit: Int64
    private let used = Atomic<Int64>(0)

    init(limit: Int64) { self.limit = limit }

    /// Room for `bytes` until the share is let go; `nil` when there is none now.
    ///
    /// One request always finds room.
    func take(_ bytes: Int64) -> Share? {
        let before = used.add(bytes, ordering: .relaxed).oldValue
        // Made first, so that it gives back in either case.
        let share = Share(of: bytes, in: self)
        return before == 0 || before + bytes <= limit ? share : nil
    }

    /// The room of one request.
    final class Share: Sendable {
        private let bytes: Int64
        private let whole: InHand

        fileprivate init(of bytes: Int64, in whole: InHand) {
            self.bytes = bytes
            self.whole = whole
        }

        deinit { whole.used.subtract(bytes, ordering: .relaxed) }
    }
}
