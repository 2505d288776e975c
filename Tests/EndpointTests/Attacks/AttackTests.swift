import RelayCore
import RelaySeal
import RelayWire
import TestSupport
import Testing

/// What an attacker tries, over real sockets: each attempt is refused as the table says and leaves nothing behind.
@Suite(.timeLimit(.minutes(10))) struct AttackTests {
    /// A job that sg works on when it is attacked.
    static let liveJob = "live-1"

    /// Rows about letters that look like others, or that are none.
    private static let letters = [
        "a slash with an accent", "a full-width slash", "an overlong slash", "an overlong dot",
        "an overlong NUL",
        "a lone byte", "half of a surrogate pair", "composed (NFC)", "decomposed (NFD)", "the Kelvin sign",
        "a direction mark", "a zero-width blank",
    ].map { "a name: \($0)" }

    private static let files: [Attack] =
        Attack.of(.unicode, UploadTests.names.filter { letters.contains($0.what) })
        + Attack.of(.pathTraversal, UploadTests.names.filter { $0.isRefused && !letters.contains($0.what) })
        + Attack.of(.pathTraversal, MultipartTests.fileNames)
        + Attack.of(.pathTraversal, PathTests.paths)
        + Attack.of(.smuggling, MultipartTests.types + MultipartTests.frames + MultipartTests.heads)
        + Attack.of(.oversize, UploadTests.parameters, "more than the limit")
        + Attack.of(.oversize, UploadTests.digests.filter(\.isRefused))

    private static let documents: [Attack] =
        Attack.of(.hostileJSON, DocumentTests.syntax)
        + Attack.of(.hostileJSON, DocumentTests.fields.filter { $0.answer == .problem(400, "malformed") })

    /// Those that are tried at sg.
    static let atSG =
        OrderAttacks.all + ControlAttacks.all + SenderAttacks.all + WireAttacks.all + files + documents
    static let count =
        atSG.count + LinkAttacks.all.count + ControlAttacks.after.count + LinkAttacks.swapped.count

    @Test func nothingIsTakenThatIsNotOrderedOrNotWellFormed() async throws {
        try await withNode { node in
            try node.upload(RelaySample("attack-1"))
            try node.store(RelaySample(Self.liveJob))
            #expect(Self.atSG.allSatisfy { $0.row.isRefused })
            try node.check(Self.atSG.map(\.row))
            #expect(try node.ask(ControlAttacks.spent.request, from: .main).status == 202)
            try node.check(ControlAttacks.after)
            // All of it was for nothing: sg works on.
            try node.store(RelaySample("attack-1"))
            try node.store(RelaySample("honest-1"))
        }
    }

    @Test func evidenceIsWhatTheNodesBeforeMade() async throws {
        try await withNode(.jp) { node in
            let honest = ChainSample(LinkAttacks.job).sample
            try node.upload(honest, from: .sg)
            #expect(LinkAttacks.all.allSatisfy { $0.row.isRefused })
            try node.check(LinkAttacks.all.map(\.row))
            for (sample, row) in LinkAttacks.swapped {
                try node.upload(sample, from: .sg)
                try node.check([row])
            }
            #expect(try node.ask(honest.request, from: .sg).status == 202)
            try await checkReplays(of: honest, at: node)
        }
    }

    /// The same document again, and another one under its id: now, after a restart, and once it has ended.
    private func checkReplays(of sample: RelaySample, at node: TestNode) async throws {
        let forged = Request.task(sample.json.with("traceparent", "00").encoded)
        for when in ["now", "after a restart", "after a cancel"] {
            switch when {
            case "after a restart":
                try await node.stop()
                try await node.startAgain()
            case "after a cancel":
                let cancel = ControlSample(.cancel, sample.job) { $0.to = "jp" }
                #expect(try node.ask(cancel.request, from: .main).status == 202)
            default: break
            }
            try node.waitForProjections()
            try node.check([
                Row(
                    "the document again \(when)",
                    sample.request,
                    from: .sg,
                    .success(200),
                    says: "duplicate"
                ),
                Row("another under its id \(when)", forged, from: .sg, .problem(409, "task-conflict")),
                Row(
                    "the document at another sender \(when)",
                    sample.request,
                    from: .nano,
                    .problem(403, "sender-mismatch")
                ),
            ])
        }
    }

    @Test func mainClosesNothingOnTheWordOfOneNode() async throws {
        try await withNode(.main) { node in
            let attacks = MainAttacks(order: try node.order("attack-1"), job: "attack-1")
            let honest = attacks.final()
            try node.upload(honest, from: .jp)
            try node.check(attacks.all.map(\.row))
            #expect(try node.ask(honest.request, from: .jp).status == 202)
        }
    }

    @Test func aCloseOnAnotherDocumentThanTheOneHandedOnIsRefused() async throws {
        try await withNode(.jp) { node in
            let honest = ChainSample("close-1").sample
            try node.upload(honest, from: .sg)
            #expect(try node.ask(honest.request, from: .sg).status == 202)
            try node.finish("close-1.jp.1", "jp-final.txt", Array("final\n".utf8))
            try node.waitForProjections()
            func close(_ digest: Digest, _ answer: Row.Answer) -> Row {
                let word = ControlSample(.close, "close-1") { sample in
                    sample.to = "jp"
                    sample.receipt = Receipt(task: TaskID(rawValue: "close-1.main.1"), digest: digest, seq: 9)
                }
                return Row("a close on \(digest)", word.request, from: .main, answer)
            }
            try node.check([close(.of([3]), .problem(403, "order-invalid"))])
            let delivery = try JSON(parsing: node.ask(.verb("deliver"), from: .local).body)
            let document = try #require(delivery["document"]?.stringValue.flatMap(Base64.decoded))
            let right = close(.of(document), .success(202))
            #expect(try node.ask(right.request, from: .main).status == 202)
        }
    }

    /// With such a key one signature fits every order; `Forgery.neutral` is that one.
    @Test func aKeyOfSmallOrderCannotBeMains() async throws {
        let scratch = try ScratchDirectory()
        try TestFleet(node: .sg, port: 18_102, limits: .object([])).write(to: scratch.path)
        let neutral = Base64.encoded([1] + [UInt8](repeating: 0, count: 31))
        let fleet = try Files.readText(scratch.path("fleet.json"))
        let own = TestKeys.key(of: "main").publicKey.description
        try Files.write(
            fleet.replacing(own, with: "ed25519:\(neutral)"),
            to: scratch.path("fleet.json")
        )
        let node = try SpawnedProcess(try builtProduct("batond"), ["--config", scratch.path("role.json")])
        let ended = try await node.finish(within: .seconds(20))
        #expect(ended.status == .exited(78))
        #expect(ended.errors.contains { $0.contains("nodes.main.keys[0].key") }, "\(ended.errors)")
    }

    @Test func thereAreManyAttacks() {
        let all = Self.atSG + LinkAttacks.all
        #expect(Self.count >= 60)
        #expect(Set(all.map(\.threat)) == Set(Threat.allCases))
        let kinds = Threat.allCases.map { threat in "\(threat) \(all.count { $0.threat == threat })" }
        print("attacks: \(Self.count) rows (\(kinds.joined(separator: ", ")))")
    }
}

