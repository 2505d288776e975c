import RelayCore
import RelayLedger
import RelaySeal
import RelayWire
import TestSupport
import Testing

@testable import RelayBus

/// A job at main, from its order to its last task.
enum Closing {
    /// Orders the job at main and gives its story.
    static func order(at node: Node, job: String = Sample.job) throws -> Story {
        var story = Story(at: node, job: job)
        try node.upload("brief.md", story.content["brief.md"] ?? "", from: "main", job: job)
        let request = OrderRequest(job: Sample.name(job), attachments: story.files(["brief.md"]))
        let answer = try node.ask(.order(request))
        let envelopes = try node.ledger.read { (reader) throws(LedgerError) in
            try reader.orders(of: Sample.name(job))
        }
        guard answer.status == 202, let envelope = envelopes.last else { throw Missing(what: "an order") }
        story.order = try Order(in: envelope)
        return story
    }

    /// The same, with the last task claimed and its files in their places.
    static func claimed(at node: Node) throws -> (story: Story, claim: Claim) {
        let story = try order(at: node)
        let answer = try story.deliver("main", to: node)
        guard answer.status == 202 else { throw Missing(what: "the last task: \(answer.outcome)") }
        try node.follow(answer)
        return (story, try node.claimed())
    }
}

extension Node {
    /// Reads what lies there and asks for the closeout, as the bus does.
    func close(_ claim: Claim, by process: ProcessIdentity? = consumer) throws -> Answer {
        let inventory = try inventory(of: claim.task)
        return try ask(.closeout(CloseoutRequest(claim: claim)), by: process, inventory: inventory)
    }
}

extension Node {
    /// What lies there for the last task, as the bus reads it for a closeout.
    func inventory(of task: TaskID) throws -> Inventory {
        let notary = notary
        return notary.inventory(
            of: try ledger.read { (reader) throws(LedgerError) in try notary.evidence(of: task, &reader) }
        )
    }
}

/// Main closes a job only when the evidence holds.
@Suite struct CloseoutTests {
    private static let task = "weekly-brief.main.1"

    private func report(_ node: Node) throws -> JSON {
        let bytes = try node.ledger.read { (reader) throws(LedgerError) in
            try reader.closeout(of: Sample.name(Sample.job))?.record
        }
        guard let bytes else { throw Missing(what: "closeout.json") }
        return try JSON(parsing: bytes)
    }

    @Test func aJobWhoseEvidenceHoldsIsClosedAndEverybodyIsTold() throws {
        let node = try Node("main")
        let (story, claim) = try Closing.claimed(at: node)
        let first = try node.due()
        let receipt = Receipt(task: story.task("nano"), digest: Digest.of(first.document), seq: 1)
        try node.ask(.handedOn(HandedOnRequest(delivery: first.id, receipt: receipt)))
        let answer = try node.close(claim)
        #expect(answer.outcome == "200" && answer.body["state"]?.stringValue == "closed")
        #expect(try node.task(Self.task).state == .settled)
        #expect(try node.job().state == .closed)
        let told = try (0..<3).map { _ in try node.due() }
        #expect(told.map(\.to.rawValue) == ["jp", "nano", "sg"])
        for due in told {
            guard case .control(let document) = try TaskDocument(parsing: due.document) else {
                throw Missing(what: "a control document")
            }
            let statement = try ControlStatement(in: document.statement)
            #expect(statement.agrees(with: document) && document.kind == .close)
            #expect(statement.receipt == (try node.task(Self.task).receipt))
        }
        let report = try report(node)
        #expect(report["state"]?.stringValue == "closed" && report["waivers"]?.elements.isEmpty == true)
        let answers = ["evidence", "responsible", "states_known", "intermediate_files", "blocked", "clean"]
        #expect(answers.allSatisfy { report["answers"]?[$0]?.stringValue != nil })
        #expect(report["files"]?.elements.count == 4 && report["stages"]?.elements.count == 3)
        try node.follow(answer)
        #expect(node.text("archive/weekly-brief/closeout.json") == report.text)
        for name in [
            "jp-final.txt", "sg-review.md", "link-nano-1.dsse.json", "order-1.dsse.json", "fleet.json",
        ] {
            #expect(node.text("archive/weekly-brief/\(name)") != nil, "\(name)")
        }
    }

