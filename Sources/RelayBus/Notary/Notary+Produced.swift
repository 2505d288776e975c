import RelayCore
import RelayDepot
import RelayLedger
import RelaySeal
import RelayWire

extension Notary {
    /// The outputs are named: the contract is held, the link made, and state, link and delivery stored together.
    func produce(
        _ request: ProducedRequest,
        by caller: LocalCaller,
        in writer: inout LedgerWriter
    ) throws(LedgerError) -> Answer {
        let task: TaskRecord
        switch try held(request.claim, by: .local(caller), &writer.reader) {
        case .refused(let answer): return answer
        case .holds(let record): task = record
        }
        guard task.id.stage != .main else {
            return .refusal(
                409,
                "illegal-transition",
                "Main's last task makes nothing; ask for closeout instead."
            )
        }
        guard let contract = try contract(of: task.id, &writer.reader) else {
            return try block(task, missingContract(of: task.id, &writer.reader), in: &writer)
        }
        let uploaded = try writer.reader.outputs(of: request.claim).filter { facts in
            !doubts.has(.output(task.id, epoch: task.epoch, facts.name))
        }
        let named = uploaded.filter { facts in
            request.outputs.contains { $0.name == facts.name && $0.digest == facts.digest }
        }
        guard named.count == request.outputs.count else {
            let missing = request.outputs.filter { output in !named.contains { $0.name == output.name } }
            return .refusal(
                422,
                "attachments-missing",
                "Not uploaded under this claim with these digests: \(missing.map(\.name.rawValue).joined(separator: ", ")).",
                [.init("missing", .array(missing.map { JSON($0.name) }))]
            )
        }
        if let refusal = contract.makes.verdict(on: named).refusal(of: "\(task.id)") { return refusal }
        return try handOn(task, request, named, contract, in: &writer)
    }

    private func handOn(
        _ task: TaskRecord,
        _ request: ProducedRequest,
        _ outputs: [FileFacts],
        _ contract: Contract,
        in writer: inout LedgerWriter
    ) throws(LedgerError) -> Answer {
        let document = try relay(task.id, &writer.reader)
        let order = try order(in: document)
        guard let next = order.route.successor(of: task.id.stage), let pin = order.contracts[next.stage]
        else {
            throw .unreadable("an order of \(task.id) whose route ends before main")
        }
        let link = try link(of: task, document, request, outputs, now: writer.now)
        let envelope = link.statement.signed(by: key)
        let made = outputs.map { Attachment(name: $0.name, size: $0.size, digest: $0.digest) }
        let relay = RelayDocument(
            task: TaskID(job: task.id.job, stage: next.stage, round: task.id.round),
            from: node,
            to: next.node,
            contract: pin,
            attachments: document.attachments.filter { contract.passes.contains($0.name) } + made,
            order: document.order,
            evidence: document.evidence + [envelope],
            traceparent: document.traceparent
        )
        let delivery = NewDelivery(
            of: relay,
            cause: request.claim,
            handsOn: true,
            made: Set(made.map(\.name))
        )
        guard delivery.document.count <= TaskDocument.limit else {
            return try tooLarge(task, delivery.document.count, in: &writer)
        }
        try writer.store(link: envelope, of: task.id)
        try writer.finish(outputsOf: request.claim, named: outputs.map(\.name))
        let seq = try advance(task, by: .produced, who: who(task), in: &writer)
        try writer.store(delivery)
        return moved(task.id, to: .produced, seq).then(
            [.settleOutputs(task.id)],
            waking: [.deliveries, .claims]
        )
    }

    private func tooLarge(
        _ task: TaskRecord,
        _ count: Int,
        in writer: inout LedgerWriter
    ) throws(LedgerError) -> Answer {
        let reason = Reason(
            code: "document-too-large",
            text:
                "The document for the next stage would have \(count) bytes; the limit is \(TaskDocument.limit)."
        )
        return try block(task, reason, in: &writer)
    }

    /// Its holder hears that it is blocked, for no fault of the holder's.
    private func block(
        _ task: TaskRecord,
        _ reason: Reason,
        in writer: inout LedgerWriter
    ) throws(LedgerError) -> Answer {
        let seq = try advance(task, by: .blocked, who: who(task), reason: reason, in: &writer)
        return moved(task.id, to: .blocked, seq).then(waking: .claims)
    }

    private func link(
        of task: TaskRecord,
        _ document: RelayDocument,
        _ request: ProducedRequest,
        _ outputs: [FileFacts],
        now: UnixMilliseconds
    ) throws(LedgerError) -> Link {
        let chain: EvidenceChain
        do throws(SealFault) {
            chain = try EvidenceChain(of: document)
        } catch {
            throw .unreadable("evidence of \(task.id) that cannot be read: \(error)")
        }
        return Link(
            task: task.id,
            node: node,
            epoch: task.epoch,
            by: task.holder ?? .consumer,
            processor: request.processor,
            order: chain.orderDigest,
            previous: chain.head,
            contract: document.contract,
            receipt: task.receipt,
            claimedAt: task.claimedAt ?? now,
            producedAt: now,
            materials: document.attachments.map { .init($0) },
            products: outputs.map { .init(name: $0.name.rawValue, digest: $0.digest) }
        )
    }

    /// The order of a document that was verified when it was taken.
    func order(in document: RelayDocument) throws(LedgerError) -> Order {
        do throws(SealFault) {
            return try Order(in: document.order)
        } catch {
            throw .unreadable("an order of \(document.task) that cannot be read: \(error)")
        }
    }
}

extension NewDelivery {
    /// The delivery of a task document, encoded here once and for all.
    ///
    /// - Parameters:
    ///   - relay: the document.
    ///   - cause: the claim that made the files; `nil` for the first stage of an order.
    ///   - handsOn: whether the receipt hands the task of `cause` on.
    ///   - made: the names of the files that this node made; the others were uploaded here.
    ///   - filesRound: the round under which those others lie here, without a cause.
    init(
        of relay: RelayDocument,
        cause: Claim?,
        handsOn: Bool,
        made: Set<AttachmentName>,
        filesRound: Round? = nil
    ) {
        self.init(
            to: relay.to,
            kind: RelayDocument.kind,
            job: relay.task.job,
            round: relay.task.round,
            task: relay.task,
            cause: cause,
            handsOn: handsOn,
            filesRound: filesRound,
            document: relay.json.encoded,
            files: relay.attachments.map { DeliveryFile(file: $0, isMade: made.contains($0.name)) }
        )
    }
}
