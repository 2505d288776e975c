import RelayCore
import RelayDepot
import RelayLedger
import RelaySeal
import RelayWire

extension Notary {
    /// Closes the job of main's last task if the evidence holds; else the task and the job are blocked.
    func closeout(
        _ request: CloseoutRequest,
        _ inventory: Inventory,
        by caller: LocalCaller,
        in writer: inout LedgerWriter
    ) throws(LedgerError) -> Answer {
        let task: TaskRecord
        switch try held(request.claim, by: .local(caller), &writer.reader) {
        case .refused(let answer): return answer
        case .holds(let record): task = record
        }
        guard task.id.stage == .main, let job = try writer.reader.job(task.id.job) else {
            return .refusal(409, "illegal-transition", "\(task.id) is not the last task of a job of \(node).")
        }
        guard !job.state.isFinal else {
            return .refusal(409, "job-ended", "The job \(job.id) is \(job.state.rawValue) already.")
        }
        let document = try relay(task.id, &writer.reader)
        if let reason = try fault(document, inventory, &writer.reader) {
            try advance(task, by: .blocked, who: who(task), reason: reason, in: &writer)
            try writer.move(job: job.id, to: .blocked, reason: reason, by: node.rawValue)
            return closed(job.id, .blocked, reason).then(waking: .claims)
        }
        try close(job, task, document, inventory, in: &writer)
        return closed(job.id, .closed, nil).then([.archive(job.id)], waking: [.claims, .deliveries])
    }

    private func closed(_ job: JobID, _ state: JobState, _ reason: Reason?) -> Answer {
        Answer(
            200,
            .members(["job": JSON(job), "state": .string(state.rawValue), "reason": reason?.json])
        )
    }

    /// Why the evidence does not hold; `nil` when it does.
    private func fault(
        _ document: RelayDocument,
        _ inventory: Inventory,
        _ reader: inout LedgerReader
    ) throws(LedgerError) -> Reason? {
        if let damage = inventory.damage { return damage }
        guard let contract = configuration.contracts[document.contract] else {
            return Self.missing(contract: document.contract, of: "\(document.task)")
        }
        // The bundle holds the contract of each stage.
        let pins = try order(in: document).contracts.values.sorted { $0.labelled < $1.labelled }
        if let gone = pins.first(where: { configuration.contractPaths[$0] == nil }) {
            return Self.missing(contract: gone, of: "a stage of \(document.task.job)")
        }
        if case .broken(let violations) = contract.takes.verdict(on: inventory.files) {
            return Reason(
                code: "contract-broken",
                text: violations.map(\.sentence).joined(separator: "; "),
                expected: contract.takes.map(\.label)
            )
        }
        do throws(SealFault) {
            let chain = try EvidenceChain(of: document)
            // The deadline was held when the task was taken; work that came in time is not lost to a slow desk.
            try chain.verifyOrder(for: document, by: keyring, now: nil)
            try chain.verifyLinks(for: document, by: keyring, now: nil)
        } catch {
            return Reason(code: "evidence-invalid", text: error.description)
        }
        return nil
    }

    private func close(
        _ job: JobRecord,
        _ task: TaskRecord,
        _ document: RelayDocument,
        _ inventory: Inventory,
        in writer: inout LedgerWriter
    ) throws(LedgerError) {
        let closedAt = writer.now
        let events = try writer.reader.events(
            of: job.id,
            kinds: ["job-blocked", "job-open", "blocked", "resumed"]
        )
        let report = try CloseoutReport(
            job: job,
            receipt: task.receipt,
            document: document,
            contract: configuration.contracts[document.contract],
            events: events
        )
        let record = report.record(files: inventory.files, closedAt: closedAt, by: node).json.encoded
        guard let bytes = try writer.reader.document(of: task.id) else { throw .unknownTask(task.id) }
        let bundle = try JobBundle(of: job.id, document: bytes, closeout: record, self, &writer.reader)
        let statement = bundle.statement(of: job.id, closedAt: closedAt).statement.signed(by: key)
        try advance(task, by: .closed, who: who(task), in: &writer)
        try settle(job.id, by: node.rawValue, in: &writer)
        let closeout = StoredCloseout(record: record, statement: statement.json.encoded)
        try writer.move(job: job.id, to: .closed, reason: nil, closeout: closeout, by: node.rawValue)
        let word = Word(kind: .close, round: job.round, receipt: task.receipt)
        try tell(others(of: job.id, &writer.reader), of: job, word, in: &writer)
    }
}
