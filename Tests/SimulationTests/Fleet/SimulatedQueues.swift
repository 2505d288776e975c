import RelayServer

@testable import RelayBus

/// The work that threads of a bus would do, done one piece at a time when its moment comes.
// Only whoever has the turn looks at it; see `Strand`.
final class SimulatedQueue: WorkQueue, @unchecked Sendable {
    private let node: SimulatedNode
    private let width: Int
    private let fault: FaultKind
    private var work: [@Sendable () -> Void] = []
    private var isOver = false

    /// Work of as many threads as `width`, which `fault` holds up at times.
    init(of node: SimulatedNode, width: Int, delayedBy fault: FaultKind) {
        self.node = node
        self.width = width
        self.fault = fault
    }

    func run(_ work: @escaping @Sendable () -> Void) {
        guard !isOver else { return }
        self.work.append(work)
        let fleet = node.fleet
        var delay = fleet.timeline.chance.number(0...3)
        if fleet.faults.happens(fault) {
            fleet.reach.count(fault)
            delay = fleet.timeline.chance.number(100...30_000)
        }
        fleet.timeline.after(Int64(delay)) { [self] in step() }
    }

    private func step() {
        guard !isOver, !work.isEmpty else { return }
        let index = node.fleet.timeline.chance.number(0...(min(width, work.count) - 1))
        let next = work.remove(at: index)
        next()
        node.pump()
    }

    func close() {}

    /// Forgets what is queued: the process is gone.
    func end() {
        isOver = true
        work = []
    }

    /// Whether nothing is to be done.
    var isEmpty: Bool { work.isEmpty }
}

/// The timers of one bus.
// Only whoever has the turn looks at it; see `Strand`.
final class SimulatedTimers: ActionScheduler, @unchecked Sendable {
    private let node: SimulatedNode
    private var pending: Set<UInt64> = []

    init(of node: SimulatedNode) { self.node = node }

    func schedule(after: Duration, _ action: @escaping @Sendable () -> Void) -> TimerID {
        var id: UInt64 = 0
        id = node.fleet.timeline.after(after.whole) { [self] in
            pending.remove(id)
            action()
            node.pump()
        }
        pending.insert(id)
        return TimerID(rawValue: id)
    }

    func cancel(_ id: TimerID) {
        pending.remove(id.rawValue)
        node.fleet.timeline.cancel(id.rawValue)
    }

    func stop(within: Duration) { node.endsBySelf() }

    /// Calls everything off: the process is gone.
    func end() {
        for id in pending { node.fleet.timeline.cancel(id) }
        pending = []
    }
}
