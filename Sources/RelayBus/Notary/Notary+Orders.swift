import RelayCore
import RelayLedger
import RelaySeal
import RelayWire

extension Notary {
    /// Opens a job: holds the first stage's contract, makes the order, and stores job and delivery together.
    func order(_ request: OrderRequest, in writer: inout LedgerWriter) throws(LedgerError) -> Answer {
        guard configuration.role.role == .main else {
            return .refusal(
                403,
                "not-main",
                "\(node) is \(configuration.role.role); jobs are ordered at main."
            )
        }
        if let job = try writer.reader.job(request.job) { return try again(request, job, &writer.reader) }
        if let refusal = try refusalForWantOfRoom(&writer.reader) { return refusal }
        let route = request.route ?? configuration.fleet.route
        let first = route.legs[0]
        let files = FirstFiles(job: request.job, stage: first.stage, files: request.attachments)
        if case .refused(let answer) = check(route) { return answer }
        switch try uploads(for: files, &writer.reader) {
        case .refused(let answer): return answer
        case .uploads(let uploads): return try open(request, route, uploads, in: &writer)
        }
    }

    private struct FirstFiles {
        let job: JobID
        let stage: StageName
        let files: [Attachment]
    }

    enum Checked {
        case uploads([UploadRecord])
        case refused(Answer)
    }

    /// The first answer stands for the same inputs; others are a new round's affair.
    private func again(
        _ request: OrderRequest,
        _ job: JobRecord,
        _ reader: inout LedgerReader
    ) throws(LedgerError) -> Answer {
        guard let envelope = try reader.orders(of: job.id).first else {
            throw .unreadable("a job \(job.id) without an order")
        }
        let order: Order
        do throws(SealFault) { order = try Order(in: envelope) } catch {
            throw .unreadable("\(job.id): \(error)")
        }
        let same = Set(order.inputs) == Set(request.attachments.map { Statement.Subject($0) })
        guard same, request.route == nil || request.route == order.route else {
            return .refusal(
                409,
                "job-exists",
                "The job \(job.id) was ordered with other inputs. Choose another id, or reorder it at a stage."
            )
        }
        return Answer(200, ordered(job.id, envelope, job.seq))
    }

    private func ordered(_ job: JobID, _ order: Envelope, _ seq: Int64) -> JSON {
        .members(["job": JSON(job), "order": JSON(order.digest), "seq": JSON(seq)])
    }

    func check(_ route: Route) -> Checked? {
        guard route.orderer == node else {
            return .refused(.refusal(403, "not-main", "The route ends at \(route.orderer), this is \(node)."))
        }
        for leg in route.legs {
            guard configuration.fleet.nodes[leg.node] != nil else {
                return .refused(
                    .refusal(400, "unknown-node", "The route names \(leg.node), which is not in the fleet.")
                )
            }
            guard configuration.current[leg.stage] != nil else {
                return .refused(
                    .refusal(400, "unknown-stage", "There is no contract for the stage \(leg.stage).")
                )
            }
        }
        return nil
    }

    private func uploads(for first: FirstFiles, _ reader: inout LedgerReader) throws(LedgerError) -> Checked {
        guard let digest = configuration.current[first.stage], let contract = configuration.contracts[digest]
        else {
            return .refused(
                .refusal(400, "unknown-stage", "There is no contract for the stage \(first.stage).")
            )
        }
        let what = "job \(first.job)"
        if let refusal = contract.takes.verdict(onNames: first.files.map(\.name)).refusal(of: what) {
            return .refused(refusal)
        }
        var uploads: [UploadRecord] = []
        var missing: [AttachmentName] = []
        for file in first.files {
            if let own = try upload(first.job, .first, file.name, from: node, &reader),
                own.facts.digest == file.digest
            {
                uploads.append(own)
            } else {
                missing.append(file.name)
            }
        }
        guard missing.isEmpty else {
            let names = missing.map(\.rawValue).joined(separator: ", ")
            return .refused(
                .refusal(
                    422,
                    "attachments-missing",
                    "These files are not here with the digests named: \(names). Upload them to job \(first.job) round 1 first.",
                    [.init("missing", .array(missing.map { JSON($0) }))]
                )
            )
        }
        if let refusal = contract.takes.verdict(onContents: uploads.map(\.facts)).refusal(of: what) {
            return .refused(refusal)
        }
        return .uploads(uploads)
    }

    private func open(
        _ request: OrderRequest,
        _ route: Route,
        _ uploads: [UploadRecord],
        in writer: inout LedgerWriter
    ) throws(LedgerError) -> Answer {
        let issued = writer.now
        let deadline = request.deadline ?? issued.advanced(by: Order.defaultTerm)
        guard deadline > issued else {
            return .refusal(400, "deadline-passed", "The deadline \(deadline) is not after now, \(issued).")
        }
        let order = Order(
            job: request.job,
            round: .first,
            stage: route.legs[0].stage,
            route: route,
            contracts: configuration.current.filter { route.position(of: $0.key) != nil },
            inputs: uploads.map { .init(name: $0.facts.name.rawValue, digest: $0.facts.digest) },
            issued: issued,
            deadline: deadline,
            previous: nil
        )
        let envelope = order.statement.signed(by: key)
        let seq = try writer.store(order, in: envelope)
        for upload in uploads where !upload.isBound { try writer.bind(upload) }
        try begin(order, envelope, uploads.map(\.facts), in: &writer)
        return Answer(202, ordered(request.job, envelope, seq))
            .then([.settleInputs(request.job, .first)], waking: .deliveries)
    }

    /// Stores the delivery that hands the order's inputs, which lie here since round 1, to the route's first stage.
    func begin(
        _ order: Order,
        _ envelope: Envelope,
        _ inputs: [FileFacts],
        in writer: inout LedgerWriter
    ) throws(LedgerError) {
        let first = order.route.legs[0]
        guard let pin = order.contracts[first.stage] else {
            throw .unreadable("an order of \(order.job) without a contract for \(first.stage)")
        }
        let relay = RelayDocument(
            task: TaskID(job: order.job, stage: first.stage, round: order.round),
            from: node,
            to: first.node,
            contract: pin,
            attachments: inputs.map { Attachment(name: $0.name, size: $0.size, digest: $0.digest) },
            order: envelope,
            evidence: []
        )
        try writer.store(NewDelivery(of: relay, cause: nil, handsOn: false, made: [], filesRound: .first))
    }
}
