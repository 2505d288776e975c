package import RelayCore
import RelaySQL
import RelaySeal
package import RelayWire

/// What becomes of a delivery; raw values are stored.
package enum DeliveryState: String, CaseIterable, Hashable, Sendable {
    /// It is tried until the receipt comes.
    case waiting
    /// The recipient's receipt is recorded; final.
    case received
    /// The recipient will never take it as it is; final unless its task is resolved.
    case refused
    /// Its job has ended; final.
    case dropped
}

/// One file that a delivery's document names.
package struct DeliveryFile: Hashable, Sendable {
    /// The file.
    package let file: Attachment
    /// Whether this node made it; else it was uploaded here for the same job and round.
    package let isMade: Bool

    package init(file: Attachment, isMade: Bool) {
        self.file = file
        self.isMade = isMade
    }
}

/// A delivery to store with what causes it.
package struct NewDelivery: Hashable, Sendable {
    /// The node it goes to.
    package let to: NodeName
    /// The kind of its document.
    package let kind: String
    /// The job of its document.
    package let job: JobID
    /// The round of its files.
    package let round: Round
    /// The task of a `relay`.
    package let task: TaskID?
    /// The claim that made the files; `nil` where they were uploaded here for an order.
    package let cause: Claim?
    /// Whether the receipt hands the task of `cause` on: so for the delivery made by its `produced`, for no other.
    package let handsOn: Bool
    /// The round under which files without a cause lie here.
    package let filesRound: Round
    /// The document's exact bytes.
    package let document: [UInt8]
    /// The files the document names.
    package let files: [DeliveryFile]

    /// A delivery; without `filesRound` its files lie under its own round.
    package init(
        to: NodeName,
        kind: String,
        job: JobID,
        round: Round,
        task: TaskID?,
        cause: Claim? = nil,
        handsOn: Bool = false,
        filesRound: Round? = nil,
        document: [UInt8],
        files: [DeliveryFile]
    ) {
        self.to = to
        self.kind = kind
        self.job = job
        self.round = round
        self.task = task
        self.cause = cause
        self.handsOn = handsOn
        self.filesRound = filesRound ?? round
        self.document = document
        self.files = files
    }
}

/// A delivery as the ledger holds it, without its document.
package struct DeliveryRecord: Hashable, Sendable {
    /// Its number at this node.
    package let id: Int64
    /// The node it goes to.
    package let to: NodeName
    /// The kind of its document.
    package let kind: String
    /// The job of its document.
    package let job: JobID
    /// The round of its files.
    package let round: Round
    /// The task of a `relay`.
    package let task: TaskID?
    /// The claim that made the files.
    package let cause: Claim?
    /// Whether the receipt hands the task of `cause` on.
    package let handsOn: Bool
    /// The round under which files without a cause lie here.
    package let filesRound: Round
    /// What has become of it.
    package let state: DeliveryState
    /// How many attempts failed.
    package let attempts: Int64
    /// When it is tried next; while it is leased, when the lease ends.
    package let nextAt: UnixMilliseconds
    /// When the present lease ends; 0 without one.
    package let leaseUntil: UnixMilliseconds
    /// The process that tries it.
    package let process: ProcessIdentity?
    /// What went wrong last.
    package let error: String?

    static let columns = """
        id, recipient, kind, job, round, task, cause, cause_epoch, state, attempts, next_at, lease_until, holder_pid,
        holder_start, error, hands_on, files_round
        """

    init(_ row: borrowing Row) throws(SQLError) {
        id = row.integer(0)
        to = try row.name(1)
        kind = row.text(2)
        job = try row.name(3)
        round = try row.round(4)
        task = try row.nameOrNil(5)
        if let cause: TaskID = try row.nameOrNil(6) {
            self.cause = Claim(task: cause, epoch: row.integer(7))
        } else {
            cause = nil
        }
        state = try row.choice(8)
        attempts = row.integer(9)
        nextAt = row.moment(10)
        leaseUntil = row.moment(11)
        if let pid = row.integerOrNil(12), let start = row.integerOrNil(13) {
            process = ProcessIdentity(pid: Int32(truncatingIfNeeded: pid), start: start)
        } else {
            process = nil
        }
        error = row.textOrNil(14)
        handsOn = row.integer(15) == 1
        filesRound = try row.round(16)
    }
}

extension LedgerReader {
    /// The delivery `id`.
    package mutating func delivery(_ id: Int64) throws(LedgerError) -> DeliveryRecord? {
        try first("SELECT \(DeliveryRecord.columns) FROM delivery WHERE id = ?", [.integer(id)]) {
            (row) throws(SQLError) in try DeliveryRecord(row)
        }
    }

