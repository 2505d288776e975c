import RelayCore
import RelaySeal
import RelayWire
import TestSupport

/// The test in the place of a node's consumer: it claims, makes and hands on by requests of its own.
///
/// Claims belong to the process of the test, so a consumer of the node gets none of them while the test runs.
struct ByHand {
    let fleet: Fleet
    let station: Station
    let job: String

    /// A request of the test, under an id that is given or new.
    func ask(_ body: LocalRequest.Body, request: String? = nil) async throws -> Answer {
        try await fleet.post(bytes(of: body, request: request), fleet.socket(of: station))
    }

    /// The bytes of a request.
    func bytes(of body: LocalRequest.Body, request: String? = nil) -> [UInt8] {
        let id = request ?? String(UInt64.random(in: .min ... .max), radix: 16)
        return LocalRequest(instance: "test", request: id, body: body).json.encoded
    }

    /// The document that the bus gave with a task.
    var document: [UInt8] {
        get async throws {
            let path = "\(fleet.files.data(station))/inbox/\(station.task(of: job)).json"
            // The file follows the answer.
            try await fleet.eventually("\(path)") { Files.exists(path) }
            return try Files.read(path)
        }
    }

    /// The files that a stage's contract wants, with short contents.
    static func products(of station: Station) -> [(name: String, text: String)] {
        switch station {
        case .nano:
            [("candidate-list.md", "# Candidates\n\n- one\n"), ("de-raw-output.txt", "raw text\n")]
        case .sg: [("sg-review.md", "# Accepted\n\n- one\n\n# Rejected\n")]
        case .jp: [("jp-final.txt", "The answer.\n")]
        case .main: []
        }
    }

    /// Orders the job at main with a short brief.
    func order() async throws { try await Ordering(socket: fleet.socket(of: station)).order(job) }

    /// Claims the task of this node in the job.
    func claim(by holder: Holder = .consumer) async throws -> ClaimedTask {
        let id = TaskID(rawValue: station.task(of: job))
        let answer = try await ask(.claim(ClaimRequest(task: id, by: holder)))
        return try ClaimedTask(json: answer.json, at: "claim")
    }

    /// Uploads one output of a claim.
    func upload(_ name: String, _ bytes: [UInt8], of claim: Claim) async throws -> Answer {
        try await Exchange(
            way: fleet.socket(of: station),
            method: "POST",
            target: "/upload?task=\(claim.task)&epoch=\(claim.epoch)&name=\(name)",
            body: bytes
        ).send()
    }

    /// What `produced` says after `products` were uploaded.
    func produced(_ claim: Claim) throws -> LocalRequest.Body {
        let outputs = try Self.products(of: station).map { try Self.attachment($0.name, Array($0.text.utf8)) }
        return .produced(ProducedRequest(claim: claim, outputs: outputs, processor: "test"))
    }

    /// Claims the task and makes its files.
    func produce() async throws {
        let claim = try await claim().claim
        for (name, text) in Self.products(of: station) {
            let answer = try await upload(name, Array(text.utf8), of: claim)
            guard answer.status == 201 else { throw WaitFailure("upload of \(name): \(answer)") }
        }
        let answer = try await ask(produced(claim))
        guard answer["state"] == "produced" else { throw WaitFailure("produced: \(answer)") }
    }

    /// Takes the delivery that is due.
    func deliver() async throws -> DueDelivery {
        try DueDelivery(json: try await ask(.deliver(DeliverRequest(waitSeconds: 10))).json, at: "deliver")
    }

    /// Uploads the files of a delivery to its node and posts its document.
    func carry(_ due: DueDelivery) async throws -> Answer {
        guard let recipient = Station(rawValue: due.to.rawValue) else {
            throw WaitFailure("a delivery to \(due.to)")
        }
        for file in due.files {
            let bytes = try Files.read(file.path)
            let name = file.file.name.rawValue
            let answer = try await fleet.upload(bytes, name, of: job, to: recipient, as: station)
            guard answer.status == 201 || answer.status == 200 else {
                throw WaitFailure("upload of \(name): \(answer)")
            }
        }
        return try await fleet.post(due.document, to: recipient, as: station)
    }

    /// Delivers what is due and tells the receipt.
    func handOn() async throws {
        let due = try await deliver()
        let receipt = try Receipt(json: try await carry(due).json, at: "receipt")
        let answer = try await ask(.handedOn(HandedOnRequest(delivery: due.id, receipt: receipt)))
        guard answer.status == 200 else { throw WaitFailure("handed-on: \(answer)") }
    }

    /// A file as documents name it.
    static func attachment(_ name: String, _ bytes: [UInt8]) throws -> Attachment {
        guard let checked = AttachmentName(rawValue: name) else { throw WaitFailure("the name \(name)") }
        return Attachment(name: checked, size: Int64(bytes.count), digest: Digest.of(bytes))
    }
}

extension RelayDocument {
    /// The same document with some fields changed.
    func changed(
        task: TaskID? = nil,
        from: Station? = nil,
        to: Station? = nil,
        attachments: [Attachment]? = nil,
        evidence: [Envelope]? = nil,
        traceparent: String? = nil
    ) -> RelayDocument {
        RelayDocument(
            task: task ?? self.task,
            from: from.flatMap { NodeName(rawValue: $0.rawValue) } ?? self.from,
            to: to.flatMap { NodeName(rawValue: $0.rawValue) } ?? self.to,
            contract: contract,
            attachments: attachments ?? self.attachments,
            order: order,
            evidence: evidence ?? self.evidence,
            traceparent: traceparent ?? self.traceparent
        )
    }

    /// The relay in `bytes`.
    init(readFrom bytes: [UInt8]) throws {
        guard case .relay(let document) = try TaskDocument(parsing: bytes) else {
            throw WaitFailure("no relay: \(String(decoding: bytes, as: UTF8.self))")
        }
        self = document
    }
}
