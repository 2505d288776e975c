import RelayCore
import RelayLedger
import RelaySeal
import RelayWire

extension Notary {
    /// `reorder`: main orders a new round from one stage on; what was done before that stage stays.
    func reorder(_ request: ReorderRequest, in writer: inout LedgerWriter) throws(LedgerError) -> Answer {
        guard let job = try writer.reader.job(request.job) else {
            return .refusal(404, "unknown-job", "\(node) did not order a job \(request.job).")
        }
        if let refusal = try refusalForWantOfRoom(&writer.reader) { return refusal }
        guard !job.state.isFinal, let round = job.round.next else {
            return job.state.isFinal
                ? .refusal(409, "job-ended", "The job \(job.id) is \(job.state.rawValue) already.")
                : .refusal(409, "too-many-rounds", "The job \(job.id) has had its \(Round.limit) rounds.")
        }
        guard let envelope = try writer.reader.orders(of: job.id).last else {
            throw .unreadable("a job \(job.id) without an order")
        }
        let old = try order(in: envelope, of: job.id)
        let route = request.route ?? old.route
        if case .refused(let answer) = check(route) { return answer }
        guard let position = route.position(of: request.stage),
            route.legs[..<position] == old.route.legs[..<position]
        else {
            return .refusal(
                400,
                "bad-route",
                "The new route must hold \(request.stage) and leave the stages before it as they were."
            )
        }
        let inputs = try inputs(of: request, old, route, job, &writer.reader)
        guard case .files(let files) = inputs else { return inputs.refusal }
        let new = Order(
            job: job.id,
            round: round,
            stage: request.stage,
            route: route,
            contracts: configuration.current.filter { route.position(of: $0.key) != nil },
            inputs: files.map { .init($0) },
            issued: writer.now,
            deadline: old.deadline > writer.now ? old.deadline : writer.now.advanced(by: Order.defaultTerm),
            previous: envelope.digest
        )
        return try open(new, after: old, job, request, in: &writer)
    }

    private enum Inputs {
        case files([Attachment])
        case refused(Answer)

        var refusal: Answer {
            switch self {
            case .files: .refusal(500, "bug", "files are no refusal")
            case .refused(let answer): answer
            }
        }
    }

    /// What the stage before hands on: its outputs and what it passes, by the contract its order pinned.
    private func inputs(
        of request: ReorderRequest,
        _ old: Order,
        _ route: Route,
        _ job: JobRecord,
        _ reader: inout LedgerReader
    ) throws(LedgerError) -> Inputs {
        guard let position = route.position(of: request.stage), position > 0 else {
            let uploads = try reader.uploads(of: job.id).filter {
                $0.isBound && $0.round == .first && $0.sender == node
            }
            return .files(
                uploads.map { Attachment(name: $0.facts.name, size: $0.facts.size, digest: $0.facts.digest) }
            )
        }
        let feeding = route.legs[position - 1].stage
        guard let pin = old.contracts[feeding], let contract = configuration.contracts[pin],
            let taking = configuration.current[request.stage].flatMap({ configuration.contracts[$0] })
        else {
            return .refused(
                .refusal(409, "contract-mismatch", "The contract of \(feeding) is not in force any more.")
            )
        }
        let files = request.attachments.filter { file in
            contract.passes.contains(file.name) || contract.makes.contains { $0.allows(file.name) }
        }
        let refusal = taking.takes.verdict(onNames: files.map(\.name)).refusal(
            of: "\(request.job) from \(feeding)"
        )
        return refusal.map { .refused($0) } ?? .files(files)
    }

    func order(in envelope: Envelope, of job: JobID) throws(LedgerError) -> Order {
        do throws(SealFault) { return try Order(in: envelope) } catch {
            throw .unreadable("\(job): \(error)")
        }
    }

    /// Stores the order, has the feeding node hand on again, and ends what is superseded everywhere.
    private func open(
        _ new: Order,
        after old: Order,
        _ job: JobRecord,
        _ request: ReorderRequest,
        in writer: inout LedgerWriter
    ) throws(LedgerError) -> Answer {
        guard let feeder = new.route.feeder(of: new.stage), let first = new.route.position(of: new.stage)
        else {
            throw .unreadable("an order of \(new.job) whose route lacks its first stage")
        }
        let envelope = new.statement.signed(by: key)
        // Where main feeds, it may have to refuse; that comes before anything else is written.
        if feeder == node, let refusal = try feed(new, envelope, in: &writer) { return refusal }
        let seq = try writer.store(new, in: envelope)
        let scope = EndScope(round: old.round, stage: new.stage, code: "superseded")
        try end(job.id, scope, by: node.rawValue, in: &writer)
        guard let job = try writer.reader.job(job.id) else { throw .unreadable("no job \(new.job)") }
        let older = Set(old.route.legs.dropFirst(first).map(\.node)).subtracting([node]).sorted()
        let over = Word(kind: .cancel, stage: new.stage, round: old.round, reason: request.reason)
        try tell(older, of: job, over, in: &writer)
        if feeder != node {
            let again = Word(
                kind: .reorder,
                stage: new.stage,
                round: new.round,
                reason: request.reason,
                order: envelope
            )
            try tell([feeder], of: job, again, in: &writer)
        }
        let members = JSON.members([
            "job": JSON(job.id), "round": JSON(new.round.number), "seq": JSON(seq),
        ])
        return Answer(202, members).then([.archive(job.id)], waking: [.deliveries, .claims])
    }

