/// Where a task stands at its node; raw values are stored and sent, so renaming one is a migration.
package enum TaskState: String, CaseIterable, Hashable, Sendable {
    /// Accepted and durable with all its attachments; a claim moves it on. A crash leaves it as it is.
    case stored
    /// A consumer or a human holds this epoch; ends by their report, or lapses to the next epoch.
    case claimed
    /// Outputs hold the contract and are durable, link and delivery are stored; the next node's receipt moves it on.
    case produced
    /// The next node's receipt is recorded; main's `close` moves it on.
    case handedOn = "handed-on"
    /// Main closed the job with this task in its chain; final.
    case settled
    /// Waits for what its reason names; remembers the state it came from and returns there.
    case blocked
    /// Given up by policy or by a human; final.
    case failed
    /// Stopped by main, or outside the closed chain; final.
    case cancelled

    /// Whether no event leads out of this state.
    package var isFinal: Bool { TaskEvent.allCases.allSatisfy { next(after: $0) == nil } }
}

/// What may happen to a task; the raw value is the `kind` of the event that records it.
package enum TaskEvent: String, CaseIterable, Hashable, Sendable {
    /// A consumer or a human took it; on a claimed task the older epoch has lapsed or was taken over.
    case claimed
    /// The holder gave it back.
    case released
    /// The holder's outputs hold the contract.
    case produced
    /// The next node's receipt came.
    case handedOn = "handed-on"
    /// Main's `close` named a chain that this task is part of.
    case settled
    /// Main closed the job on its own last task.
    case closed
    /// It cannot go on without somebody; the reason says whom and why.
    case blocked
    /// The block ended and the work begins anew.
    case resumed
    /// The block ended and the outputs, which are still there, are handed on.
    case redelivered
    /// Given up.
    case failed
    /// Stopped.
    case cancelled
}

extension TaskState {
    /// The state after `event`, or `nil` when the event is illegal here (design.md, 4).
    package func next(after event: TaskEvent) -> TaskState? {
        switch (self, event) {
        case (.stored, .claimed), (.claimed, .claimed): .claimed
        case (.claimed, .released): .stored
        case (.claimed, .produced): .produced
        case (.claimed, .closed): .settled
        case (.produced, .handedOn): .handedOn
        case (.handedOn, .settled): .settled
        case (.blocked, .resumed): .stored
        case (.blocked, .redelivered): .produced
        case (.stored, .blocked), (.claimed, .blocked), (.produced, .blocked): .blocked
        case (.stored, .failed), (.claimed, .failed), (.produced, .failed), (.blocked, .failed): .failed
        case (.stored, .cancelled), (.claimed, .cancelled), (.produced, .cancelled), (.handedOn, .cancelled),
            (.blocked, .cancelled):
            .cancelled
        case (.stored, _), (.claimed, _), (.produced, _), (.handedOn, _), (.settled, _), (.blocked, _),
            (.failed, _), (.cancelled, _):
            nil
        }
    }

    /// How a task that was blocked in this state goes on; `nil` for states that cannot block.
    package var resumption: TaskEvent? {
        switch self {
        case .stored, .claimed: .resumed
        case .produced: .redelivered
        case .handedOn, .settled, .blocked, .failed, .cancelled: nil
        }
    }
}

/// Where a job stands at main.
package enum JobState: String, CaseIterable, Hashable, Sendable {
    /// Work is on its way.
    case open
    /// The evidence held and `closeout.json` is written; final.
    case closed
    /// It needs a human, for the reason it names.
    case blocked
    /// Given up; final.
    case failed
    /// Stopped by a human; final.
    case cancelled

    /// Whether the job can still move.
    package var isFinal: Bool {
        switch self {
        case .open, .blocked: false
        case .closed, .failed, .cancelled: true
        }
    }
}
