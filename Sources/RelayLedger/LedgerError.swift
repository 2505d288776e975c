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
    /// What the ledger holds is not what was written into it.
    case unreadable(String)
    /// The bus is failing or stopping and takes no more changes.
    case closed(String)

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
        case .closed(let why): why
        }
    }

    /// Whether room on the disk is what is missing.
    package var isFull: Bool {
        guard case .sql(let error) = self else { return false }
        return error.isFull
    }

    /// Whether storage can no longer be trusted, so that the process must end.
    package var isFatal: Bool {
        guard case .sql(let error) = self else { return false }
        return error.isIOFailure || error.isCorrupt
    }
}
