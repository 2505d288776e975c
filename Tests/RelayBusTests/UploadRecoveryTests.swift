import RelayCore
import RelayLedger
import RelaySeal
import RelayWire
import TestSupport
import Testing

@testable import RelayBus

/// Uploads that no task has bound, when the node stops in the middle of replacing one or loses one.
@Suite struct UploadRecoveryTests {
    static let path = "inbox/weekly-brief.1.candidate-list.md~nano"

    /// sg with nano's uploads for its task, of which the list is `content` to the ledger.
    private func node() throws -> (node: Node, story: Story) {
        let node = try Node("sg")
        let story = Story(at: node)
        try story.upload("sg", to: node)
        return (node, story)
    }

    private func isSettled(_ node: Node) throws -> Bool {
        let first = try node.fingerprint()
        node.recover()
        return try node.fingerprint() == first
    }

    @Test func aNewerUploadWhoseRowWasLostIsTheOneThatIsThere() throws {
        let (node, story) = try node()
        try node.overwrite(Self.path, "# Candidates\n\n- two\n")
        node.recover()
        #expect(try isSettled(node))
        // The older bytes are gone: a document that names them is told so, and no task gets others in their stead.
        let refused = try node.send(story.document("sg"))
        #expect(
            refused.outcome == "422 attachments-missing" && refused.list("missing") == ["candidate-list.md"]
        )
        var newer = story
        newer.content["candidate-list.md"] = "# Candidates\n\n- two\n"
        #expect(try node.send(newer.document("sg")).outcome == "202")
        let why = try #require(try node.whys("uploaded").last)
        #expect(
            why.contains("after a crash") && why.contains(Sample.digest("# Candidates\n\n- two\n").hex),
            "\(why)"
        )
    }

    /// Before the node serves little is read; what is not counts as missing until it is.
    @Test func anUploadThatIsNotLookedAtYetIsInDoubt() throws {
        let (node, story) = try node()
        try node.recovery.urgentUploads(atMost: 0)
        #expect(try node.send(story.document("sg")).list("missing").count == 2)
        node.recover()
        #expect(try node.send(story.document("sg")).outcome == "202")
        let (other, told) = try self.node()
        try other.overwrite(Self.path, "other")
        try other.recovery.urgentUploads()
        #expect(try other.send(told.document("sg")).list("missing") == ["candidate-list.md"])
    }

    @Test func anUploadThatIsGoneIsForgottenAndAskedForAgain() throws {
        let (node, story) = try node()
        try node.remove(Self.path)
        node.recover()
        #expect(try isSettled(node))
        #expect(try node.send(story.document("sg")).list("missing") == ["candidate-list.md"])
        #expect(try node.whys("forgotten").first?.contains("found no file") == true)
        try story.upload("sg", to: node)
        #expect(try node.send(story.document("sg")).outcome == "202")
    }

    @Test func whatIsNoFileIsSetAsideAndForgotten() throws {
        let (node, story) = try node()
        try node.link(Self.path, to: "ledger.sqlite")
        node.recover()
        #expect(try isSettled(node))
        #expect(try node.quarantined() == ["weekly-brief.1.candidate-list.md~nano.1"])
        #expect(try node.send(story.document("sg")).list("missing") == ["candidate-list.md"])
    }

    /// The commit fails after the rename, and the bus goes on.
    @Test(arguments: [true, false])
    func anExchangedUploadThatWasNotCommittedCountsAsMissing(isBatch: Bool) throws {
        let (node, story) = try node()
        let name: AttachmentName = Sample.name("candidate-list.md")
        let target = UploadTarget.attachment(story.order.job, .first, sender: Sample.name("nano"))
        let arrived = try node.arrive(target, name.rawValue, "# Candidates\n\n- two\n")
        let notary = node.notary
        let full = LedgerError.files("no room", .full)
        let change: Ledger.Change<Answer> = { (writer) throws(LedgerError) in
            try notary.accept(arrived, from: .node(Sample.name("nano")), in: &writer)
        }
        #expect(throws: full) {
            _ = try node.ledger.commit([change]) { () throws(LedgerError) in
                if isBatch { try notary.prepareCommit() }
                throw full
            }
        }
        notary.doubts.commitFailed()
        #expect(try node.send(story.document("sg")).list("missing") == ["candidate-list.md"])
        try story.upload("sg", to: node)
        #expect(try node.send(story.document("sg")).outcome == "202")
        #expect(node.text(Self.path) == story.content["candidate-list.md"])
    }

    @Test func anOldUploadIsForgottenWithItsFile() throws {
        let (node, _) = try node()
        node.clock.advance(by: .seconds(86_401))
        let notary = node.notary
        _ = try node.commit { (writer) throws(LedgerError) in try notary.sweep(in: &writer) }
        #expect(node.text(Self.path) == nil)
        #expect(try node.whys("forgotten").count == 2)
        node.recover()
        #expect(try isSettled(node))
    }

    /// A power cut between the removal of the file and the commit.
    @Test func anOldUploadWhoseRowCameBackIsForgottenAtTheStart() throws {
        let (node, _) = try node()
        let notary = node.notary
        node.clock.advance(by: .seconds(86_401))
        let change: Ledger.Change<Answer> = { (writer) throws(LedgerError) in try notary.sweep(in: &writer) }
        #expect(throws: LedgerError.files("cut", .media)) {
            _ = try node.ledger.commit([change]) { () throws(LedgerError) in throw .files("cut", .media) }
        }
        #expect(node.text(Self.path) == nil)
        node.recover()
        #expect(try node.whys("forgotten").count == 2)
        #expect(try isSettled(node))
    }
}

