import Synchronization

/// Something that another thread wants from the loop.
enum Message: Sendable {
    /// The responder of this request has its answer.
    case answered(RequestID)
    /// The sink of this request can take the next piece.
    case resumed(RequestID)
    case action(@Sendable () -> Void)
    case schedule(TimerID, due: ContinuousClock.Instant, @Sendable () -> Void)
    case cancel(TimerID)
    /// How many requests are in hand that had begun before that moment.
    case count(before: ContinuousClock.Instant, @Sendable (Int) -> Void)
    case stop(by: ContinuousClock.Instant)
}

/// Names one request for as long as the server runs; never used again.
struct RequestID: Hashable, Sendable {
    let connection: UInt64
    let serial: UInt64
}

/// Where all threads leave their messages for the loop.
final class Mailbox: Sendable {
    private let messages = Mutex<[Message]>([])
    let wake: Wake

    init() throws(ServerError) {
        wake = try Wake()
    }

    /// Leaves `message`; the system call happens only when the loop may be asleep.
    func post(_ message: Message) {
        let wasEmpty = messages.withLock { messages in
            messages.append(message)
            return messages.count == 1
        }
        if wasEmpty { wake.signal() }
    }

    /// All messages since the last call, oldest first.
    func take() -> [Message] {
        messages.withLock { messages in
            guard !messages.isEmpty else { return [] }
            let taken = messages
            messages = []
            return taken
        }
    }
}
