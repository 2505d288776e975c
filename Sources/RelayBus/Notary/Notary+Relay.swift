import RelayCore
package import RelayLedger
import RelaySeal
import RelayWire

extension Notary {
    /// Takes or refuses a document from another node, or from this one to itself.
    ///
    /// The checks come in the order of design.md, section 3; the first that fails answers.
    package func accept(
        _ examination: Examination,
        in writer: inout LedgerWriter
    ) throws(LedgerError) -> Answer {
        switch examination.document {
        case .relay(let document):
            if let task = try writer.reader.task(document.task) { return repeated(task, examination) }
            if let refusal = refusalOfSender(examination.document) { return refusal }
            if let refusal = try refusalOfEnded(document.task, &writer.reader) { return refusal }
            if let refusal = try refusalForWantOfRoom(&writer.reader) { return refusal }
            return try accept(document, examination, in: &writer)
        case .control(let document):
            return try accept(document, examination, in: &writer)
        }
    }

    private func repeated(_ task: TaskRecord, _ examination: Examination) -> Answer {
        guard task.digest == examination.digest else {
            return .refusal(
                409,
                "task-conflict",
                "The task \(task.id) is here with other bytes, digest \(task.digest). A task's document never changes; order a new round instead."
            )
        }
        return Answer(200, task.receipt.json(isDuplicate: true))
    }

    /// 403 unless the document is for this node and `accepts` allows it from its sender.
    func refusalOfSender(_ document: TaskDocument) -> Answer? {
        guard document.to == node else {
            return .refusal(403, "not-for-this-node", "The document is for \(document.to), this is \(node).")
        }
        guard configuration.role.accepts[document.from, default: []].contains(document.kind) else {
            return .refusal(
                403,
                "not-accepted",
                "\(node) takes no \(document.kind) from \(document.from): its role file lacks accepts.\(document.from): [\"\(document.kind)\"]."
            )
        }
        return nil
    }

    func refusalOfEnded(_ task: TaskID, _ reader: inout LedgerReader) throws(LedgerError) -> Answer? {
        guard let ended = try reader.ended(task.job) else { return nil }
        guard let through = ended.through else {
            return .refusal(
                409,
                "job-ended",
                "The job \(task.job) has ended here (\(ended.code)); it takes no more work."
            )
        }
        guard task.round <= through else { return nil }
        return .refusal(
            409,
            "superseded",
            "Round \(task.round) of the job \(task.job) is superseded here up to round \(through)."
        )
    }

    private func accept(
        _ document: RelayDocument,
        _ examination: Examination,
        in writer: inout LedgerWriter
    ) throws(LedgerError) -> Answer {
        let foreign = try foreignOrder(document, &writer.reader)
        if let fault = examination.orderFault, fault.rule == .expired, !isSureOfTime() {
            return clockUnsure(fault)
        }
        if let fault = examination.orderFault ?? foreign {
            return .refusal(403, "order-invalid", "The order proves nothing here: \(fault).")
        }
        guard let order = examination.chain?.order, let contract = pinned(document, order) else {
            return contractMismatch(document)
        }
        if let refusal = contract.takes.verdict(onNames: document.attachments.map(\.name)).refusal(
            of: "\(document.task)"
        ) {
            return refusal
        }
        let uploads: [UploadRecord]
        switch try find(document.attachments, for: document.task, from: document.from, &writer.reader) {
        case .missing(let answer): return answer
        case .found(let found): uploads = found
        }
        if let refusal = contract.takes.verdict(onContents: uploads.map(\.facts)).refusal(
            of: "\(document.task)"
        ) {
            return refusal
        }
        if let fault = examination.linkFault {
            return .refusal(
                422,
                "evidence-invalid",
                "The evidence does not hold: \(fault).",
                [.init("link", .string(fault.subject)), .init("rule", .string(fault.rule.rawValue))]
            )
        }
        return try store(document, examination, uploads, in: &writer)
    }

    /// 503 instead of a refusal by time: the sender tries again, and by then somebody may have set our clock right.
    private func clockUnsure(_ fault: SealFault) -> Answer {
        .refusal(
            Problem(
                503,
                "clock-unsure",
                "clock unsure",
                detail:
                    "By the clock of \(node) the order counts no more (\(fault)), but that clock and those of its peers do not agree; see its /health. Send it again later."
            ),
            retryAfter: 60
        )
    }

