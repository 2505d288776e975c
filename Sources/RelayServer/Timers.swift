/// Names one scheduled action.
package struct TimerID: Hashable, Sendable {
    /// Given by the scheduler, which never uses it again.
    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// What runs actions later and can be ended; a server, or a test that lets time pass by itself.
package protocol ActionScheduler: Sendable {
    /// Runs `action`, which must not block, after `after` has passed; from any thread.
    func schedule(after: Duration, _ action: @escaping @Sendable () -> Void) -> TimerID
    /// Calls a scheduled action off, from any thread; one that has run or is unknown is ignored.
    func cancel(_ id: TimerID)
    /// Ends once what is in hand is answered, at most `within` later.
    func stop(within: Duration)
}

/// The actions that are due later; a binary heap in which a cancelled one stays until its time or a clean-up.
struct Timers {
    private struct Entry {
        let due: ContinuousClock.Instant
        let id: TimerID
    }

    private var heap: [Entry] = []
    private var actions: [TimerID: @Sendable () -> Void] = [:]

    /// When the next action is due.
    var next: ContinuousClock.Instant? { heap.first?.due }

    mutating func add(_ id: TimerID, due: ContinuousClock.Instant, _ action: @escaping @Sendable () -> Void) {
        actions[id] = action
        push(Entry(due: due, id: id))
    }

    mutating func cancel(_ id: TimerID) {
        actions[id] = nil
        guard heap.count > 2 * actions.count + 64 else { return }
        let kept = heap.filter { actions[$0.id] != nil }
        heap = []
        kept.forEach { push($0) }
    }

    /// Removes and gives the first action that is due at `now`.
    mutating func pop(at now: ContinuousClock.Instant) -> (@Sendable () -> Void)? {
        while let first = heap.first, first.due <= now {
            removeFirst()
            if let action = actions.removeValue(forKey: first.id) { return action }
        }
        return nil
    }

    private mutating func push(_ entry: Entry) {
        var index = heap.count
        heap.append(entry)
        while index > 0, heap[index].due < heap[(index - 1) / 2].due {
            heap.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    private mutating func removeFirst() {
        let last = heap.removeLast()
        guard !heap.isEmpty else { return }
        heap[0] = last
        var index = 0
        while true {
            let children = (2 * index + 1)...(2 * index + 2)
            let smaller = children.filter { $0 < heap.count }.min { heap[$0].due < heap[$1].due }
            guard let child = smaller, heap[child].due < heap[index].due else { return }
            heap.swapAt(index, child)
            index = child
        }
    }
}
