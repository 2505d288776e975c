import RelayClient
import RelayCore
import RelaySeal
import RelayWire

/// Carries one due delivery to its node: the document, and the files that the node says it lacks.
struct Delivery {
    /// What came of it.
    enum Outcome: Hashable {
        /// The node has it.
        case received(Receipt)
        /// It has not, or it is not known.
        case failed(AttemptRequest)
        /// This side cut the exchange off; it is as if nothing had happened.
        case cutOff
    }

    private let due: DueDelivery
    private let sender: NodeName?
    private let transport: any Transport
    private let destination: Destination
    /// What the node answered last.
    private(set) var answer: ClientResponse?

    /// Fails without a numeric address; `sender` is the own node where nodes share one and must be told apart.
    init?(_ due: DueDelivery, localAddress: String?, sender: NodeName?, transport: any Transport) {
        guard let address = SocketAddress(due.address) else { return nil }
        self.due = due
        self.sender = sender
        self.transport = transport
        destination = .tcp(host: address.host, port: address.port, localAddress: localAddress)
    }

    /// Posts the document, uploads what is missing, and posts it again; without a document all files are uploaded.
    mutating func carry() -> Outcome {
        do throws(ClientError) {
            guard !due.document.isEmpty else { return try uploadAll() }
            var response = try post()
            if response.status == 422, let missing = Self.missing(in: response) {
                var seq: Int64 = 0
                if let failure = try upload(missing, lastEvent: &seq) { return failure }
                response = try post()
            }
            return outcome(of: response)
        } catch {
            guard error != .cancelled else { return .cutOff }
            return failed(error.description)
        }
    }

    private mutating func post() throws(ClientError) -> ClientResponse {
        let request = ClientRequest(
            method: .post,
            target: "/task",
            body: .bytes(due.document, type: "application/json")
        )
        let response = try transport.send(request, to: destination)
        answer = response
        return response
    }

    private func outcome(of response: ClientResponse) -> Outcome {
        guard response.status == 200 || response.status == 202 else {
            return refused(response, "the document")
        }
        do throws(WireError) {
            let receipt = try Receipt(parsing: response.body)
            let sent = Digest.of(due.document)
            guard receipt.digest == sent else {
                let text =
                    "\(due.to) gave a receipt for \(receipt.digest.labelled), sent was \(sent.labelled)"
                return failed(text, problem: "receipt-mismatch")
            }
            return .received(receipt)
        } catch {
            return failed(
                "\(due.to) gave a receipt that cannot be read: \(error)",
                problem: "receipt-unreadable"
            )
        }
    }

    /// The names that a 422 `attachments-missing` lists; `nil` for any other answer.
    private static func missing(in response: ClientResponse) -> Set<String>? {
        let refusal = BusRefusal(response)
        guard refusal.code == "attachments-missing",
            let listed = refusal.members.first(where: { $0.name == "missing" })
        else { return nil }
        return Set(listed.value.elements.compactMap { $0.stringValue ?? $0["name"]?.stringValue })
    }

    /// The receipt of a delivery without a document has the digest of nothing and the event of the last file.
    private func uploadAll() throws(ClientError) -> Outcome {
        var seq: Int64 = 1
        if let failure = try upload(Set(due.files.map(\.file.name.rawValue)), lastEvent: &seq) {
            return failure
        }
        return .received(Receipt(task: nil, digest: Digest.of(due.document), seq: seq))
    }

    /// Uploads the missing files; gives the outcome when that fails.
    private func upload(_ missing: Set<String>, lastEvent: inout Int64) throws(ClientError) -> Outcome? {
        let known = Set(due.files.map(\.file.name.rawValue))
        guard missing.isSubset(of: known), !missing.isEmpty else {
            let strangers = missing.subtracting(known).sorted().joined(separator: ", ")
            return failed(
                "\(due.to) lacks files that are not here: \(strangers)",
                422,
                problem: "attachments-missing"
            )
        }
        for file in due.files where missing.contains(file.file.name.rawValue) {
            let opened: CheckedFile
            do throws(ConsumerError) {
                opened = try Self.verified(file)
            } catch {
                // The bus looks at the file itself: a passing failure to read it is told apart there.
                return failed("\(error)", problem: "attachment-damaged")
            }
            let origin = sender.map { "&from=\($0)" } ?? ""
            let query = "job=\(due.job)&name=\(file.file.name)&round=\(due.round)" + origin
            let request = BusClient.upload(opened, query: query, digest: file.file.digest)
            let response = try transport.send(request, to: destination)
            guard response.status == 200 || response.status == 201 else {
                return refused(response, "the file \(file.file.name)")
            }
            // The event is for the record only: an answer without one is as good.
            if let seq = (try? JSON(parsing: response.body))?["seq"]?.integerValue { lastEvent = seq }
        }
        return nil
    }

    /// The open file, whose bytes have just been found to be the ones named.
    private static func verified(_ file: LocatedFile) throws(ConsumerError) -> CheckedFile {
        let opened = try CheckedFile(at: file.path)
        let digest = try opened.digest()
        guard opened.size == file.file.size, digest == file.file.digest else {
            throw .damaged(
                name: file.file.name.rawValue,
                expected: "\(file.file.size) bytes with \(file.file.digest.labelled)",
                found: "\(opened.size) bytes with \(digest.labelled)"
            )
        }
        return opened
    }

    private func refused(_ response: ClientResponse, _ what: String) -> Outcome {
        let refusal = BusRefusal(response)
        // The members of the problem document say what was expected: whoever looks here must not have to ask there.
        let members = refusal.members.isEmpty ? "" : " \(JSON.object(refusal.members).text)"
        return failed(
            "\(due.to) refused \(what): \(refusal)\(members)",
            response.status,
            problem: refusal.code.isEmpty ? nil : refusal.code,
            retryAfter: refusal.retryAfter
        )
    }

    private func failed(
        _ text: String,
        _ status: Int? = nil,
        problem: String? = nil,
        retryAfter: Duration? = nil
    ) -> Outcome {
        .failed(
            AttemptRequest(
                delivery: due.id,
                status: status.map(Int64.init),
                problem: problem.map { PlainText.clipped($0, atMost: 64) },
                error: PlainText.clipped(text, atMost: 3500),
                retryAfterSeconds: retryAfter?.components.seconds
            )
        )
    }
}
