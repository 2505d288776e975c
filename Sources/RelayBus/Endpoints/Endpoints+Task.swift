import RelayCore
import RelayLedger
import RelaySeal
import RelayServer
import RelayWire

extension Endpoints {
    func task(_ head: RequestHead, _ responder: Responder) -> Disposition {
        let asker = asker(head)
        if case .stranger = asker { return .respond(Response(.forbidden)) }
        do throws(Query.Refused) {
            try checkType(head)
            guard head.query.isEmpty else { throw Query.Refused("POST /task has no parameters.") }
            // A node that stops still takes what ends or frees work; that is known once the body is read.
            if case .nodes = asker, let refusal = refusalWhileEnding() { throw Query.Refused(refusal) }
            let length = min(head.contentLength ?? 0, Int64(TaskDocument.limit))
            let share = try room(for: length, of: asker)
            return .collect(limit: TaskDocument.limit) { [self] body in
                node.pool.run { [self] in
                    switch asker {
                    case .nodes(let names):
                        switch confirm(names, head.peer) {
                        case .nodes(let names): document(body, from: names, holding: share, responder)
                        case .refused(let answer): responder.respond(Response(answer))
                        }
                    case .local(let role, let pid): local(body, role, pid, responder)
                    case .stranger: responder.respond(Response(.forbidden))
                    }
                }
            }
        } catch {
            return .respond(Response(error.answer))
        }
    }

    private func checkType(_ head: RequestHead) throws(Query.Refused) {
        let text = try Query.single("content-type", of: head)
        // What every client of ours says.
        if text == "application/json" { return }
        let type = text.flatMap { ParameterizedValue($0.utf8) }
        let isUTF8 = type?.parameters.allSatisfy { $0.name == "charset" && $0.value.lowercased() == "utf-8" }
        guard type?.value == "application/json", isUTF8 == true else {
            throw Query.Refused(
                .refusal(
                    415,
                    "unsupported-media-type",
                    "POST /task takes Content-Type: application/json, not \(text.map { "\"\($0.prefix(64))\"" } ?? "a body without a type")."
                )
            )
        }
    }

    /// A document between nodes: checked here, decided by the notary.
    private func document(
        _ body: [UInt8],
        from candidates: [NodeName],
        holding share: InHand.Share?,
        _ responder: Responder
    ) {
        let examination: Examination
        do throws(WireError) {
            examination = try Examination(of: body, by: node.notary.keyring, now: node.now())
        } catch {
            // Bytes that are no JSON are no local verb either.
            let isLocal = (try? JSON(parsing: body)).map(isLocalVerb) ?? false
            let answer: Answer =
                isLocal
                ? .refusal(
                    403,
                    "local-only",
                    "The local verbs go through the Unix socket of the node's own machine."
                )
                : .refusal(400, "malformed", "The document is refused: \(error.description).")
            responder.respond(Response(answer))
            return
        }
        guard candidates.contains(examination.document.from) else {
            let names = candidates.map(\.rawValue).joined(separator: ", ")
            responder.respond(
                Response(
                    .refusal(
                        403,
                        "sender-mismatch",
                        "The document says it is from \(examination.document.from), but its address is that of \(names)."
                    )
                )
            )
            return
        }
        let notary = node.notary
        node.commit(
            { (writer) throws(LedgerError) in try notary.accept(examination, in: &writer) },
            to: responder
        ) { withExtendedLifetime(share) {} }
    }

    /// Whether `json` asks for a verb of the Unix socket, well-formed or not.
    private func isLocalVerb(_ json: JSON) -> Bool {
        let kind = json["kind"]?.stringValue ?? ""
        let isControl = ControlDocument.Kind(rawValue: kind) != nil
        return LocalRequest.isLocal(json) || LocalRequest.Verb(rawValue: kind) != nil && !isControl
    }

    /// A request of a local program; a document of this node to itself is taken here, too.
    private func local(_ body: [UInt8], _ role: LocalRole, _ pid: Int32, _ responder: Responder) {
        let request: LocalRequest
        do throws(WireError) {
            let json = try JSON(parsing: body)
            guard LocalRequest.isLocal(json) else {
                if let refusal = refusalWhileEnding() {
                    responder.respond(Response(refusal))
                } else {
                    document(body, from: [node.configuration.role.node], holding: nil, responder)
                }
                return
            }
            request = try LocalRequest(json: json)
        } catch {
            responder.respond(
                Response(.refusal(400, "malformed", "The request is refused: \(error.description)."))
            )
            return
        }
        if let refusal = refusalWhileEnding(), !isTakenWhileStopping(request.verb) {
            responder.respond(Response(refusal))
            return
        }
        let caller = LocalCaller(role: role, process: node.process(pid))
        node.consumers.note(request, at: node.now(), steady: node.steady())
        if case .observed(let seen) = request.body, let date = seen.date,
            node.configuration.fleet.nodes[seen.node] != nil
        {
            node.clock.note(seen.node, said: date, at: node.steady())
        }
        LocalExchange(node, request, Digest.of(body), caller, responder).begin()
    }

    private func isTakenWhileStopping(_ verb: LocalRequest.Verb) -> Bool {
        guard node.state == .stopping else { return false }
        switch verb {
        case .renew, .handedOn, .released: return true
        case .claim, .produced, .blocked, .deliver, .attempt, .order, .reorder, .closeout, .control,
            .observed,
            .resolve, .examine:
            return false
        }
    }
}
