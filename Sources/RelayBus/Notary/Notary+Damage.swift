import RelayCore
import RelayDepot
import RelayLedger
import RelayWire

/// Files that no longer have the digest that was recorded for them: nothing goes on with them.
extension Notary {
    /// The code of the reason of a task or job that waits for a file to be repaired.
    static let damagedCode = "attachment-damaged"

    /// The reason for `files`, each with what was expected and what was found.
    static func damage(_ files: [(name: AttachmentName, what: String)]) -> Reason {
        Reason(
            code: damagedCode,
            text: files.map(\.what).joined(separator: "; "),
            expected: files.map(\.name.rawValue)
        )
    }

    /// Blocks a task whose files are damaged; main's own last task takes its job along.
    func block(_ task: TaskRecord, for reason: Reason, in writer: inout LedgerWriter) throws(LedgerError) {
        try advance(task, by: .blocked, who: node.rawValue, reason: reason, in: &writer)
        if task.id.stage == .main {
            try writer.move(job: task.id.job, to: .blocked, reason: reason, by: node.rawValue)
        }
    }

    /// The bytes of a bound file came again: they take its place, and what waited for them goes on.
    func repair(
        _ bound: UploadRecord,
        with arrived: ArrivedFile,
        in writer: inout LedgerWriter
    ) throws(LedgerError) -> Answer {
        let name = bound.facts.name
        let job = try writer.reader.job(bound.job)
        let isOrdered = bound.isOrdered(by: node)
        var waiting: [TaskRecord] = []
        var places: Set<Place> =
            isOrdered && job?.isDamaged == true ? [.bound(bound.job, bound.round, name)] : []
        for task in try writer.reader.tasks(of: bound.job) where task.isDamaged {
            if task.id.round == bound.round,
                try writer.reader.inputs(of: task.id).contains(where: { $0.name == name })
            {
                places.insert(place(ofInput: name, of: task.id))
                waiting.append(task)
            } else if isOrdered, task.id.stage == .main, task.reason?.expected.contains(name.rawValue) == true
            {
                // Main closes only with what the job was ordered with.
                waiting.append(task)
            }
        }
        guard let place = places.first else { return stored(200, bound) }
        try self.place(arrived.file, at: place)
        let (who, why) = (bound.sender.rawValue, "\(name) was uploaded again")
        for task in waiting { try resume(task, who: who, why: why, in: &writer) }
        if isOrdered, let job = try writer.reader.job(bound.job), job.isDamaged {
            try reopen(job, who: who, why, in: &writer)
        }
        return stored(200, bound).then(waking: [.claims, .deliveries])
    }

    /// A job whose inputs are right again goes on, and so does the delivery that could not carry them.
    private func reopen(
        _ job: JobRecord,
        who: String,
        _ why: String,
        in writer: inout LedgerWriter
    ) throws(LedgerError) {
        try writer.move(job: job.id, to: .open, reason: Reason(code: "resumed", text: why), by: who)
        try writer.retryOrders(of: job.id)
    }
}

extension TaskRecord {
    /// Whether it waits for a file to be repaired.
    var isDamaged: Bool { state == .blocked && reason?.code == Notary.damagedCode }
}

extension JobRecord {
    /// Whether it waits for a file to be repaired.
    var isDamaged: Bool { state == .blocked && reason?.code == Notary.damagedCode }
}
