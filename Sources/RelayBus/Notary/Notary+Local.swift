package import RelayCore
package import RelayLedger
package import RelayWire

extension Notary {
    /// Answers a local request; one that was answered before gets the same answer.
    ///
    /// - Parameters:
    ///   - request: the request.
    ///   - digest: of the request's bytes; another body under the same id is refused.
    ///   - inventory: for `closeout`, and `attempt` for want of right files, what lies on the disk.
    ///   - caller: the program that asks.
    ///   - writer: where the decision is written.
    /// - Returns: the answer; a refusal has written nothing.
    /// - Throws: `LedgerError`, and nothing is written.
    package func answer(
        _ request: LocalRequest,
        digest: Digest,
        inventory: Inventory?,
        from caller: LocalCaller,
        in writer: inout LedgerWriter
    ) throws(LedgerError) -> Answer {
        if let refusal = refusal(of: request.verb, to: caller) { return refusal }
        if let stored = try writer.reader.answer(to: request.request, of: request.instance) {
            guard stored.digest == digest, let body = try? JSON(parsing: stored.body) else {
                return .refusal(
                    409,
                    "request-reused",
                    "The request \(request.request) was asked before with another body."
                )
            }
            return Answer(stored.status, body)
        }
        let answer = try decide(request.body, inventory, from: caller, in: &writer)
        if keeps(request.verb), answer.nothingUntil == nil, (200..<300).contains(answer.status) {
            let stored = StoredAnswer(digest: digest, status: answer.status, body: answer.body.encoded)
            try writer.store(stored, to: request.request, of: request.instance)
        }
        return answer
    }

    /// Whether a repeated request of that verb could do something twice; the others only set what they say.
    private func keeps(_ verb: LocalRequest.Verb) -> Bool {
        switch verb {
        case .renew, .observed, .examine: false
        case .claim, .produced, .blocked, .released, .deliver, .attempt, .handedOn, .order, .reorder,
            .closeout, .control, .resolve:
            true
        }
    }

    /// Why the caller may not ask that.
    func refusal(of verb: LocalRequest.Verb, to caller: LocalCaller) -> Answer? {
        let isConsumers =
            switch verb {
            case .claim, .renew, .produced, .blocked, .released, .deliver, .attempt, .handedOn, .observed,
                .closeout, .control, .reorder:
                true
            case .order, .resolve, .examine: false
            }
        guard caller.role == .operator || isConsumers else {
            return .refusal(
                403,
                "not-allowed",
                "The verb \(verb.rawValue) needs an operator; see \"local\" in the role file."
            )
        }
        return nil
    }

    private func decide(
        _ body: LocalRequest.Body,
        _ inventory: Inventory?,
        from caller: LocalCaller,
        in writer: inout LedgerWriter
    ) throws(LedgerError) -> Answer {
        switch body {
        case .claim(let request): try claim(request, by: caller, in: &writer)
        case .renew(let request): try renew(request, by: caller, in: &writer)
        case .produced(let request): try produce(request, by: caller, in: &writer)
        case .blocked(let request): try block(request, by: caller, in: &writer)
        case .released(let request): try release(request, by: caller, in: &writer)
        case .deliver: try deliver(by: caller, in: &writer)
        case .attempt(let request): try attempt(request, inventory, in: &writer)
        case .handedOn(let request): try handedOn(request, in: &writer)
        case .order(let request): try order(request, in: &writer)
        case .reorder(let request): try reorder(request, in: &writer)
        case .closeout(let request):
            try closeout(
                request,
                inventory ?? Inventory(files: [], damage: Self.damage([])),
                by: caller,
                in: &writer
            )
        case .control(let request): try control(request, in: &writer)
        case .observed(let request): try observe(request, in: &writer)
        case .resolve(let request): try resolve(request, in: &writer)
        // Answered where files are looked at; see `LocalExchange`.
        case .examine: .refusal(400, "malformed", "An examination changes no ledger.")
        }
    }
}
