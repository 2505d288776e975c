import RelayDepot
import RelayLedger

/// Why a bus did not start or did not end well.
package enum BusError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A setting cannot be used.
    case configuration(String)
    /// Another bus has the data directory.
    case inUse(String)
    /// The machine did not give what the bus needs.
    case system(String)
    /// Storage failed: a new start recovers.
    case storage(String)
    /// What was written into the ledger is not there any more as it was: a new start finds the same.
    case damaged(String)

    package var description: String {
        switch self {
        case .configuration(let text), .inUse(let text), .system(let text), .storage(let text),
            .damaged(let text):
            text
        }
    }

    /// What ends a bus that served: a failing disk can make a sound file look malformed, and the next start finds out,
    /// but a hash that was computed has no excuse.
    init(whileRunning error: LedgerError) {
        guard case .damaged = error else {
            self = .storage(error.description)
            return
        }
        self = .damaged(error.description)
    }

    init(_ error: LedgerError) {
        self =
            if error.isDamage {
                .damaged(error.description)
            } else if error.isFatal || error.isFull {
                .storage(error.description)
            } else {
                .system(error.description)
            }
    }

    static func catching<Value>(_ body: () throws -> Value) throws(BusError) -> Value {
        do {
            return try body()
        } catch let error as DepotError {
            if case .locked = error { throw .inUse(error.description) }
            throw error.isMediaFailure || error.isFull
                ? .storage(error.description) : .system(error.description)
        } catch let error as LedgerError {
            throw BusError(error)
        } catch {
            throw .system("\(error)")
        }
    }
}
