import RelayServer
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
            // The longest waiting first, so that nobody is passed over again and again.
            return state.waiting.sorted { $0.key < $1.key }.map(\.value)
        }
        retries.forEach { $0() }
    }
}

/// The sleep of one long poll: among the waiters, and with one timer at a time however often it is woken.
final class Sleeper: Sendable {
    private let node: NodeService
    private let waiters: Waiters
    private let timer = Mutex<TimerID?>(nil)

    init(_ node: NodeService, among waiters: Waiters) {
        self.node = node
        self.waiters = waiters
    }

    /// Calls `again` once: when the waiters are woken, after `delay`, or at once when they were since `generation`.
    func sleep(since generation: Int, atMost delay: Duration, then again: @escaping @Sendable () -> Void) {
        if let old = timer.withLock({ $0.take() }) { node.cancel(old) }
        guard let number = waiters.add(since: generation, again) else { return again() }
        let new = node.schedule(after: delay) { [waiters] in
            if waiters.withdraw(number) { again() }
        }
        timer.withLock { $0 = new }
    }
}
