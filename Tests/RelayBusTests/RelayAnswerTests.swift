import RelayCore
import RelayLedger
import RelaySeal
import RelayWire
import TestSupport
import Testing

@testable import RelayBus

/// A document for sg with faults, and what is wrong around it.
struct Draft {
    var isKnown = false
    var from = "nano"
    var to = "sg"
    var job = Sample.job
    var isCancelled = false
    var cancelled: Round?
    var hasRoom = true
    var deadline = Duration.seconds(3600)
    var contract: Digest?
    var attachments: [String: String] = [:]
    var notUploaded: Set<String> = []
    var candidates = "# Candidates\n\n- one\n"
    var evidence: @Sendable ([Link]) -> [Envelope] = { $0.map(\.sealed) }

    /// Puts the node into the draft's state and gives the document.
    func prepare(_ node: Node) throws -> RelayDocument {
        var story = Story(at: node, job: job)
        if isKnown { try story.deliver("sg", to: node) }
        story.content["candidate-list.md"] = candidates
        let issued = story.order
        story.order = Order(
            job: issued.job,
            round: issued.round,
            stage: issued.stage,
            route: issued.route,
            contracts: issued.contracts,
            inputs: issued.inputs,
            issued: issued.issued,
            deadline: issued.issued.advanced(by: deadline),
            previous: nil
        )
        let names = (Story.takes["sg"] ?? []).map { ($0, attachments[$0] ?? $0) }
        for (name, sent) in names where !notUploaded.contains(name) && !isKnown {
            try node.upload(sent, story.content[name] ?? "", from: from, job: job)
        }
        if isCancelled { try node.send(story.word(.cancel, round: cancelled)) }
        node.machine.hasRoom = hasRoom
        let honest = story.document("sg")
        return RelayDocument(
            task: honest.task,
            from: Sample.name(from),
            to: Sample.name(to),
            contract: contract ?? honest.contract,
            attachments: names.map { Sample.attachment($0.1, story.content[$0.0] ?? "") },
            order: honest.order,
            evidence: evidence(story.links(before: "sg")),
            traceparent: isKnown ? "another" : nil
        )
    }
}

/// One fault, in the order in which the faults are looked for.
struct Fault: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let rank: Int
    let outcome: String
    let make: @Sendable (inout Draft) -> Void

    init(_ rank: Int, _ name: String, _ outcome: String, _ make: @escaping @Sendable (inout Draft) -> Void) {
        testDescription = name
        self.rank = rank
        self.outcome = outcome
        self.make = make
    }

    static let all = [
        Fault(1, "the same task with other bytes", "409 task-conflict") { $0.isKnown = true },
        Fault(2, "for another node", "403 not-for-this-node") { $0.to = "jp" },
        Fault(2, "from a node that is not accepted", "403 not-accepted") { $0.from = "jp" },
        Fault(3, "of a job that was cancelled", "409 job-ended") { $0.isCancelled = true },
        Fault(3, "of a round that was cancelled", "409 superseded") {
            $0.isCancelled = true
            $0.cancelled = .first
        },
        Fault(4, "without room on the disk", "507 no-room") { $0.hasRoom = false },
        Fault(5, "under an order that has expired", "403 order-invalid") { $0.deadline = .zero },
        Fault(6, "under another contract", "409 contract-mismatch") {
            $0.contract = Sample.digest("contract")
        },
        Fault(7, "with a wrong name", "422 contract-broken") {
            $0.attachments["candidate-list.md"] = "candidates.md"
        },
        Fault(8, "with a file that was not uploaded", "422 attachments-missing") {
            $0.notUploaded = ["de-raw-output.txt"]
        },
        Fault(9, "with a file that breaks the contract", "422 contract-broken") {
            $0.candidates = "# Others\n"
        },
        Fault(10, "with links that do not hold", "422 evidence-invalid") { draft in
            draft.evidence = { links in
                links.map { link in
                    let forged = Statement(
                        subject: [.init(Sample.attachment("candidate-list.md", "forged"))],
                        predicateType: Link.predicateType,
                        predicate: link.statement.predicate
                    )
                    return forged.unsigned
                }
            }
        },
        Fault(10, "with links that cannot be read", "422 evidence-invalid") { draft in
            draft.evidence = { _ in
                [Envelope(payloadType: Envelope.inTotoType, payload: Array("{}".utf8), signatures: [])]
            }
        },
        Fault(10, "without links", "422 evidence-invalid") { $0.evidence = { _ in [] } },
    ]
}

/// Every answer to a relay document, in the order of the checks.
@Suite struct RelayAnswerTests {
    private func outcome(_ faults: [Fault], at node: Node, _ job: String = Sample.job) throws -> String {
        var draft = Draft()
        draft.job = job
        for fault in faults { fault.make(&draft) }
        node.machine.hasRoom = true
        let document = try draft.prepare(node)
        let before = try node.seq
        let answer = try node.send(document)
        #expect(try node.seq == before, "a refusal wrote something")
        return answer.outcome
    }