    /// At main, an order that main did not issue.
    private func foreignOrder(
        _ document: RelayDocument,
        _ reader: inout LedgerReader
    ) throws(LedgerError) -> SealFault? {
        guard configuration.role.role == .main else { return nil }
        let orders = try reader.orders(of: document.task.job)
        guard orders.contains(document.order) else {
            return SealFault("order", .mismatch, "\(node) did not issue it")
        }
        return nil
    }

    /// The contract that the order pins for the stage, if it is in force here.
    private func pinned(_ document: RelayDocument, _ order: Order) -> Contract? {
        guard order.contracts[document.task.stage] == document.contract,
            let contract = configuration.contracts[document.contract], contract.stage == document.task.stage
        else { return nil }
        return contract
    }

    private func contractMismatch(_ document: RelayDocument) -> Answer {
        let inForce = configuration.contracts.filter { $0.value.stage == document.task.stage }.keys
            .map(\.labelled).sorted()
        return .refusal(
            409,
            "contract-mismatch",
            "The contract \(document.contract.labelled) of stage \(document.task.stage) is not in force at \(node), or not the one that the order pins.",
            [
                .init("expected", .array(inForce.map { .string($0) })),
                .init("got", .string(document.contract.labelled)),
            ]
        )
    }

    private enum Found {
        case found([UploadRecord])
        case missing(Answer)
    }

    /// The uploads that hold the bytes of `files`: the sender's own, or ones bound before under the same name.
    private func find(
        _ files: [Attachment],
        for task: TaskID,
        from sender: NodeName,
        _ reader: inout LedgerReader
    ) throws(LedgerError) -> Found {
        var found: [UploadRecord] = []
        var missing: [AttachmentName] = []
        for file in files {
            if let bound = try reader.boundUpload(task.job, task.round, file.name) {
                guard bound.facts.name == file.name, bound.facts.digest == file.digest else {
                    return .missing(nameConflict(bound, task))
                }
                found.append(bound)
            } else if let own = try upload(task.job, task.round, file.name, from: sender, &reader),
                own.facts.digest == file.digest, own.facts.size == file.size
            {
                found.append(own)
            } else {
                missing.append(file.name)
            }
        }
        guard !missing.isEmpty else { return .found(found) }
        let names = missing.map(\.rawValue).joined(separator: ", ")
        return .missing(
            .refusal(
                422,
                "attachments-missing",
                "These files are not here with the digests that the document names: \(names). Upload them as \(sender) to job \(task.job) round \(task.round), then send the document again.",
                [.init("missing", .array(missing.map { JSON($0) }))]
            )
        )
    }

    func nameConflict(_ bound: UploadRecord, _ task: TaskID) -> Answer {
        .refusal(
            409,
            "name-conflict",
            "Other bytes, digest \(bound.facts.digest), are bound under \(bound.facts.name) in job \(task.job) round \(task.round)."
        )
    }

    private func store(
        _ document: RelayDocument,
        _ examination: Examination,
        _ uploads: [UploadRecord],
        in writer: inout LedgerWriter
    ) throws(LedgerError) -> Answer {
        let seq = try writer.store(document, bytes: examination.bytes, digest: examination.digest)
        for upload in uploads where !upload.isBound { try writer.bind(upload) }
        if document.task.stage == .main, let links = examination.chain?.links {
            try noteValidated(links, document.task, in: &writer)
        }
        let receipt = Receipt(task: document.task, digest: examination.digest, seq: seq)
        return Answer(202, receipt.json).then([.show(document.task)], waking: .claims)
    }

    /// At main the links tell the whole ladder, whatever the desk has seen.
    private func noteValidated(
        _ links: [Link],
        _ task: TaskID,
        in writer: inout LedgerWriter
    ) throws(LedgerError) {
        for link in links {
            try writer.note(link.task, state: nil, "claimed_at", at: link.claimedAt)
            try writer.note(link.task, state: nil, "produced_at", at: link.producedAt)
            try writer.note(link.task, state: nil, "validated_at", at: writer.now)
        }
        try writer.note(task, state: TaskState.stored.rawValue, "stored_at", at: writer.now)
    }
}
