import RelayCore
import RelayServer
import RelayWire

extension Endpoints {
    func upload(_ head: RequestHead, _ responder: Responder) -> Disposition {
        let asker = asker(head)
        if case .stranger = asker { return .respond(Response(.forbidden)) }
        if let refusal = refusalWhileEnding() { return .respond(Response(refusal)) }
        let limit = node.configuration.role.limits.uploadBytes
        guard let length = head.contentLength, length <= limit else {
            return .respond(
                Response(.refusal(413, "too-large", "An upload has at most \(limit) bytes here."))
            )
        }
        let expected = ContentDigest.claim(in: head.header("content-digest"))
        if case .malformed = expected {
            return .respond(
                Response(
                    .refusal(
                        400,
                        "bad-digest",
                        "Content-Digest is not a dictionary with sha-256=:base64: (RFC 9530)."
                    )
                )
            )
        }
        do throws(Query.Refused) {
            let sink =
                try head.query.contains { $0.name == "task" }
                ? output(head, asker, responder, expected) : attachment(head, asker, responder, expected)
            return .stream(sink)
        } catch {
            return .respond(Response(error.answer))
        }
    }

    private func output(
        _ head: RequestHead,
        _ asker: Asker,
        _ responder: Responder,
        _ expected: ContentDigest.Claim
    ) throws(Query.Refused) -> UploadSink {
        let query = try Query(head, known: ["task", "epoch", "name"])
        guard case .local(let role, let pid) = asker else {
            throw Query.Refused(
                .refusal(403, "local-only", "Outputs are uploaded through the Unix socket only.")
            )
        }
        let task: TaskID = try query.required("task")
        guard let epoch = try query.integer("epoch", 1...Int64.max) else {
            throw Query.Refused("The parameter epoch is missing.")
        }
        return UploadSink(
            node,
            responder,
            target: .output(Claim(task: task, epoch: epoch)),
            name: try query.required("name"),
            caller: { .local(LocalCaller(role: role, process: LocalProcesses.identity(of: pid))) },
            expected: expected
        )
    }

    private func attachment(
        _ head: RequestHead,
        _ asker: Asker,
        _ responder: Responder,
        _ expected: ContentDigest.Claim
    ) throws(Query.Refused) -> UploadSink {
        let query = try Query(head, known: ["job", "name", "round", "from"])
        let sender = try sender(asker, query)
        if let refusal = node.notary.refusalOfUpload(from: sender) { throw Query.Refused(refusal) }
        let number = try query.integer("round", 1...Int64(Round.limit)) ?? 1
        return UploadSink(
            node,
            responder,
            target: .attachment(try query.required("job"), Round(Int(number)) ?? .first, sender: sender),
            name: try query.required("name"),
            caller: { .node(sender) },
            expected: expected
        )
    }

    /// Who uploads: the node at the address, told apart by `from` where several share it; locally the node itself.
    private func sender(_ asker: Asker, _ query: Query) throws(Query.Refused) -> NodeName {
        let from: NodeName? = try query.name("from")
        switch asker {
        case .local:
            let own = node.configuration.role.node
            guard from == nil || from == own else {
                throw Query.Refused(
                    .refusal(403, "sender-mismatch", "Through the Unix socket the sender is \(own).")
                )
            }
            return own
        case .nodes(let names):
            if let from, names.contains(from) { return from }
            if from == nil, names.count == 1 { return names[0] }
            let list = names.map(\.rawValue).joined(separator: ", ")
            throw from == nil
                ? Query.Refused(
                    "Several nodes share this address (\(list)): say which by the parameter from."
                )
                : Query.Refused(.refusal(403, "sender-mismatch", "This address is that of \(list)."))
        case .stranger:
            throw Query.Refused(.forbidden)
        }
    }
}
