import RelayCore
import RelayDepot
import RelayLedger
import RelaySeal
import RelayWire

/// Looks at all that a node has and tells what is wrong; changes nothing, and leaves the node at its work.
struct Checkup: Sendable {
    let house: Housekeeping
    /// Returns once what was to be done with files before is done.
    let settle: @Sendable () -> Void
    /// More than these nobody reads.
    static let limit = 500

    static let recovers = "baton doctor --repair does what the next start does about it"
    static let isLost =
        "stop the bus, keep a copy of the data directory, and restore the ledger from a backup"

    /// Everything but what concerns the machine; see `MachineCheck`.
    func faults() -> [NodeFault] {
        var found = section("ledger", "ledger.sqlite") { try integrity() }
        // Nothing that a broken ledger says is worth a look.
        guard found.isEmpty else { return found }
        found += section("events", "ledger.sqlite") { try events() }
        found += section("events", "logs/audit.jsonl") { try audit() }
        found += section("files", "inbox") { try strays() }
        found += section("files", "data") { try files() }
        found += section("archive", "archive") { try archived() }
        return Array(found.prefix(Self.limit))
    }

    var data: String { house.depot.data }

    private func section(_ check: String, _ subject: String, _ look: () throws -> [NodeFault]) -> [NodeFault]
    {
        do {
            return try look()
        } catch {
            let fix = check == "ledger" || check == "events" ? Self.isLost : "see what the error names"
            return [
                NodeFault(
                    check,
                    "\(data)/\(subject)",
                    "it cannot be looked at: \(error)",
                    why: "what cannot be read cannot be trusted",
                    fix: fix
                )
            ]
        }
    }

    private func integrity() throws -> [NodeFault] {
        try house.ledger.readApart { (reader) throws(LedgerError) in try reader.integrityFaults() }.map {
            fault in
            NodeFault(
                "ledger",
                "\(data)/ledger.sqlite",
                "PRAGMA integrity_check says: \(fault)",
                why: "the ledger is the only truth of the node",
                fix: Self.isLost
            )
        }
    }

    /// Numbers without gaps, each with the hash of the one before it and its own.
    private func events() throws -> [NodeFault] {
        var head: LedgerWriter.Head? = .first
        do throws(LedgerError) {
            while let from = head {
                head = try house.ledger.read { (reader) throws(LedgerError) in
                    try reader.proveEvents(after: from, limit: 500)
                }
            }
            return []
        } catch {
            guard case .damaged(let what) = error else { throw error }
            return [
                NodeFault(
                    "events",
                    "\(data)/ledger.sqlite",
                    what,
                    why: "the chain of hashes proves that nothing was changed or left out",
                    fix: "compare with the heads that the other nodes saw; \(Self.isLost)"
                )
            ]
        }
    }

    /// The file ends with an event of the ledger.
    private func audit() throws -> [NodeFault] {
        let newest = try house.ledger.read { (reader) throws(LedgerError) in try reader.eventRange().newest }
        settle()
        let line = try house.depot.auditTail()
        let last = try line.map { try NodeEvent(parsing: $0) }
        let path = "\(data)/logs/audit.jsonl"
        if let last {
            let known = try house.ledger.read { (reader) throws(LedgerError) in
                try reader.events(after: last.seq - 1, limit: 1).first
            }
            guard known?.hash == last.hash else {
                return [
                    NodeFault(
                        "events",
                        path,
                        "its last line is not event \(last.seq) of the ledger",
                        why: "the file shows what the ledger holds",
                        fix: "move the file away; the next start writes it anew"
                    )
                ]
            }
        }
        guard (last?.seq ?? 0) < newest else { return [] }
        return [
            NodeFault(
                "events",
                path,
                "it ends with event \(last?.seq ?? 0), the ledger with \(newest)",
                why: "the file shows what the ledger holds",
                fix: Self.recovers
            )
        ]
    }
}
