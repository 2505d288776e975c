package import RelayCore
import RelayDepot
import RelayLedger
import RelaySeal
package import RelayWire

/// What lies on main's disk for a job, read and hashed off the committer's thread.
package struct Inventory: Sendable {
    /// The files that were found.
    let files: [FileFacts]
    /// What is missing or damaged, in words.
    let faults: [String]
}

extension Notary {
    /// Recomputes the digest of each file of main's last task from its bytes.
    package func inventory(of task: TaskID, _ inputs: [Attachment]) -> Inventory {
        var files: [FileFacts] = []
        var faults: [String] = []
        for input in inputs {
            let places = [place(ofInput: input.name, of: task), .bound(task.job, task.round, input.name)]
            do throws(DepotError) {
                let facts = try depot.facts(of: depot.find(places) ?? places[0], named: input.name)
                files.append(facts)
                if facts.digest != input.digest {
                    faults.append("\(input.name) has digest \(facts.digest), not \(input.digest)")
                }
            } catch {
                faults.append("\(input.name): \(error)")
            }
        }
        return Inventory(files: files, faults: faults)
    }

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
        if !inventory.faults.isEmpty {
            return Reason(
                code: Self.damagedCode,
                text: inventory.faults.joined(separator: "; "),
                expected: document.attachments.map(\.name.rawValue)
            )
        }
        guard let contract = configuration.contracts[document.contract] else {
            let text =
                "The contract \(document.contract.labelled) is not in contracts/ or contracts/kept/ any more"
            return Reason(code: "contract-unknown", text: text)
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
