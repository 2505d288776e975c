import RelayCore
import RelayLedger
import RelaySeal
import RelayWire

extension Notary {
    /// `control`: nudges or cancels a job at the nodes of its routes, and here.
    func control(_ request: ControlRequest, in writer: inout LedgerWriter) throws(LedgerError) -> Answer {
        guard let job = try writer.reader.job(request.job) else {
            return .refusal(404, "unknown-job", "\(node) did not order a job \(request.job).")
        }
        guard !job.state.isFinal else {
            return .refusal(409, "job-ended", "The job \(job.id) is \(job.state.rawValue) already.")
        }
        if let want = request.want, request.to == node {
            return try upload(want, of: job, request.round ?? .first, in: &writer)
        }
        let all = try others(of: job.id, &writer.reader)
        if let refusal = refusal(of: request, all) { return refusal }
        let recipients = all.filter { request.to == nil || $0 == request.to }
        let word = Word(
            kind: request.control,
            round: request.round,
            reason: request.reason,
            missing: request.missing,
            want: request.want
        )
        try tell(recipients, of: job, word, in: &writer)
        let answer = Answer(
            202,
            .members(["job": JSON(job.id), "told": .array(recipients.map { JSON($0) })])
        ).then(waking: .deliveries)
        guard request.control == .cancel, request.to == nil else { return answer }
        try cancel(job, request, in: &writer)
        return request.round == nil ? answer.then([.archive(job.id)]) : answer
    }

    /// Ends here what a `cancel` ends everywhere: the job, or its rounds up to one.
    private func cancel(
        _ job: JobRecord,
        _ request: ControlRequest,
        in writer: inout LedgerWriter
    ) throws(LedgerError) {
        let human = Holder.human.rawValue
        let code = request.round == nil ? "cancelled" : "superseded"
        try end(job.id, EndScope(round: request.round, stage: nil, code: code), by: human, in: &writer)
        guard let round = request.round else {
            let reason = Reason(code: "cancelled", text: request.reason ?? "cancelled by a person")
            try writer.move(job: job.id, to: .cancelled, reason: reason, by: human)
            return
        }
        // Without its newest round nothing of the job goes on by itself.
        guard round >= job.round else { return }
        let text = "round \(job.round) was cancelled; order a new one from some stage on, or cancel the job"
        let reason = Reason(code: "round-cancelled", text: text)
        try writer.move(job: job.id, to: .blocked, reason: reason, by: human)
    }

    private func refusal(of request: ControlRequest, _ all: [NodeName]) -> Answer? {
        guard let to = request.to else {
            guard request.want != nil else { return nil }
            return .refusal(
                400,
                "malformed",
                "The request is refused: want: it needs the node to tell, in to."
            )
        }
        guard !all.contains(to) else { return nil }
        let names = all.map(\.rawValue)
        let near = Suggestion.nearest(to: to.rawValue, among: names).map { " Did you mean \($0)?" } ?? ""
        return .refusal(
            400,
            "unknown-node",
            "\(to) has no stage of \(request.job); \(names.joined(separator: ", ")) have.\(near)"
        )
    }

    /// Main itself holds what another node lacks.
    private func upload(
        _ want: ControlDocument.Want,
        of job: JobRecord,
        _ round: Round,
        in writer: inout LedgerWriter
    ) throws(LedgerError) -> Answer {
        if let refusal = try store(want, of: job.id, round, in: &writer) { return refusal }
        let names = want.attachments.map(\.rawValue).joined(separator: ", ")
        try writer.record("nudge", job: job.id, by: node.rawValue, why: "\(want.to) lacks \(names)")
        return Answer(202, .members(["job": JSON(job.id), "told": .array([JSON(node)])])).then(
            waking: .deliveries
        )
    }

    /// The other nodes that any order of the job gave a stage to.
    func others(of job: JobID, _ reader: inout LedgerReader) throws(LedgerError) -> [NodeName] {
        var nodes: Set<NodeName> = []
        for envelope in try reader.orders(of: job) {
            do throws(SealFault) {
                nodes.formUnion(try Order(in: envelope).route.legs.map(\.node))
            } catch {
                throw .unreadable("\(job): \(error)")
            }
        }
        return nodes.subtracting([node]).sorted()
    }

    /// What main says to nodes about a job.
    struct Word {
        let kind: ControlDocument.Kind
        var stage: StageName?
        var round: Round?
        var reason: String?
        var missing: [AttachmentName] = []
        var want: ControlDocument.Want?
        var receipt: Receipt?
        /// The new order that a `reorder` carries.
        var order: Envelope?
    }

    /// Stores a delivery of `word` to each of `recipients`, numbered for the job.
    func tell(
        _ recipients: [NodeName],
        of job: JobRecord,
        _ word: Word,
        in writer: inout LedgerWriter
    ) throws(LedgerError) {
        guard let newest = try writer.reader.orders(of: job.id).last else {
            throw .unreadable("a job \(job.id) without an order")
        }
        for recipient in recipients {
            let statement = ControlStatement(
                kind: word.kind,
                job: job.id,
                stage: word.stage,
                round: word.round,
                n: try writer.nextControl(of: job.id),
                to: recipient,
                reason: word.reason,
                missing: word.missing,
                want: word.want,
                receipt: word.receipt,
                issued: writer.now,
                order: newest.digest
            )
            let document = statement.document(
                from: node,
                in: statement.statement.signed(by: key),
                order: word.order
            )
            try writer.store(
                NewDelivery(
                    to: recipient,
                    kind: word.kind.rawValue,
                    job: job.id,
                    round: job.round,
                    task: nil,
                    document: document.json.encoded,
                    files: []
                )
            )
        }
    }

    /// `observed`: what the desk saw at a peer goes into the ladders of our jobs; it decides nothing.
    func observe(_ request: ObservedRequest, in writer: inout LedgerWriter) throws(LedgerError) -> Answer {
        for event in request.events {
            guard let task = event.task, let job = try writer.reader.job(task.job),
                try writer.reader.node(of: task) == request.node
            else { continue }
            let state = event.to.flatMap(TaskState.init(rawValue:))
            try writer.note(task, state: state?.rawValue, Self.moment(of: event.kind), at: event.at)
            try follow(event, job, of: request.node, state, in: &writer)
        }
        if let seq = request.seq { try writer.observe(request.node, upTo: seq) }
        return Answer(200, .object([]))
    }

    /// A job needs a human while one of its tasks does, and no longer.
    private func follow(
        _ event: NodeEvent,
        _ job: JobRecord,
        of peer: NodeName,
        _ state: TaskState?,
        in writer: inout LedgerWriter
    ) throws(LedgerError) {
        guard let task = event.task, task.round == job.round, !job.state.isFinal else { return }
        let isResumption = event.from == TaskState.blocked.rawValue
        // A cancelled task of the newest round never comes further either.
        if state == .blocked || state == .failed || state == .cancelled {
            let reason = Reason(
                code: "task-\(event.to ?? "blocked")",
                text: "\(task) at \(peer): \(event.why ?? event.kind)"
            )
            try writer.move(job: job.id, to: .blocked, reason: reason, by: peer.rawValue)
        } else if isResumption, job.state == .blocked, job.reason?.text.hasPrefix("\(task) at") == true {
            try writer.move(job: job.id, to: .open, reason: nil, by: peer.rawValue)
        }
    }
}
