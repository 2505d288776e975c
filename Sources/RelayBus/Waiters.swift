import Synchronization

/// Requests that wait for something to happen; each is tried again when it is woken or its time has come.
///
/// A generation counts the wake-ups: who looked before the latest one is tried again at once instead of being put
/// to sleep, so that nothing that happens between the look and the sleep is missed.
final class Waiters: Sendable {
    private struct State {
        var generation = 0
        var last = 0
        var waiting: [Int: @Sendable () -> Void] = [:]
    }

    private let state = Mutex(State())

    /// To be read before looking.
    var generation: Int { state.withLock { $0.generation } }

    /// Keeps `retry` until it is woken, unless something has happened since `generation`.
    ///
    /// - Returns: the number to `withdraw` it by; `nil` when `retry` should be done at once.
    func add(since generation: Int, _ retry: @escaping @Sendable () -> Void) -> Int? {
        state.withLock { state in
            guard state.generation == generation else { return nil }
            state.last += 1
            state.waiting[state.last] = retry
            return state.last
        }
    }

    /// Takes a waiter back; `false` when it was woken before.
    func withdraw(_ number: Int) -> Bool {
        state.withLock { $0.waiting.removeValue(forKey: number) != nil }
    }

    /// Tries everybody again; the retries run on the calling thread and must be quick.
    func wake() {
        let retries = state.withLock { state in
            state.generation += 1
            defer { state.waiting = [:] }
            return Array(state.waiting.values)
        }
        retries.forEach { $0() }
    }
}
