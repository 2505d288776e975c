import RelayCore
import Synchronization

/// Whether the wall clock can be believed: what it says against what the peers' `Date` said.
///
/// The peers' time is kept against the steady clock, so that a wall clock that is set wrong is noticed at once, not
/// with the next word of a peer. Nothing of it is stored: who was wrong yesterday may be right today.
final class ClockCheck: Sendable {
    /// How far the clocks of a fleet may be apart.
    static let tolerance = Duration.seconds(300)

    /// What a look at the clocks says.
    enum Finding: Equatable {
        /// At least half of so many peers have our time.
        case agrees(peers: Int)
        /// No peer was seen since the start, and the clock was not set by more than the tolerance either.
        case alone
        /// No peer was seen since the start, and the clock was set by so much since the machine's.
        case wasSet(Duration)
        /// Most peers have another time: how far our clock is ahead of each.
        case deviates([NodeName: Duration])
    }

    /// How far each peer's clock is ahead of the steady one, in milliseconds.
    private let peers = Mutex<[NodeName: Int64]>([:])

    /// Keeps that `peer` said `date` at the moment `steady`.
    func note(_ peer: NodeName, said date: UnixMilliseconds, at steady: UnixMilliseconds) {
        peers.withLock { $0[peer] = date.value - steady.value }
    }

    /// Compares the wall clock at the moment `steady`.
    func finding(wall: UnixMilliseconds, steady: UnixMilliseconds) -> Finding {
        let ahead = wall.value - steady.value
        let skews = peers.withLock { $0.mapValues { Duration.milliseconds(ahead - $0) } }
        let wasSet = Duration.milliseconds(ahead)
        guard !skews.isEmpty else { return Self.isClose(wasSet) ? .alone : .wasSet(wasSet) }
        let agreeing = skews.values.count(where: Self.isClose)
        return agreeing * 2 >= skews.count ? .agrees(peers: skews.count) : .deviates(skews)
    }

    /// Whether what time alone decides may be decided.
    func isSure(wall: UnixMilliseconds, steady: UnixMilliseconds) -> Bool {
        switch finding(wall: wall, steady: steady) {
        case .agrees, .alone: true
        case .wasSet, .deviates: false
        }
    }

    private static func isClose(_ skew: Duration) -> Bool { abs(skew.milliseconds) <= tolerance.milliseconds }
}

extension ClockCheck.Finding {
    /// The finding in words; `nil` for one that needs none.
    var sentence: String? {
        switch self {
        case .agrees: nil
        case .alone: "no peer's time was seen since the start"
        case .wasSet(let skew):
            "it was set by \(skew.milliseconds / 1000) s since the machine's start, and no peer has confirmed it; check it"
        case .deviates(let skews):
            "it is ahead of "
                + skews.sorted { $0.key < $1.key }.map { "\($0.key) by \($0.value.milliseconds / 1000) s" }
                .joined(separator: ", ") + "; set it right"
        }
    }
}