    /// The exact bytes of its document.
    ///
    /// - Throws: `LedgerError.damaged` when they are not the ones that were stored.
    package mutating func document(ofDelivery id: Int64) throws(LedgerError) -> [UInt8]? {
        let found = try first("SELECT document, digest FROM delivery WHERE id = ?", [.integer(id)]) {
            ($0.blob(0), $0.text(1))
        }
        guard let (document, digest) = found else { return nil }
        guard Digest.of(document).hex == digest else {
            throw .damaged("the document of delivery \(id) no longer has the digest \(digest)")
        }
        return document
    }

    /// The files its document names.
    package mutating func files(ofDelivery id: Int64) throws(LedgerError) -> [DeliveryFile] {
        try all(
            "SELECT name, size, sha256, made FROM delivery_file WHERE delivery = ? ORDER BY position",
            [.integer(id)]
        ) { (row) throws(SQLError) in DeliveryFile(file: try row.attachment(0), isMade: row.integer(3) == 1) }
    }

    /// The delivery that has been due longest.
    package mutating func dueDelivery(now: UnixMilliseconds) throws(LedgerError) -> DeliveryRecord? {
        try first(
            """
            SELECT \(DeliveryRecord.columns) FROM delivery WHERE state = 'waiting' AND next_at <= ?
            ORDER BY next_at, id LIMIT 1
            """,
            [.init(now)]
        ) { (row) throws(SQLError) in try DeliveryRecord(row) }
    }

    /// How often in a row a node could not be reached.
    package mutating func failures(toReach node: NodeName) throws(LedgerError) -> Int64 {
        try first(
            "SELECT coalesce(max(attempts), 0) FROM delivery WHERE recipient = ? AND unreached = 1",
            [.text(node.rawValue)]
        ) { $0.integer(0) } ?? 0
    }

    /// When the next waiting delivery becomes due.
    package mutating func nextDelivery() throws(LedgerError) -> UnixMilliseconds? {
        try first("SELECT min(next_at) FROM delivery WHERE state = 'waiting'") { $0.momentOrNil(0) } ?? nil
    }

    /// The deliveries that wait or were refused, oldest first, at most `limit`; of one job when it is given.
    package mutating func openDeliveries(
        of job: JobID? = nil,
        limit: Int
    ) throws(LedgerError) -> [DeliveryRecord] {
        let filter = job == nil ? "" : "job = ? AND"
        return try all(
            """
            SELECT \(DeliveryRecord.columns) FROM delivery WHERE \(filter) state IN ('waiting', 'refused')
            ORDER BY id LIMIT ?
            """,
            (job.map { [.text($0.rawValue)] } ?? []) + [.integer(Int64(limit))]
        ) { (row) throws(SQLError) in try DeliveryRecord(row) }
    }

    /// The deliveries that somebody tries at the moment.
    package mutating func leasedDeliveries(now: UnixMilliseconds) throws(LedgerError) -> [DeliveryRecord] {
        try all(
            """
            SELECT \(DeliveryRecord.columns) FROM delivery INDEXED BY delivery_leased
            WHERE lease_until > 0 AND lease_until > ? AND state = 'waiting' AND next_at > ?
            """,
            [.init(now), .init(now)]
        ) { (row) throws(SQLError) in try DeliveryRecord(row) }
    }

    /// The receipt that the delivery caused by the task's `produced` brought.
    package mutating func handOnReceipt(of task: TaskID) throws(LedgerError) -> Receipt? {
        try first(
            """
            SELECT receipt FROM delivery WHERE cause = ? AND kind = 'relay' AND state = 'received'
            ORDER BY id DESC LIMIT 1
            """,
            [.text(task.rawValue)]
        ) { (row) throws(SQLError) in try row.document(0) as Receipt? } ?? nil
    }

    /// The relays of `job` to `node` that this node has handed on, or tries to, newest first.
    package mutating func relays(of job: JobID, to node: NodeName) throws(LedgerError) -> [DeliveryRecord] {
        try all(
            """
            SELECT \(DeliveryRecord.columns) FROM delivery
            WHERE job = ? AND kind = 'relay' AND recipient = ? ORDER BY id DESC
            """,
            [.text(job.rawValue), .text(node.rawValue)]
        ) { (row) throws(SQLError) in try DeliveryRecord(row) }
    }

    /// The digests of the documents that this node has handed on, or tries to, as the task `id`.
    package mutating func relayDigests(of id: TaskID) throws(LedgerError) -> [Digest] {
        try all(
            "SELECT document FROM delivery WHERE job = ? AND kind = 'relay' AND task = ? AND state <> 'dropped'",
            [.text(id.job.rawValue), .text(id.rawValue)]
        ) { Digest.of($0.blob(0)) }
    }
}
