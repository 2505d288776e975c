import RelayCore
import RelayDepot
import RelayLedger
import RelayWire
import Synchronization

/// Keeps `logs/audit.jsonl` abreast of the ledger's events, one line each, behind the acknowledgements.
///
/// The file is a projection: its last whole line says how far it is, so that a crash leaves nothing to mend but
/// what is appended next.
final class AuditTrail: Sendable {
    private let depot: Depot
    private let ledger: Ledger
    private let last = Mutex<Int64?>(nil)
    private let isQueued = Atomic<Bool>(false)
    private static let page = 500

    init(depot: Depot, ledger: Ledger) {
        self.depot = depot
        self.ledger = ledger
    }

    /// Whether the caller is to queue a `catchUp`; one that waits already serves everybody.
    func needsCatchUp() -> Bool { !isQueued.exchange(true, ordering: .sequentiallyConsistent) }

    /// Appends the events that are not in the file yet; on one thread at a time.
    func catchUp() throws {
        isQueued.store(false, ordering: .sequentiallyConsistent)
        var seq = try last.withLock { $0 } ?? written()
        while true {
            let after = seq
            let events = try ledger.read { (reader) throws(LedgerError) in
                try reader.events(after: after, limit: Self.page)
            }
            guard let newest = events.last?.seq else { break }
            try depot.appendAudit(events.map(\.json.encoded))
            seq = newest
            last.withLock { $0 = newest }
        }
    }

    /// The number of the file's last event, 0 for an empty file.
    private func written() throws -> Int64 {
        guard let line = try depot.auditTail() else { return 0 }
        return try NodeEvent(parsing: line).seq
    }
}
