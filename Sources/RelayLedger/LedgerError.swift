package import RelayCore
package import RelaySQL

/// Why a ledger call failed; nothing of the call was written.
package enum LedgerError: Error, Equatable, Sendable, CustomStringConvertible {
    /// SQLite refused.
    case sql(SQLError)
    /// No task of that id is here.
    case unknownTask(TaskID)
    /// The table of states does not allow the event.
    case illegalTransition(TaskID, from: TaskState, event: TaskEvent)
    /// The task is no longer in that state and epoch.
    case stale(TaskID, expected: TaskState)
    /// The ledger was written by a newer program.
    case unknownSchema(Int64)
    /// What the ledger holds cannot be used by this program as it is configured.
    case unreadable(String)
    /// What the ledger holds is not what was written into it.
    case damaged(String)
    /// The bus is failing or stopping and takes no more changes.
    case closed(String)
    /// A file that belongs to the change could not be made durable.
    case files(String, FileTrouble)

    /// What a failure of files means for the node.
    package enum FileTrouble: Hashable, Sendable {
        /// This change only.
        case local
        /// There is no room.
        case full
        /// Storage can no longer be trusted.
        case media
    }

    package var description: String {
        switch self {
        case .sql(let error): "\(error)"
        case .unknownTask(let task): "no task \(task) is here"
        case .illegalTransition(let task, let from, let event):
            "task \(task) is \(from.rawValue): \(event.rawValue) is not possible"
        case .stale(let task, let expected): "task \(task) is no longer \(expected.rawValue) in this epoch"
        case .unknownSchema(let version):
            "the ledger has schema version \(version), this program knows up to \(Schema.version): "
                + "start the program that wrote it, or a newer one"
        case .unreadable(let what): "the ledger holds \(what)"
        case .damaged(let what): "the ledger is damaged: \(what)"
        case .closed(let why), .files(let why, _): why
        }
    }

    /// Whether room on the disk is what is missing.
    package var isFull: Bool {
        switch self {
        case .sql(let error): error.isFull
        case .files(_, let trouble): trouble == .full
        case .unknownTask, .illegalTransition, .stale, .unknownSchema, .unreadable, .damaged, .closed: false
        }
    }

    /// Whether storage can no longer be trusted, so that the process must end.
    package var isFatal: Bool {
        switch self {
        case .sql(let error): error.isIOFailure || isDamage
        case .files(_, let trouble): trouble == .media
        case .damaged: true
        case .unknownTask, .illegalTransition, .stale, .unknownSchema, .unreadable, .closed: false
        }
    }

    /// Whether what was once written is not there any more as it was: a new start would find the same.
    package var isDamage: Bool {
        switch self {
        // A column of another type, or text that is no name, was never written.
        case .sql(let error): error.isCorrupt || error.isMismatch
        case .damaged: true
        case .unknownTask, .illegalTransition, .stale, .unknownSchema, .unreadable, .closed, .files: false
        }
    }
}