extension TestNode {
    /// Has main order `job` with a brief, and gives the order.
    func order(_ job: String) throws -> Envelope {
        let brief = Array("# Brief\n".utf8)
        let inputs = JSON.array(RelaySample.attachments(["brief.md": brief]).map(\.json)).text
        _ = try ask(.upload("brief.md", brief, job: job, round: 1), from: .local)
        let answer = try ask(.verb("order", "\"job\":\"\(job)\",\"attachments\":\(inputs)"), from: .local)
        guard answer.status == 202 else { throw WaitFailure("\(job): \(answer.text)") }
        let delivery = try JSON(parsing: ask(.verb("deliver"), from: .local).body)
        guard let bytes = delivery["document"]?.stringValue.flatMap(Base64.decoded),
            case .relay(let relay) = try TaskDocument(parsing: bytes)
        else { throw WaitFailure("no delivery of \(job)") }
        return relay.order
    }

    /// Claims `task`, uploads its one output, says that it is produced, and waits until it lies where it belongs.
    func finish(_ task: String, _ name: String, _ content: [UInt8]) throws {
        let claim = "\"task\":\"\(task)\",\"epoch\":1"
        let made = JSON.array(RelaySample.attachments([name: content]).map(\.json)).text
        let requests: [Request] = [
            .verb("claim", "\"task\":\"\(task)\""),
            .post("/upload?task=\(task)&epoch=1&name=\(name)", content),
            .verb("produced", "\(claim),\"outputs\":\(made),\"processor\":\"builtin:test\""),
        ]
        for request in requests {
            let answer = try ask(request, from: .local)
            guard [200, 201].contains(answer.status) else { throw WaitFailure("\(task): \(answer.text)") }
        }
        let place = "\(data)/artifacts/\(task.prefix { $0 != "." })/\(name)"
        try wait(for: place) { Files.exists(place) }
    }
}
