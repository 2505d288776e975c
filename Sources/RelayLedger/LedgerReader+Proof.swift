import RelayCore
import RelaySQL
import RelaySeal
package import RelayWire

/// What shows that the ledger still holds what was written into it.
extension LedgerReader {
    /// Looks at the structure of all tables and at their indexes.
    ///
    /// - Throws: `LedgerError.damaged` with what SQLite found first.
    package mutating func proveStructure() throws(LedgerError) {
        let found = try all("PRAGMA integrity_check(3)") { $0.text(0) }
        guard found != ["ok"] else { return }
        throw .damaged(found.joined(separator: "; "))
    }

    /// The event `seq`.
    package mutating func event(_ seq: Int64) throws(LedgerError) -> NodeEvent? {
        try events(after: seq - 1, limit: 1).first { $0.seq == seq }
    }

    /// Checks the numbers and the chain of hashes of at most `limit` events behind `head`.
    ///
    /// - Returns: the last event that was checked; `nil` behind the newest.
    /// - Throws: `LedgerError.damaged` with the number of the first event that is not what was written.
    package mutating func proveEvents(
        after head: LedgerWriter.Head,
        limit: Int
    ) throws(LedgerError) -> LedgerWriter.Head? {
        var last = head
        for event in try events(after: head.seq, limit: limit) {
            guard event.seq == last.seq + 1 else {
                throw .damaged("events \(last.seq + 1) to \(event.seq - 1) are missing")
            }
            guard event.previous == last.hash, Digest.of(event.hashed.encoded).hex == event.hash else {
                throw .damaged("event \(event.seq) does not have the hash that was recorded for it")
            }
            last = LedgerWriter.Head(seq: event.seq, hash: event.hash)
        }
        return last == head ? nil : last
    }

    /// Checks the documents and states of at most `limit` tasks stored after the event `seq`.
    ///
    /// - Returns: the event of the last task that was checked; `nil` when there is none.
    /// - Throws: `LedgerError.damaged` with the first task that is not what was written.
    package mutating func proveTasks(after seq: Int64, limit: Int) throws(LedgerError) -> Int64? {
        // One statement, so that what changes meanwhile is seen wholly or not at all.
        let tasks = try all(
            """
            SELECT id, state, seq, digest, document,
                (SELECT to_state FROM event WHERE event.job = task.job AND event.task = task.id
                    AND to_state IS NOT NULL ORDER BY event.seq DESC LIMIT 1),
                (SELECT task FROM event WHERE event.seq = task.seq)
            FROM task WHERE seq > ? ORDER BY seq LIMIT ?
            """,
            [.integer(seq), .integer(Int64(limit))]
        ) { row in
            let digest = Digest.of(row.blob(4)).hex
            let holds = row.text(1) == row.textOrNil(5) && row.text(0) == row.textOrNil(6)
            return (id: row.text(0), seq: row.integer(2), holds: holds && digest == row.text(3))
        }
        if let wrong = tasks.first(where: { !$0.holds }) {
            throw .damaged("the task \(wrong.id) is not what its events and its digest say")
        }
        return tasks.last?.seq
    }

    /// Checks the documents of at most `limit` deliveries behind `id`.
    ///
    /// - Returns: the last delivery that was checked; `nil` when there is none.
    /// - Throws: `LedgerError.damaged` with the first delivery whose document is not what was written.
    package mutating func proveDeliveries(after id: Int64, limit: Int) throws(LedgerError) -> Int64? {
        let ids = try all(
            "SELECT id FROM delivery WHERE id > ? ORDER BY id LIMIT ?",
            [.integer(id), .integer(Int64(limit))]
        ) { $0.integer(0) }
        for id in ids { _ = try document(ofDelivery: id) }
        return ids.last
    }
}
