import Synchronization

/// Answers one request, from any thread.
package final class Responder: Sendable {
    private enum State {
        case open
        case answered(Response)
        /// The answer is on its way, or nobody is there to read one.
        case taken
        case gone
    }

    private let state = Mutex(State.open)
    private let notify: @Sendable () -> Void

    /// A responder that calls `notify` once it has the answer, on the thread that answers.
    package init(_ notify: @escaping @Sendable () -> Void) { self.notify = notify }

    convenience init(id: RequestID, mailbox: Mailbox) { self.init { mailbox.post(.answered(id)) } }

    /// Answers the request.
    ///
    /// The first call counts; later ones, and any after the connection died, do nothing. While the body is still
    /// coming, its sink is abandoned, the rest is thrown away within the request's deadline, and then this is sent.
    package func respond(_ response: Response) {
        let isFirst = state.withLock { state in
            guard case .open = state else { return false }
            state = .answered(response)
            return true
        }
        if isFirst { notify() }
    }

    /// Whether no answer can reach the peer any more.
    package var isGone: Bool {
        state.withLock { state in
            if case .gone = state { return true }
            return false
        }
    }

    /// The answer, once.
    package func take() -> Response? {
        state.withLock { state in
            guard case .answered(let response) = state else { return nil }
            state = .taken
            return response
        }
    }

    /// Refuses every later answer: the connection died.
    package func die() {
        state.withLock { $0 = .gone }
    }
}