    @Test func aClosedJobIsClosedOnce() throws {
        let node = try Node("main")
        let (story, claim) = try Closing.claimed(at: node)
        _ = try node.close(claim)
        let seq = try node.seq
        #expect(try node.close(claim).outcome == "409 illegal-transition")
        #expect(try node.seq == seq)
        #expect(try story.deliver("main", to: node).outcome == "200")
    }

    /// What happens to one file, and the code of the reason.
    @Test(arguments: ["flipped", "longer", "empty", "missing", "link"])
    func aFileThatIsNotWhatWasSignedBlocksTheJob(damage: String) throws {
        let node = try Node("main")
        let (story, claim) = try Closing.claimed(at: node)
        let path = "artifacts/weekly-brief/sg-review.md"
        let right = story.content["sg-review.md"] ?? ""
        switch damage {
        case "flipped": try node.overwrite(path, "#" + " Bccepted\n\n# Rejected\n")
        case "longer": try node.overwrite(path, right + "\n")
        case "empty": try node.overwrite(path, "")
        case "link": try node.link(path, to: "artifacts/weekly-brief/jp-final.txt")
        default: try node.remove(path)
        }
        let answer = try node.close(claim)
        #expect(answer.outcome == "200" && answer.body["state"]?.stringValue == "blocked")
        #expect(answer.body["reason"]?["code"]?.stringValue == "attachment-damaged")
        #expect(try node.task(Self.task).state == .blocked)
        #expect(try node.job().state == .blocked)
        #expect(throws: Missing.self) { try report(node) }
        guard damage != "link" else { return }
        #expect(try node.upload("sg-review.md", right, from: "jp").outcome == "200")
        #expect(node.text(path) == right)
        #expect(try node.close(try node.claimed()).body["state"]?.stringValue == "closed")
        #expect(try report(node)["answers"]?["blocked"]?.stringValue?.hasPrefix("yes, and recovered") == true)
    }

    @Test func aBrokenContractBlocksTheJob() throws {
        let node = try Node("main")
        let (_, claim) = try Closing.claimed(at: node)
        let honest = try node.inventory(of: claim.task)
        #expect(honest.damage == nil && honest.files.count == 4)
        let lacking = Inventory(files: Array(honest.files.dropFirst()), damage: nil)
        let answer = try node.ask(.closeout(CloseoutRequest(claim: claim)), inventory: lacking)
        #expect(answer.body["reason"]?["code"]?.stringValue == "contract-broken")
        #expect(try node.job().state == .blocked)
    }

