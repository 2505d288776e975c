import RelayCore
import RelayServer
import RelayWire

extension Endpoints {
    /// The most memory that an upload on its way needs: one piece that is written and one that comes.
    private static let pieces: Int64 = 262_144

    func upload(_ head: RequestHead, _ responder: Responder) -> Disposition {
        let asker = asker(head)
        if case .stranger = asker { return .respond(Response(.forbidden)) }
        if let refusal = refusalWhileEnding() { return .respond(Response(refusal)) }
        do throws(Query.Refused) {
            let form = try form(head)
            try checkLength(head, isForm: form != nil)
            let expected = try expectedDigest(head)
            let isOutput = head.query.contains { $0.name == "task" }
            let plan =
                try isOutput
                ? output(head, asker, isForm: form != nil) : attachment(head, asker, isForm: form != nil)
            return .stream(UploadSink(node, responder, plan, form: form, expected: expected))
        } catch {
            return .respond(Response(error.answer))
        }
    }

    /// The reader for a form; `nil` for every other type, whose body is the file itself.
    private func form(_ head: RequestHead) throws(Query.Refused) -> MultipartReader? {
        guard let text = try Query.single("content-type", of: head),
            text.lowercased().utf8.starts(with: "multipart/".utf8)
        else { return nil }
        let type = ParameterizedValue(text.utf8)
        guard type == nil || type?.value == "multipart/form-data" else {
            throw Query.Refused(
                .refusal(
                    415,
                    "unsupported-media-type",
                    "An upload is the file's bytes, of any type but multipart, or a multipart/form-data with one file."
                )
            )
        }
        do throws(MultipartFault) {
            guard let type else { throw .boundary }
            return try MultipartReader(contentType: type)
        } catch {
            throw Query.Refused(Answer(error))
        }
    }

    private func checkLength(_ head: RequestHead, isForm: Bool) throws(Query.Refused) {
        let limit = node.configuration.role.limits.uploadBytes
        let most = isForm ? limit + FormContent.overhead : limit
        guard let length = head.contentLength, length <= most else {
            throw Query.Refused(
                .refusal(
                    413,
                    "too-large",
                    "The body has \(head.contentLength ?? 0) bytes and an upload has at most \(limit) here; send less, or raise limits.upload_bytes in the role file."
                )
            )
        }
    }

    private func expectedDigest(_ head: RequestHead) throws(Query.Refused) -> Digest? {
        // A dictionary may be spread over several lines of one name (RFC 8941, 4.2).
        let lines = head.headers.filter { $0.name == "content-digest" }.map(\.value)
        switch ContentDigest.claim(in: lines.isEmpty ? nil : lines.joined(separator: ",")) {
        case .absent: return nil
        case .sha256(let digest): return digest
        case .malformed:
            throw Query.Refused(
                .refusal(
                    400,
                    "bad-digest",
                    "Content-Digest is not a dictionary with one sha-256=:base64 of 32 bytes: (RFC 9530)."
                )
            )
        }
    }

    private func output(_ head: RequestHead, _ asker: Asker, isForm: Bool) throws(Query.Refused) -> UploadPlan
    {
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
        return UploadPlan(
            target: .output(Claim(task: task, epoch: epoch)),
            name: try name(in: query, isForm: isForm),
            refusal: { nil },
            length: head.contentLength ?? 0,
            share: nil,
            caller: { [node] in .local(LocalCaller(role: role, process: node.process(pid))) }
        )
    }

    private func attachment(_ head: RequestHead, _ asker: Asker, isForm: Bool) throws(Query.Refused)
        -> UploadPlan
    {
        let query = try Query(head, known: ["job", "name", "round", "from"])
        let sender = try sender(asker, query)
        if let refusal = node.notary.refusalOfUpload(from: sender) { throw Query.Refused(refusal) }
        if node.disk.isKnownToLackRoom(for: head.contentLength ?? 0) {
            throw Query.Refused(node.notary.noRoom)
        }
        let number = try query.integer("round", 1...Int64(Round.limit)) ?? 1
        return UploadPlan(
            target: .attachment(try query.required("job"), Round(Int(number)) ?? .first, sender: sender),
            name: try name(in: query, isForm: isForm),
            refusal: { [self] in
                guard case .nodes = asker, case .refused(let answer) = confirm([sender], head.peer) else {
                    return nil
                }
                return answer
            },
            length: head.contentLength ?? 0,
            share: try room(for: min(head.contentLength ?? 0, Self.pieces), of: asker),
            caller: { .node(sender) }
        )
    }

    private func name(in query: Query, isForm: Bool) throws(Query.Refused) -> AttachmentName? {
        try isForm ? query.name("name") : query.required("name")
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
