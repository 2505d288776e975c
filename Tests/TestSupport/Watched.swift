import Dispatch
import Synchronization

/// A value behind a lock whose changes wake those who wait for it; nobody polls.
package final class Watched<Value: Sendable>: Sendable {
    private struct State {
        var value: Value
        var nextID = 0
        var waiters: [Int: Waiter] = [:]
    }

    /// Looks at a value and returns what to do once the lock is released, or `nil` to go on waiting.
    private struct Waiter {
        let take: @Sendable (Value) -> (@Sendable () -> Void)?
        let fail: @Sendable (any Error) -> Void
    }

    private let state: Mutex<State>

    /// A value that starts as `value`.
    package init(_ value: Value) {
        state = Mutex(State(value: value))
    }

    /// The value as it is now.
    package var value: Value { state.withLock { $0.value } }

    /// Changes the value and wakes those for whom it now holds what they wait for.
    package func update(_ change: (inout Value) -> Void) {
        let actions = state.withLock { state in
            change(&state.value)
            let woken = state.waiters.compactMap { id, waiter in waiter.take(state.value).map { (id, $0) } }
            for (id, _) in woken { state.waiters[id] = nil }
            return woken.map(\.1)
        }
        for action in actions { action() }
    }

    /// Waits until `look` finds something in the value, and returns it.
    ///
    /// `look` runs under the lock: it must be short and must not touch this object.
    ///
    /// - Throws: what `look` throws; `WaitFailure`, naming `what`, at the deadline; `CancellationError`.
    package func wait<Found: Sendable>(
        for what: String,
        within limit: Duration,
        _ look: @escaping @Sendable (Value) throws -> Found?
    ) async throws -> Found {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                add(waiter(for: continuation, look), as: id)
                DispatchQueue.global().asyncAfter(deadline: .now() + limit.inSeconds) { [weak self] in
                    self?.give(up: id, WaitFailure("no \(what) within \(limit)"))
                }
                if Task.isCancelled { give(up: id, CancellationError()) }
            }
        } onCancel: {
            give(up: id, CancellationError())
        }
    }

    private func waiter<Found: Sendable>(
        for continuation: CheckedContinuation<Found, any Error>,
        _ look: @escaping @Sendable (Value) throws -> Found?
    ) -> Waiter {
        Waiter(
            take: { value in
                let result: Result<Found, any Error>
                do {
                    guard let found = try look(value) else { return nil }
                    result = .success(found)
                } catch {
                    result = .failure(error)
                }
                return { continuation.resume(with: result) }
            },
            fail: { continuation.resume(throwing: $0) }
        )
    }

    /// Answers `waiter` at once when the value is already right, else keeps it.
    private func add(_ waiter: Waiter, as id: Int) {
        let action = state.withLock { state in
            let action = waiter.take(state.value)
            if action == nil { state.waiters[id] = waiter }
            return action
        }
        action?()
    }

    private func give(up id: Int, _ error: any Error) {
        let waiter = state.withLock { $0.waiters.removeValue(forKey: id) }
        waiter?.fail(error)
    }
}

extension Duration {
    /// The duration in seconds.
    package var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
