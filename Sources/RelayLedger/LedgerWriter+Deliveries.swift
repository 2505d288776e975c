package import RelayCore
import RelaySQL
import RelaySeal
package import RelayWire

extension LedgerWriter {
    /// Stores a delivery, due at once, and gives its number.
    @discardableResult
    package mutating func store(_ delivery: NewDelivery) throws(LedgerError) -> Int64 {
        let id =
            try reader.first(
                """
                INSERT INTO delivery (recipient, kind, job, round, task, cause, cause_epoch, hands_on, files_round,
                    document, digest, state, next_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'waiting', ?) RETURNING id
                """,
                [
                    .text(delivery.to.rawValue), .text(delivery.kind), .text(delivery.job.rawValue),
                    .init(delivery.round), .init(delivery.task), .init(delivery.cause?.task),
                    delivery.cause.map { .integer($0.epoch) } ?? .null, .init(delivery.handsOn),
                    .init(delivery.filesRound), .blob(delivery.document),
                    .init(Digest.of(delivery.document)), .init(steady),
                ]
            ) { $0.integer(0) } ?? 0
        for (position, entry) in delivery.files.enumerated() {
            try run(
                "INSERT INTO delivery_file VALUES (?, ?, ?, ?, ?, ?)",
                [
                    .integer(id), .integer(Int64(position)), .text(entry.file.name.rawValue),
                    .integer(entry.file.size), .init(entry.file.digest), .init(entry.isMade),
                ]
            )
        }
        return id
    }

    /// Gives the delivery to a process until `until`.
    package mutating func lease(
        delivery id: Int64,
        to process: ProcessIdentity?,
        until: UnixMilliseconds
    ) throws(LedgerError) {
        try run(
            "UPDATE delivery SET next_at = ?, lease_until = ?, holder_pid = ?, holder_start = ? WHERE id = ?",
            [
                .init(until), .init(until), process.map { .integer(Int64($0.pid)) } ?? .null,
                process.map { .integer($0.start) } ?? .null, .integer(id),
            ]
        )
    }

    /// Records a failed attempt and when the next one is due.
    package mutating func postpone(
        delivery id: Int64,
        until: UnixMilliseconds,
        countsAsAttempt: Bool,
        error: String?
    ) throws(LedgerError) {
        try run(
            """
            UPDATE delivery SET next_at = ?, lease_until = 0, attempts = attempts + ?, error = coalesce(?, error),
                holder_pid = NULL, holder_start = NULL, unreached = 0
            WHERE id = ? AND state = 'waiting'
            """,
            [.init(until), .init(countsAsAttempt), .init(error), .integer(id)]
        )
    }

    /// The recipient of a delivery could not be reached: it asks again at its time, and the others that wait for the
    /// same node wait at least until `moment` to hear of it.
    package mutating func holdBack(
        behind delivery: DeliveryRecord,
        until moment: UnixMilliseconds,
        error: String
    ) throws(LedgerError) {
        try run("UPDATE delivery SET unreached = 1 WHERE id = ?", [.integer(delivery.id)])
        try run(
            """
            UPDATE delivery SET next_at = max(next_at, ?), unreached = 1, error = coalesce(error, ?)
            WHERE recipient = ? AND state = 'waiting' AND lease_until = 0 AND id <> ?
            """,
            [.init(moment), .text(error), .text(delivery.to.rawValue), .integer(delivery.id)]
        )
    }

    /// The node has answered: what waits only because it could not be reached is due at once.
    package mutating func resume(deliveriesTo node: NodeName) throws(LedgerError) {
        try run(
            """
            UPDATE delivery SET next_at = min(next_at, ?), unreached = 0
            WHERE recipient = ? AND unreached = 1 AND state = 'waiting' AND lease_until = 0
            """,
            [.init(steady), .text(node.rawValue)]
        )
    }

    /// Ends a waiting delivery; `false` when it was not waiting any more.
    ///
    /// A receipt is also recorded of one that was dropped while it was on its way.
    @discardableResult
    package mutating func end(
        delivery id: Int64,
        as state: DeliveryState,
        receipt: Receipt? = nil,
        error: String? = nil
    ) throws(LedgerError) -> Bool {
        try run(
            """
            UPDATE delivery SET state = ?, receipt = ?, error = coalesce(?, error), lease_until = 0, unreached = 0
            WHERE id = ? AND state IN ('waiting', ?)
            """,
            [
                .text(state.rawValue), .init(receipt?.json.text), .init(error), .integer(id),
                .text(state == .received ? DeliveryState.dropped.rawValue : DeliveryState.waiting.rawValue),
            ]
        ) == 1
    }

    /// Drops the refused deliveries that `task` caused.
    package mutating func dropRefused(causedBy task: TaskID) throws(LedgerError) {
        try run(
            "UPDATE delivery SET state = 'dropped' WHERE cause = ? AND state = 'refused'",
            [.text(task.rawValue)]
        )
    }

    /// Drops the deliveries of files for a job's rounds up to `round`.
    package mutating func dropRelays(of job: JobID, through round: Round) throws(LedgerError) {
        try run(
            """
            UPDATE delivery SET state = 'dropped', unreached = 0
            WHERE job = ? AND kind IN ('relay', 'want') AND round <= ? AND state IN ('waiting', 'refused')
            """,
            [.text(job.rawValue), .init(round)]
        )
    }

    /// Makes the refused deliveries that `task` caused wait again, due at once.
    package mutating func retryDeliveries(causedBy task: TaskID) throws(LedgerError) {
        try run(
            """
            UPDATE delivery SET state = 'waiting', next_at = ?, lease_until = 0, unreached = 0
            WHERE cause = ? AND state IN ('waiting', 'refused')
            """,
            [.init(steady), .text(task.rawValue)]
        )
    }

    /// Makes the refused relays of the inputs that a job was ordered with wait again, due at once.
    package mutating func retryOrders(of job: JobID) throws(LedgerError) {
        try run(
            """
            UPDATE delivery SET state = 'waiting', next_at = ?, unreached = 0
            WHERE job = ? AND kind = 'relay' AND cause IS NULL AND state = 'refused'
            """,
            [.init(steady), .text(job.rawValue)]
        )
    }
}