    @Test func whatNobodySeesInATextIsShownInTheRecord() throws {
        let node = try Node("main")
        var story = try Closing.order(at: node)
        story.content["jp-final.txt"] = "pay \u{202E}001$ and \u{200B}\u{1B}[31m\n"
        let answer = try story.deliver("main", to: node)
        try node.follow(answer)
        #expect(try node.close(try node.claimed()).body["state"]?.stringValue == "closed")
        let evidence = try report(node)["answers"]?["evidence"]?.stringValue
        let found =
            "1 bidirectional, the first at byte 4, 1 control, the first at byte 19, 1 zero-width, the first at byte 16"
        #expect(
            evidence?.hasSuffix("; hidden characters in jp-final.txt: \(found)") == true,
            "\(evidence ?? "")"
        )
    }

    @Test func manyFaultsAreToldWithoutSpoilingTheJob() throws {
        let node = try Node("main")
        let (_, claim) = try Closing.claimed(at: node)
        let name: AttachmentName = Sample.name("jp-final.txt")
        let damaged = Array(repeating: (name: name, what: String(repeating: "x", count: 200)), count: 64)
        let faults = Inventory(files: [], damage: Notary.damage(damaged))
        #expect(try node.ask(.closeout(CloseoutRequest(claim: claim)), inventory: faults).outcome == "200")
        #expect(try node.task(Self.task).state == .blocked)
        #expect(try node.job().reason?.code == "attachment-damaged")
    }

    @Test func withoutAnInventoryNothingIsClosed() throws {
        let node = try Node("main")
        let (_, claim) = try Closing.claimed(at: node)
        let answer = try node.ask(.closeout(CloseoutRequest(claim: claim)), inventory: nil)
        #expect(answer.body["state"]?.stringValue == "blocked")
    }

    @Test func onlyTheHolderOfMainsLastTaskMayAsk() throws {
        let node = try Node("main")
        let (_, claim) = try Closing.claimed(at: node)
        #expect(try node.close(claim, by: Node.another).outcome == "403 not-the-holder")
        let stale = Claim(task: claim.task, epoch: 7)
        #expect(try node.close(stale).outcome == "409 stale-epoch")
        let other = try Node("sg")
        try Story(at: other).deliver("sg", to: other)
        #expect(try other.close(try other.claimed()).outcome == "409 illegal-transition")
    }

    @Test func aCancelledJobIsNotClosed() throws {
        let node = try Node("main")
        let (_, claim) = try Closing.claimed(at: node)
        let control = ControlRequest(control: .cancel, job: Sample.name(Sample.job))
        #expect(try node.ask(.control(control)).outcome == "202")
        #expect(try node.job().state == .cancelled)
        #expect(try node.close(claim).outcome == "409 job-ended")
        #expect(try node.ask(.control(control)).outcome == "409 job-ended")
    }

    @Test(arguments: [(10, true), (7 * 86_400 + 10, false)])
    func theRecordSaysWhetherTheDeadlineWasKept(seconds: Int, isWithin: Bool) throws {
        let node = try Node("main")
        let (_, claim) = try Closing.claimed(at: node)
        node.clock.advance(by: .seconds(seconds))
        #expect(try node.close(claim).body["state"]?.stringValue == "closed")
        let clean = try #require(try report(node)["answers"]?["clean"]?.stringValue)
        #expect(clean.contains("within the deadline") == isWithin, "\(clean)")
    }

    /// What the job was ordered with is part of its bundle.
    @Test func aDamagedInputOfTheJobBlocksTheCloseUntilItIsThereAgain() throws {
        let node = try Node("main")
        let (story, claim) = try Closing.claimed(at: node)
        node.recover()
        try node.overwrite("inbox/weekly-brief.1.brief.md", "other")
        let answer = try node.close(claim)
        #expect(answer.body["state"]?.stringValue == "blocked")
        #expect(try node.task(Self.task).reason?.expected == ["brief.md"])
        #expect(try node.job().reason?.text.contains(Sample.digest("other").labelled) == true)
        let brief = story.content["brief.md"] ?? ""
        #expect(try node.upload("brief.md", brief, from: "nano").outcome == "200")
        #expect(try node.job().state == .open)
        #expect(try node.close(try node.claimed()).body["state"]?.stringValue == "closed")
    }

    @Test func theContractOfEachStageIsNeededForTheBundle() throws {
        let node = try Node("main")
        let (_, claim) = try Closing.claimed(at: node)
        let contracts = node.scratch.path("contracts")
        for stage in ["nano", "sg", "jp", "main"] {
            let text = try Files.readText("\(repositoryRoot)/contracts/\(stage).json")
            let other = stage == "nano" ? text.replacing("\"version\": 1", with: "\"version\": 2") : text
            try Files.write(other, to: "\(contracts)/\(stage).json")
        }
        let role = try Files.readText(node.scratch.path("node.json"))
        let moved = role.replacing("\(repositoryRoot)/contracts", with: "contracts")
        try Files.write(moved, to: node.scratch.path("moved.json"))
        let notary = Notary(
            configuration: try NodeConfiguration(path: node.scratch.path("moved.json"), digest: Digest.of),
            depot: node.depot,
            key: TestKeys.key(of: "main"),
            isAlive: { _ in true },
            random: { 0 },
            hasRoom: { true }
        )
        let request = LocalRequest(
            instance: "a",
            request: "b",
            body: .closeout(CloseoutRequest(claim: claim))
        )
        let inventory = try node.inventory(of: claim.task)
        let caller = LocalCaller(role: .operator, process: Node.consumer)
        let answer = try node.commit { (writer) throws(LedgerError) in
            try notary.answer(request, digest: Digest.of([]), inventory: inventory, from: caller, in: &writer)
        }
        #expect(answer.body["reason"]?["code"]?.stringValue == "contract-unknown")
    }
}
