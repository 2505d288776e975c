import RelayCore
import RelayWire
import Synchronization

/// When the consumer of this node was seen last; in memory, as it only serves `/health` and `/status`.
final class ConsumerSightings: Sendable {
    private let last = Mutex<(wall: UnixMilliseconds, steady: UnixMilliseconds)?>(nil)
    /// After so long without a word a consumer counts as absent.
    static let patience = Duration.seconds(60)

    /// Notes a request that only a consumer makes.
    func note(_ request: LocalRequest, at wall: UnixMilliseconds, steady: UnixMilliseconds) {
        switch request.verb {
        case .claim, .renew, .deliver: last.withLock { $0 = (wall, steady) }
        case .produced, .blocked, .released, .attempt, .handedOn, .order, .reorder, .closeout, .control,
            .observed,
            .resolve, .examine:
            break
        }
    }

    /// When it was seen last, by the wall clock.
    var seenAt: UnixMilliseconds? { last.withLock { $0?.wall } }

    /// Whether it was seen lately enough, a long poll's time included.
    func isPresent(at steady: UnixMilliseconds) -> Bool {
        last.withLock { $0?.steady }.map { steady < $0.advanced(by: Self.patience + .seconds(60)) } ?? false
    }
}
