import RelayCore
import RelayDepot
import RelayLedger
import RelaySeal
import RelayWire

extension Notary {
    /// Gives the delivery that has been due longest, under a lease.
    func deliver(by caller: LocalCaller, in writer: inout LedgerWriter) throws(LedgerError) -> Answer {
        let now = writer.steady
        for leased in try writer.reader.leasedDeliveries(now: now)
        where leased.process.map({ !isAlive($0) }) ?? true {
            try writer.postpone(delivery: leased.id, until: now, countsAsAttempt: false, error: nil)
        }
        while let delivery = try writer.reader.dueDelivery(now: now) {
            if let document = try writer.reader.document(ofDelivery: delivery.id),
                let address = configuration.fleet.nodes[delivery.to]?.address
            {
                return try give(delivery, document, to: caller, at: address, in: &writer)
            }
            try refuse(delivery, "unknown-node", "\(delivery.to) is not in the fleet any more", in: &writer)
        }
        var answer = Answer(200, .members(["delivery": .null]))
        answer.nothingUntil = try writer.reader.nextDelivery() ?? UnixMilliseconds(.max)
        return answer
    }

    private func give(
        _ delivery: DeliveryRecord,
        _ document: [UInt8],
        to caller: LocalCaller,
        at address: SocketAddress,
        in writer: inout LedgerWriter
    ) throws(LedgerError) -> Answer {
        var files: [LocatedFile] = []
        let entries = try writer.reader.files(ofDelivery: delivery.id)
        for entry in entries {
            let path = depot.path(of: place(of: entry, in: delivery))
            files.append(LocatedFile(file: entry.file, path: path))
        }
        try writer.lease(
            delivery: delivery.id,
            to: caller.process,
            until: writer.steady.advanced(by: deliveryTerm(entries))
        )
        return Answer(
            200,
            DueDelivery(
                id: delivery.id,
                to: delivery.to,
                address: address.description,
                job: delivery.job,
                round: delivery.round,
                document: document,
                files: files,
                attempts: delivery.attempts
            ).json
        )
    }

    /// Where a file of a delivery lies now; it is brought to its place if a crash left it on the way.
    private func place(of entry: DeliveryFile, in delivery: DeliveryRecord) -> Place {
        let name = entry.file.name
        if entry.isMade, let cause = delivery.cause {
            let output = Place.output(cause.task, epoch: cause.epoch, name)
            let place = Place.artifact(delivery.job, name)
            // In later rounds the projector alone moves it, behind what it has to put away of the older ones.
            guard cause.task.round == .first else {
                return depot.find([output]) ?? found(place, name, of: cause.task)
            }
            // The error has no reader here: the consumer opens the path and reports what it finds there.
            try? depot.settle(at: place, from: [output])
            return found(place, name, of: cause.task)
        }
        if let cause = delivery.cause?.task {
            let place = place(ofInput: name, of: cause)
            settle(place, input: name, of: cause, from: node)
            return found(place, name, of: cause)
        }
        let place = Place.bound(delivery.job, delivery.filesRound, name)
        // As above.
        try? depot.settle(
            at: place,
            from: [.unbound(delivery.job, delivery.filesRound, name, sender: node)]
        )
        return place
    }

    /// The place in the archive, if the task was put away there, as it may feed a new round yet; else `place`.
    ///
    /// The archive first: at `place` there may be the file of a newer round.
    private func found(_ place: Place, _ name: AttachmentName, of task: TaskID) -> Place {
        depot.find([.archived(task.job, [.round(task.round)], name), place]) ?? place
    }

    /// The recipient's receipt came.
    func handedOn(_ request: HandedOnRequest, in writer: inout LedgerWriter) throws(LedgerError) -> Answer {
        guard let delivery = try writer.reader.delivery(request.delivery),
            let document = try writer.reader.document(ofDelivery: request.delivery)
        else { return unknownDelivery(request.delivery) }
        guard Digest.of(document) == request.receipt.digest, delivery.task == request.receipt.task else {
            return .refusal(
                409,
                "receipt-mismatch",
                "The receipt is of other bytes, digest \(request.receipt.digest), than delivery \(delivery.id) holds."
            )
        }
        try writer.resume(deliveriesTo: delivery.to)
        let answer = Answer(200, .members(["state": "received"])).then(waking: .deliveries)
        guard try writer.end(delivery: delivery.id, as: .received, receipt: request.receipt) else {
            return answer
        }
        if delivery.handsOn, let cause = delivery.cause, let task = try writer.reader.task(cause.task),
            task.state == .produced
        {
            try advance(task, by: .handedOn, who: delivery.to.rawValue, in: &writer)
        }
        return answer
    }

    private func unknownDelivery(_ id: Int64) -> Answer {
        .refusal(404, "unknown-delivery", "No delivery \(id) is at \(node).")
    }

    /// A delivery failed: it is tried again, or it never can succeed and somebody is told.
    func attempt(
        _ request: AttemptRequest,
        _ inventory: Inventory?,
        in writer: inout LedgerWriter
    ) throws(LedgerError) -> Answer {
        guard let delivery = try writer.reader.delivery(request.delivery) else {
            return unknownDelivery(request.delivery)
        }
        if request.status != nil { try writer.resume(deliveriesTo: delivery.to) }
        let refused = Answer(200, .members(["state": "refused"])).then(waking: .deliveries)
        guard delivery.state == .waiting else { return refused }
        if request.status == 409, let code = request.problem, code == "job-ended" || code == "superseded" {
            try writer.end(delivery: delivery.id, as: .dropped, error: request.error)
            try cancelCause(of: delivery, code: code, text: request.error, in: &writer)
            try blockJob(of: delivery, code: code, text: request.error, in: &writer)
            return refused
        }
        if let damage = inventory?.damage {
            try refuse(delivery, for: damage, in: &writer)
            return Answer(200, .members(["state": "refused"]))
        }
        if isPermanent(request, delivery) {
            try refuse(delivery, request.problem ?? "refused", request.error, in: &writer)
            return refused
        }
        let next = try postpone(delivery, after: request, in: &writer)
        return Answer(200, .members(["state": "waiting", "next": JSON(writer.shown(next))])).then(
            waking: .deliveries
        )
    }

