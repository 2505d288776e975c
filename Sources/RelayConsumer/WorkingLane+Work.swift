import RelayCore
import RelayWire

/// The work on one claimed task.
extension WorkingLane {
    /// What follows from the work.
    enum Finding: Sendable {
        /// This is to be told to the bus.
        case report(LocalRequest.Body)
        /// The claim is lost; nothing is to be told.
        case lost(BusFailure)
    }

    /// Prepares, runs and checks, while the lease is renewed.
    func work(_ claimed: ClaimedTask) -> Finding {
        let claim = claimed.claim
        do {
            guard let place = WorkPlace(claimed) else {
                return blocked(claim, "work-unusable", "\(claimed.work) is no directory for \(claim.task)")
            }
            guard let contract = setting.contracts[claimed.contract],
                let contractPath = setting.contractPaths[claimed.contract]
            else {
                return blocked(
                    claim,
                    "contract-unknown",
                    "The order pins \(claimed.contract.labelled), which is not among the contracts of this node"
                )
            }
            let order = WorkOrder(
                claim: claim,
                contractPath: contractPath,
                directory: place.directory,
                log: place.log
            )
            return try work(claimed, at: place, order, contract)
        } catch ConsumerError.damaged(let name, let expected, let found) {
            let text = "\(name) is not what the sender named: \(expected) is expected, found \(found)"
            return blocked(claim, "attachment-damaged", text, expected: [name])
        } catch let failure as BusFailure {
            return finding(of: failure, claim)
        } catch {
            return released(claim, delays: true, "\(error)")
        }
    }

    private func work(
        _ claimed: ClaimedTask,
        at place: WorkPlace,
        _ order: WorkOrder,
        _ contract: Contract
    ) throws -> Finding {
        let claim = claimed.claim
        let watch = try ClaimWatch(after: setting.stops.soft)
        let done = try StopSignal()
        defer { done.set() }
        let meter = ProgressMeter(output: place.directory + "/out")
        let renewal = RenewalLane(
            claim: claim,
            lease: setting.lease,
            bus: bus,
            meter: meter,
            world: world,
            watch: watch
        )
        try setting.renewing(renewal, Stops(soft: done, hard: done))
        guard try place.endLeftovers(grace: setting.grace) else {
            return blocked(
                claim,
                "processor-left-behind",
                "A process of an earlier run does not end; end it by hand"
            )
        }
        try place.prepare(inputs: claimed.inputs)
        let outcome = setting.processor.run(order, meter: meter, stop: watch.stop)
        if let loss = watch.loss { return .lost(loss) }
        return try finding(of: outcome, order, contract)
    }

    private func finding(
        of outcome: ProcessorOutcome,
        _ order: WorkOrder,
        _ contract: Contract
    ) throws -> Finding {
        let claim = order.claim
        switch outcome {
        case .stopped: return released(claim, delays: false, "the consumer stops")
        case .again(let why): return released(claim, delays: true, why)
        case .failed(let reason): return .report(.blocked(BlockedRequest(claim: claim, reason: reason)))
        case .finished:
            switch try OutputCheck.look(at: order.output, contract: contract) {
            case .broken(let reason): return .report(.blocked(BlockedRequest(claim: claim, reason: reason)))
            case .holds(let outputs):
                for output in outputs { try upload(output, order) }
                let label = setting.processor.label
                return .report(.produced(ProducedRequest(claim: claim, outputs: outputs, processor: label)))
            }
        }
    }

    /// Uploads one output, again and again while the bus does not answer.
    private func upload(_ output: Attachment, _ order: WorkOrder) throws {
        let opened = try bus.output(output, of: order.claim, from: order.output)
        try bus.repeating(until: setting.stops.hard) { () throws(BusFailure) in try bus.upload(opened) }
    }

    private func finding(of failure: BusFailure, _ claim: Claim) -> Finding {
        switch failure {
        case .refused(let refusal) where refusal.endsClaim: .lost(failure)
        case .refused(let refusal):
            blocked(claim, refusal.code.isEmpty ? "outputs-refused" : refusal.code, refusal.detail)
        case .lost, .stopped: released(claim, delays: false, failure.description)
        }
    }

    private func blocked(_ claim: Claim, _ code: String, _ text: String, expected: [String] = []) -> Finding {
        let reason = Reason(
            code: PlainText.clipped(code, atMost: 64),
            text: PlainText.clipped(text, atMost: 3500),
            expected: expected
        )
        return .report(.blocked(BlockedRequest(claim: claim, reason: reason)))
    }

    private func released(_ claim: Claim, delays: Bool, _ why: String) -> Finding {
        let why = PlainText.clipped(why, atMost: 1000)
        return .report(.released(ReleasedRequest(claim: claim, delays: delays, why: why)))
    }
}
