import RelayCore
import RelayDepot
import RelayLedger
import RelayWire

/// Looks at start whether the ledger still holds what was once committed; a node whose ledger does not is not to serve.
///
/// | damage | found by |
/// | --- | --- |
/// | a frame of the log that later transactions follow | `LogCheck`, before SQLite opens it |
/// | pages, tables, indexes | SQLite's integrity check, before `ready` |
/// | a log or a ledger that was cut, lost or replaced by an older one | `logs/audit.jsonl` knows more, before `ready` |
/// | an event, a document, a state | hashes, behind `ready`, and a document's each time it is used |
///
/// A cut of the log that takes nothing but the few events that were committed last, before they were in the audit,
/// cannot be told from a crash.
struct LedgerProof: Sendable {
    let ledger: Ledger
    let depot: Depot
    private static let page = 100

    /// What must be known before a request is answered.
    func beforeServing() throws {
        try ledger.read { (reader) throws(LedgerError) in try reader.proveStructure() }
        guard let line = try depot.auditTail() else { return }
        let last: NodeEvent
        do throws(WireError) {
            last = try NodeEvent(parsing: line)
        } catch {
            throw LedgerError.damaged(
                "the last line of logs/audit.jsonl is no event: \(error). \(Self.advice)"
            )
        }
        let known = try ledger.read { (reader) throws(LedgerError) in
            (try reader.eventRange().newest, try reader.event(last.seq))
        }
        guard known.0 >= last.seq else {
            throw LedgerError.damaged(
                "its newest event is \(known.0), and logs/audit.jsonl has event \(last.seq): what was committed since is lost. "
                    + "Nothing was changed. Restore the node's last backup, or the file that was lost"
            )
        }
        guard known.1?.hash == last.hash else {
            throw LedgerError.damaged(
                "its event \(last.seq) is another one than in logs/audit.jsonl. \(Self.advice)"
            )
        }
    }

    private static let advice =
        "If that file is what was damaged, move it away: it is written anew from the ledger. Nothing was changed"

    /// What takes time, a little at once, as long as `goesOn`.
    func behindServing(while goesOn: () -> Bool) throws(LedgerError) {
        var head: LedgerWriter.Head? = .first
        while let from = head, goesOn() {
            head = try ledger.read { (reader) throws(LedgerError) in
                try reader.proveEvents(after: from, limit: Self.page)
            }
        }
        var task: Int64? = 0
        while let from = task, goesOn() {
            task = try ledger.read { (reader) throws(LedgerError) in
                try reader.proveTasks(after: from, limit: Self.page)
            }
        }
        var delivery: Int64? = 0
        while let from = delivery, goesOn() {
            delivery = try ledger.read { (reader) throws(LedgerError) in
                try reader.proveDeliveries(after: from, limit: Self.page)
            }
        }
    }
}
