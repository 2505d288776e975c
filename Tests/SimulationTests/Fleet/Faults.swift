/// What may go wrong in a history.
enum FaultKind: String, CaseIterable {
    // Between nodes.
    case drop, delay, duplicate, replyLost, bodyCut, partition
    // Between a program and its bus.
    case localReplyLost
    // The order of effects at a bus.
    case poolDelay, projectionDelay, crashBetween, crashInCall, crashInCommit, powerCut
    // Storage.
    case fullDisk, syncFails, rot, rotBeforeClosing
    // Programs.
    case consumerCrash, consumerFreeze, gracefulStop
    // Time.
    case clockJump
    // The work itself.
    case slowWork, processorFails, processorAgain, outputsBroken, diesAtWork
    // People.
    case reorder, cancel, cancelRound, takeover, humanClaim, resolve, orderAgain, nudge, shortDeadline
    case rogue

    /// How often it happens where it can, out of a thousand times; for those that come by themselves, in each stretch of
    /// twenty seconds.
    var rate: Int {
        switch self {
        case .drop, .replyLost: 60
        case .delay: 150
        case .duplicate: 60
        case .bodyCut: 60
        case .localReplyLost: 20
        case .poolDelay: 10
        case .projectionDelay: 100
        case .crashInCall: 4
        case .crashInCommit: 15
        case .syncFails: 3
        case .slowWork, .rotBeforeClosing, .shortDeadline: 250
        case .processorFails, .outputsBroken: 60
        case .processorAgain: 150
        case .diesAtWork: 150
        case .partition, .crashBetween, .powerCut, .consumerCrash, .consumerFreeze, .humanClaim, .resolve: 200
        case .fullDisk, .gracefulStop, .clockJump, .rogue, .orderAgain, .nudge, .reorder: 100
        case .cancel, .cancelRound, .takeover, .rot: 40
        }
    }
}

/// Which faults a history has; each has its own mixture, so that rare ones are not drowned by frequent ones.
// Only whoever has the turn looks at it; see `Strand`.
final class Faults: @unchecked Sendable {
    private let timeline: Timeline
    private let kinds: Set<FaultKind>
    /// No fault happens any more.
    var areOver = false

    /// A mixture chosen by the timeline's chance; `nil` for none at all.
    init(_ timeline: Timeline, among kinds: [FaultKind]) {
        self.timeline = timeline
        // Some of the kinds at a time: with all of them hardly anything ever comes to its end.
        let share = timeline.chance.pick([100, 250, 400, 600])
        self.kinds = Set(kinds.filter { _ in timeline.chance.happens(share) })
    }

    /// Whether it happens here and now.
    func happens(_ kind: FaultKind) -> Bool {
        guard !areOver, kinds.contains(kind) else { return false }
        return timeline.chance.happens(kind.rate)
    }

    /// The kinds of this history.
    var names: [String] { kinds.map(\.rawValue).sorted() }
}