    /// Puts a delivery off, and while its node does not answer at all the others to it: one of them asks, so that a
    /// node that is away does not keep every lane busy with waiting for it.
    private func postpone(
        _ delivery: DeliveryRecord,
        after request: AttemptRequest,
        in writer: inout LedgerWriter
    ) throws(LedgerError) -> UnixMilliseconds {
        let isUnreached = request.status == nil && request.problem == nil
        let earlier = isUnreached ? try writer.reader.failures(toReach: delivery.to) : 0
        let pause = backOff(max(earlier, delivery.attempts), request.retryAfterSeconds)
        let next = writer.steady.advanced(by: pause)
        try writer.postpone(delivery: delivery.id, until: next, countsAsAttempt: true, error: request.error)
        if isUnreached {
            let later = next.advanced(by: Self.patience)
            try writer.holdBack(behind: delivery, until: later, error: request.error)
        }
        return next
    }

    /// How long those behind wait for the one that asks: longer than an attempt takes.
    private static let patience = Duration.seconds(120)

    private func isPermanent(_ request: AttemptRequest, _ delivery: DeliveryRecord) -> Bool {
        guard let status = request.status, (400..<500).contains(status) else { return false }
        // The feeding node has not produced yet; it will, or its own task says why not.
        if delivery.kind == ControlDocument.Kind.reorder.rawValue, request.problem == "illegal-transition" {
            return false
        }
        return status != 408 && status != 429 && request.problem != "attachments-missing"
    }

    /// 1 s, doubling to 5 min, with up to a quarter of jitter; never sooner than the peer asked for.
    private func backOff(_ attempts: Int64, _ retryAfter: Int64?) -> Duration {
        let base = Double(min(300, 1 << min(attempts, 9)))
        let milliseconds = Int64(base * 1000 * (0.75 + 0.25 * random()))
        return max(.milliseconds(milliseconds), .seconds(retryAfter ?? 0))
    }

    /// Its files are not what they were: nobody gets them, and what made the delivery waits for their repair.
    private func refuse(
        _ delivery: DeliveryRecord,
        for damage: Reason,
        in writer: inout LedgerWriter
    ) throws(LedgerError) {
        try writer.end(delivery: delivery.id, as: .refused, error: damage.text)
        if delivery.handsOn, let cause = delivery.cause, let task = try writer.reader.task(cause.task),
            task.state == .produced
        {
            return try block(task, for: damage, in: &writer)
        }
        if delivery.kind == RelayDocument.kind, delivery.cause == nil,
            let job = try writer.reader.job(delivery.job), job.round == delivery.round
        {
            try writer.move(job: job.id, to: .blocked, reason: damage, by: node.rawValue)
            return
        }
        // Nobody is blocked by it, so that this is the only word.
        try writer.record("not-delivered", job: delivery.job, by: node.rawValue, why: damage.text)
    }

    private func cancelCause(
        of delivery: DeliveryRecord,
        code: String,
        text: String,
        in writer: inout LedgerWriter
    ) throws(LedgerError) {
        guard delivery.handsOn, let cause = delivery.cause, let task = try writer.reader.task(cause.task),
            !task.state.isFinal
        else { return }
        let reason = Reason(code: code, text: text)
        try advance(task, by: .cancelled, who: delivery.to.rawValue, reason: reason, in: &writer)
    }

    /// An order that its first node will never take leaves a job that only a human can help.
    private func blockJob(
        of delivery: DeliveryRecord,
        code: String,
        text: String,
        in writer: inout LedgerWriter
    ) throws(LedgerError) {
        guard delivery.kind == RelayDocument.kind, delivery.cause == nil,
            let job = try writer.reader.job(delivery.job), job.round == delivery.round
        else { return }
        let reason = Reason(code: code, text: "\(delivery.to) refused \(delivery.kind): \(text)")
        try writer.move(job: job.id, to: .blocked, reason: reason, by: delivery.to.rawValue)
    }

    /// The delivery cannot succeed: the task that made it, or the job that it begins, is blocked.
    private func refuse(
        _ delivery: DeliveryRecord,
        _ code: String,
        _ text: String,
        in writer: inout LedgerWriter
    ) throws(LedgerError) {
        try writer.end(delivery: delivery.id, as: .refused, error: text)
        let reason = Reason(code: code, text: "\(delivery.to) refused \(delivery.kind): \(text)")
        if delivery.handsOn, let cause = delivery.cause, let task = try writer.reader.task(cause.task),
            task.state == .produced
        {
            try advance(task, by: .blocked, who: delivery.to.rawValue, reason: reason, in: &writer)
        }
        // Without its `reorder` a round never begins.
        let kinds = [RelayDocument.kind, ControlDocument.Kind.reorder.rawValue]
        guard kinds.contains(delivery.kind), let job = try writer.reader.job(delivery.job),
            job.round == delivery.round
        else { return }
        try writer.move(job: delivery.job, to: .blocked, reason: reason, by: delivery.to.rawValue)
    }
}