/// Main's jobs at a start.
@Suite struct JobRecoveryTests {
    static let brief = "inbox/weekly-brief.1.brief.md"

    @Test func theInputsOfEveryLiveJobFindTheirPlaces() throws {
        let node = try Node("main")
        for job in ["one", "two", "three"] { _ = try Closing.order(at: node, job: job) }
        let reason = Reason(code: "task-blocked", text: "somewhere")
        _ = try node.commit { (writer) throws(LedgerError) in
            Answer(
                200,
                .bool(try writer.move(job: Sample.name("two"), to: .blocked, reason: reason, by: "test"))
            )
        }
        node.recover()
        for job in ["one", "two", "three"] { #expect(node.text("inbox/\(job).1.brief.md") != nil, "\(job)") }
    }

    @Test(arguments: [true, false])
    func aDamagedInputBlocksItsJobUntilItIsThereAgain(isFlipped: Bool) throws {
        let node = try Node("main")
        let story = try Closing.order(at: node)
        node.recover()
        if isFlipped { try node.overwrite(Self.brief, "other") } else { try node.remove(Self.brief) }
        node.recover()
        let first = try node.fingerprint()
        node.recover()
        #expect(try node.fingerprint() == first)
        let job = try node.job()
        #expect(job.state == .blocked && job.reason?.expected == ["brief.md"])
        #expect(
            job.reason?.text.contains(isFlipped ? Sample.digest("other").labelled : "found no file") == true
        )
        let again = try node.upload("brief.md", story.content["brief.md"] ?? "", from: "main")
        #expect(again.outcome == "200")
        #expect(try node.job().state == .open)
        #expect(node.text(Self.brief) == story.content["brief.md"])
    }

    @Test func whatWasClosedBeforeTheCrashIsArchived() throws {
        let node = try Node("main")
        let (_, claim) = try Closing.claimed(at: node)
        #expect(try node.close(claim).body["state"]?.stringValue == "closed")
        node.recover()
        for name in ["closeout.json", "closeout.dsse.json", "inputs/brief.md", "jp-final.txt"] {
            #expect(
                node.text("archive/weekly-brief/\(name)") != nil,
                "\(name): \(node.text("logs/bus.jsonl") ?? "")"
            )
        }
        #expect(node.text(Self.brief) == nil)
        let first = try node.fingerprint()
        node.recover()
        #expect(try node.fingerprint() == first)
    }

    @Test func theInputsOfACancelledJobAreArchived() throws {
        let node = try Node("main")
        _ = try Closing.order(at: node)
        node.recover()
        try node.ask(.control(ControlRequest(control: .cancel, job: Sample.name(Sample.job))))
        node.recover()
        #expect(node.text(Self.brief) == nil)
        #expect(node.text("archive/weekly-brief/inputs/brief.md") != nil)
    }
}