    @Test func aFaultIsRefusedByItsName() throws {
        let node = try Node("sg")
        for (index, fault) in Fault.all.enumerated() {
            #expect(
                try outcome([fault], at: node, "job-\(index)") == fault.outcome,
                "\(fault.testDescription)"
            )
        }
    }

    @Test func ofTwoFaultsTheFirstAnswers() throws {
        let node = try Node("sg")
        for (index, first) in Fault.all.enumerated() {
            for (number, second) in Fault.all.enumerated() where second.rank > first.rank {
                let what = "\(first.testDescription), \(second.testDescription)"
                let outcome = try outcome([second, first], at: node, "job-\(index)-\(number)")
                #expect(outcome == first.outcome, "\(what)")
            }
        }
    }

    @Test func aDocumentIsStoredOnceAndItsReceiptRepeated() throws {
        let node = try Node("sg")
        let story = Story(at: node)
        let answer = try story.deliver("sg", to: node)
        #expect(answer.outcome == "202")
        let bytes = story.document("sg").json.encoded
        let receipt = Receipt(task: story.task("sg"), digest: Digest.of(bytes), seq: try node.seq)
        #expect(answer.body == receipt.json)
        #expect(answer.effects == [.show(story.task("sg"))] && answer.wakes == .claims)
        for _ in 0..<2 {
            let again = try node.send(bytes)
            #expect(again.outcome == "200" && again.body == receipt.json(isDuplicate: true))
        }
        try node.follow(answer)
        #expect(node.text("inbox/\(story.task("sg")).json") == String(decoding: bytes, as: UTF8.self))
        #expect(node.text("inbox/weekly-brief.1.candidate-list.md") == story.content["candidate-list.md"])
        #expect(try node.task("weekly-brief.sg.1").state == .stored)
    }

    @Test func theSameDocumentGetsItsReceiptWhateverBecameOfTheJob() throws {
        let node = try Node("sg")
        let story = Story(at: node)
        try story.deliver("sg", to: node)
        try node.follow(try node.send(story.word(.cancel)))
        node.machine.hasRoom = false
        node.clock.advance(by: .seconds(7200))
        #expect(try node.send(story.document("sg")).outcome == "200")
        #expect(try node.task("weekly-brief.sg.1").state == .cancelled)
    }

    @Test func theMissingNamesAreListed() throws {
        let node = try Node("sg")
        let story = Story(at: node)
        try node.upload("candidate-list.md", "other bytes", from: "nano")
        let answer = try node.send(story.document("sg"))
        #expect(answer.outcome == "422 attachments-missing")
        #expect(answer.list("missing") == ["candidate-list.md", "de-raw-output.txt"])
    }

    @Test func aTaskBindsOnlyWhatItsSenderUploaded() throws {
        let node = try Node("sg")
        let story = Story(at: node)
        for name in Story.takes["sg"] ?? [] { try node.upload(name, story.content[name] ?? "", from: "main") }
        #expect(try node.send(story.document("sg")).outcome == "422 attachments-missing")
        try story.upload("sg", to: node)
        #expect(try node.send(story.document("sg")).outcome == "202")
    }

    @Test func theViolationsNameWhatWasExpected() throws {
        let node = try Node("sg")
        var draft = Draft()
        draft.attachments["candidate-list.md"] = "candidate_list.md"
        let answer = try node.send(try draft.prepare(node))
        let rules = answer.body["violations"]?.elements.compactMap { $0["rule"]?.stringValue } ?? []
        #expect(rules.sorted() == ["missing", "unexpected-name"])
        #expect(
            answer.body["violations"]?.elements.compactMap { $0["suggestion"]?.stringValue }.isEmpty == false
        )
    }

    @Test func theContractsInForceAreListed() throws {
        let node = try Node("sg")
        var draft = Draft()
        draft.contract = Sample.digest("contract")
        let answer = try node.send(try draft.prepare(node))
        #expect(answer.list("expected") == [node.configuration.current[Sample.name("sg")]?.labelled])
        #expect(answer.body["got"]?.stringValue == Sample.digest("contract").labelled)
    }

    @Test func tooManyTasksAreRefusedUntilSomeEnd() throws {
        let node = try Node("sg", limits: #"{"inbox_tasks": 2}"#)
        let stories = ["a", "b", "c"].map { Story(at: node, job: $0) }
        try stories[2].upload("sg", to: node)
        for story in stories.prefix(2) { #expect(try story.deliver("sg", to: node).outcome == "202") }
        let refused = try node.send(stories[2].document("sg"))
        #expect(refused.outcome == "429 too-many-tasks" && refused.retryAfter != nil)
        #expect(try node.send(stories[0].word(.cancel)).outcome == "202")
        #expect(try node.send(stories[2].document("sg")).outcome == "202")
    }

    @Test func mainTakesOnlyOrdersThatItIssued() throws {
        let node = try Node("main")
        let story = Story(at: node)
        #expect(try story.deliver("main", to: node).outcome == "403 order-invalid")
    }
}
