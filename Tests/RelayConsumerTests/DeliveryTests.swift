import RelayClient
import RelayCore
import RelaySeal
import RelayWire
import Testing

@testable import RelayConsumer

@Suite struct DeliveryTests {
    let scratch = Scratch()
    let document = Array("{\"baton\":1}".utf8)

    private func due() throws -> DueDelivery {
        let files = try ["a.md", "b.txt"].map { name -> LocatedFile in
            LocatedFile(file: try attachment(name, "text of \(name)"), path: scratch.path + "/" + name)
        }
        for file in files { try scratch.write("text of \(file.file.name)", to: file.file.name.rawValue) }
        return DueDelivery(
            id: 7,
            to: try checked("sg"),
            address: "127.0.0.3:18102",
            job: try checked("job"),
            round: .first,
            document: document,
            files: files,
            attempts: 0
        )
    }

    private func receipt(isDuplicate: Bool = false, of bytes: [UInt8]? = nil) throws -> JSON {
        Receipt(task: try checked("job.sg.1"), digest: Digest.of(bytes ?? document), seq: 5)
            .json(isDuplicate: isDuplicate)
    }

    private func carry(_ script: ScriptedTransport) throws -> Delivery.Outcome? {
        var delivery = try Delivery(due(), localAddress: "127.0.0.2", sender: nil, transport: script)
        return delivery?.carry()
    }

    private func attempt(_ script: ScriptedTransport) throws -> AttemptRequest? {
        guard case .failed(let attempt) = try carry(script) else { return nil }
        return attempt
    }

    private static func missing(_ names: [JSON]) -> ScriptedTransport.Answer {
        .problem(422, "attachments-missing", members: [.init("missing", .array(names))])
    }