    /// Main feeds the first stage itself: with the inputs of the job, or with what it made in somebody's stead.
    private func feed(
        _ new: Order,
        _ envelope: Envelope,
        in writer: inout LedgerWriter
    ) throws(LedgerError) -> Answer? {
        guard new.route.position(of: new.stage) == 0 else {
            return try handOnAgain(new, envelope, in: &writer)
        }
        let uploads = try writer.reader.uploads(of: new.job).filter { upload in
            upload.isBound && upload.round == .first && upload.sender == node
        }
        try begin(new, envelope, uploads.map(\.facts), in: &writer)
        return nil
    }

    /// A `reorder` of main: the stored outputs go on again, under the new order.
    func handOnAgain(
        _ document: ControlDocument,
        _ examination: Examination,
        in writer: inout LedgerWriter
    ) throws(LedgerError) -> Answer {
        guard let envelope = document.order else {
            return .refusal(400, "malformed", "A reorder carries its order.")
        }
        if let ended = try writer.reader.ended(document.job), ended.through == nil {
            return .refusal(409, "job-ended", "The job \(document.job) has ended here (\(ended.code)).")
        }
        let new: Order
        do throws(SealFault) {
            new = try Order(in: envelope)
        } catch {
            return .refusal(403, "order-invalid", "The order proves nothing here: \(error).")
        }
        guard new.job == document.job, new.round == document.round, new.stage == document.stage,
            new.route.feeder(of: new.stage) == node, examination.statement?.order == envelope.digest
        else {
            return .refusal(
                403,
                "order-invalid",
                "The order is for another job, round, stage or feeding node."
            )
        }
        if let refusal = try handOnAgain(new, envelope, in: &writer) { return refusal }
        return try received(document, examination, in: &writer).then(waking: .deliveries)
    }

    /// What a stage holds that can be handed on again.
    private struct Stored {
        let claim: Claim
        let document: RelayDocument
        let link: Envelope
        let outputs: [Attachment]

        var files: [Attachment] { document.attachments + outputs }
    }

    private enum Found {
        case stored(Stored)
        case refused(Answer)
    }

    /// The newest finished task of the stage before the new round's first.
    private func stored(before new: Order, _ reader: inout LedgerReader) throws(LedgerError) -> Found {
        guard let position = new.route.position(of: new.stage), position > 0,
            let task = try reader.tasks(of: new.job).last(where: {
                $0.id.stage == new.route.legs[position - 1].stage && $0.id.round < new.round
            })
        else {
            let detail = "\(node) has no task that feeds \(new.stage) of \(new.job)."
            return .refused(.refusal(409, "illegal-transition", detail))
        }
        let outputs = try reader.finalOutputs(of: task.id)
        guard let link = try reader.link(of: task.id), let epoch = outputs.first?.epoch else {
            let detail = "The task \(task.id) is \(task.state.rawValue); it has made nothing yet."
            return .refused(.refusal(409, "illegal-transition", detail))
        }
        return .stored(
            Stored(
                claim: Claim(task: task.id, epoch: epoch),
                document: try relay(task.id, &reader),
                link: link,
                outputs: outputs.map(\.file)
            )
        )
    }

    /// Stores the delivery of a new round with what the stage before it has made; the answer is a refusal.
    private func handOnAgain(
        _ new: Order,
        _ envelope: Envelope,
        in writer: inout LedgerWriter
    ) throws(LedgerError) -> Answer? {
        let stored: Stored
        switch try self.stored(before: new, &writer.reader) {
        case .refused(let answer): return answer
        case .stored(let found): stored = found
        }
        let task = stored.claim.task
        guard new.previous == stored.document.order.digest || task.round < new.round.previous else {
            let detail = "The order does not follow the one that \(task) was done under."
            return .refusal(409, "order-mismatch", detail)
        }
        let files = new.inputs.compactMap { input in
            stored.files.last { $0.name.rawValue == input.name && $0.digest == input.digest }
        }
        guard files.count == new.inputs.count, let next = new.route.node(of: new.stage),
            let pin = new.contracts[new.stage]
        else {
            let detail = "The order names other files than \(task) made or passed on."
            return .refusal(409, "order-mismatch", detail)
        }
        let relay = RelayDocument(
            task: TaskID(job: new.job, stage: new.stage, round: new.round),
            from: node,
            to: next,
            contract: pin,
            attachments: files,
            order: envelope,
            evidence: evidence(of: stored.document, stored.link)
        )
        let made = Set(stored.outputs.map(\.name))
        try writer.dropRelays(of: new.job, through: new.round.previous)
        try writer.store(NewDelivery(of: relay, cause: stored.claim, handsOn: false, made: made))
        return nil
    }

    /// The orders and links that a document carried, its own order among them, and the link of what it led to.
    private func evidence(of document: RelayDocument, _ link: Envelope) -> [Envelope] {
        // What is no order is a link; both were verified when the document was taken.
        let orders = document.evidence.filter { (try? Order(in: $0)) != nil }
        let links = document.evidence.filter { (try? Order(in: $0)) == nil }
        return orders + [document.order] + links + [link]
    }
}