    @Test(arguments: [202, 200])
    func anAcceptedDocumentGivesItsReceipt(status: Int) throws {
        let script = ScriptedTransport([.json(status, try receipt(isDuplicate: status == 200))])
        #expect(
            try carry(script) == .received(Receipt(task: checked("job.sg.1"), digest: .of(document), seq: 5))
        )
        #expect(script.seen.map(\.body) == [document])
        let place = Destination.tcp(host: "127.0.0.3", port: 18102, localAddress: "127.0.0.2")
        #expect(script.seen.map(\.destination) == [place])
    }

    @Test(arguments: [JSON.string("b.txt"), .members(["name": "b.txt"])])
    func onlyMissingFilesAreUploadedAndTheDocumentComesAgain(named: JSON) throws {
        let script = ScriptedTransport([
            Self.missing([named]), .json(201, .object([])), .json(202, try receipt()),
        ])
        #expect(
            try carry(script) == .received(Receipt(task: checked("job.sg.1"), digest: .of(document), seq: 5))
        )
        #expect(script.seen.map(\.target) == ["/task", "/upload?job=job&name=b.txt&round=1", "/task"])
        #expect(script.seen[1].body == Array("text of b.txt".utf8))
        let digest = "sha-256=:\(Base64.encoded(Digest.of(Array("text of b.txt".utf8)).bytes)):"
        #expect(script.seen[1].headers.contains { $0.name == "Content-Digest" && $0.value == digest })
    }

    @Test func aSharedAddressNamesTheSender() throws {
        let script = ScriptedTransport([
            Self.missing(["a.md"]), .json(200, .object([])), .json(202, try receipt()),
        ])
        var delivery = try Delivery(due(), localAddress: nil, sender: checked("nano"), transport: script)
        _ = delivery?.carry()
        #expect(script.seen[1].target == "/upload?job=job&name=a.md&round=1&from=nano")
    }

    @Test func aFileMissingTwiceIsAFailedAttempt() throws {
        let script = ScriptedTransport([
            Self.missing(["a.md"]), .json(201, .object([])), Self.missing(["a.md"]),
        ])
        let attempt = try attempt(script)
        #expect(attempt?.status == 422)
        #expect(attempt?.problem == "attachments-missing")
        #expect(script.seen.count == 3)
    }

    @Test func aFileThatIsNotOursCannotBeSent() throws {
        let attempt = try attempt(ScriptedTransport([Self.missing(["a.md", "c.md"])]))
        #expect(attempt?.problem == "attachments-missing")
        #expect(attempt?.error.contains("c.md") == true)
    }

    @Test func aDamagedFileIsNotSent() throws {
        let due = try due()
        try scratch.write("text of x.md", to: "a.md")
        let script = ScriptedTransport([Self.missing(["a.md"])])
        var delivery = Delivery(due, localAddress: nil, sender: nil, transport: script)
        let outcome = delivery?.carry()
        guard case .failed(let attempt) = outcome else {
            Issue.record("\(String(describing: outcome))")
            return
        }
        #expect(attempt.problem == "attachment-damaged")
        #expect(attempt.error.contains("a.md"))
        #expect(script.seen.count == 1)
    }

    @Test func aRefusedUploadIsAFailedAttempt() throws {
        let attempt = try attempt(
            ScriptedTransport([Self.missing(["a.md"]), .problem(409, "name-conflict")])
        )
        #expect(attempt?.status == 409)
        #expect(attempt?.problem == "name-conflict")
        #expect(attempt?.error.contains("a.md") == true)
    }

    @Test(arguments: [(409, "job-ended"), (403, "order-invalid"), (422, "contract-broken"), (404, "")])
    func aRefusalKeepsStatusAndCode(status: Int, code: String) throws {
        let attempt = try attempt(ScriptedTransport([.problem(status, code)]))
        #expect(attempt?.status == Int64(status))
        #expect(attempt?.problem == (code.isEmpty ? nil : code))
        #expect(attempt?.error.contains("Detail") == true)
        #expect(attempt?.retryAfterSeconds == nil)
    }

    @Test(arguments: [("30", 30), ("99999999", 86_400), ("soon", nil), ("-1", nil)])
    func retryAfterIsTakenInSeconds(text: String, seconds: Int64?) throws {
        let headers = [(name: "retry-after", value: text)]
        let attempt = try attempt(ScriptedTransport([.problem(503, "stopping", headers)]))
        #expect(attempt?.status == 503)
        #expect(attempt?.retryAfterSeconds == seconds)
    }

    @Test func aReceiptForOtherBytesIsNoReceipt() throws {
        let attempt = try attempt(ScriptedTransport([.json(202, try receipt(of: [1]))]))
        #expect(attempt?.problem == "receipt-mismatch")
        #expect(attempt?.status == nil)
    }

    @Test func anAnswerThatIsNoReceiptIsAFailedAttempt() throws {
        #expect(try attempt(ScriptedTransport([.json(202, .object([]))]))?.problem == "receipt-unreadable")
    }

    @Test func noConnectionIsAnAttemptWithoutStatus() throws {
        let script = ScriptedTransport([.failure(.cannotConnect("127.0.0.3:18102", reason: "refused"))])
        let attempt = try attempt(script)
        #expect(attempt?.status == nil)
        #expect(attempt?.error.contains("refused") == true)
    }

    @Test func aCutOffDeliveryIsNotReported() throws {
        #expect(try carry(ScriptedTransport([.failure(.cancelled)])) == .cutOff)
    }

    @Test func theLaneReportsUnderOneIdUntilTheBusAnswers() throws {
        let world = quietWorld().world
        let peer = ScriptedTransport([.json(202, try receipt())])
        let bus = ScriptedTransport([
            .lost, .json(200, try due().json), .lost, .problem(503, "stopping"),
            .json(200, .members(["state": "received"])),
        ])
        var lane = DeliveryLane(
            bus: BusClient(script: bus, world: world),
            world: world,
            log: try ConsumerLog(path: nil, isEchoed: false, world: world),
            peers: peer,
            localAddress: nil,
            sender: nil
        )
        #expect(lane.isAtRest)
        for _ in 0..<6 { _ = lane.step() }
        #expect(lane.isAtRest)
        #expect(peer.seen.count == 1)
        let sent = bus.seen.compactMap { $0.json }
        #expect(
            sent.map { $0["kind"]?.stringValue } == [
                "deliver", "deliver", "handed-on", "handed-on", "handed-on",
            ]
        )
        #expect(sent[0] == sent[1])
        #expect(Set(sent[2...]).count == 1)
        #expect(sent[0]["request"] != sent[2]["request"])
    }
}
