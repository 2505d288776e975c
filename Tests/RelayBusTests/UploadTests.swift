import RelayCore
import RelayLedger
import RelaySeal
import RelayWire
import TestSupport
import Testing

@testable import RelayBus

/// `POST /upload`: files for tasks.
@Suite struct UploadTests {
    private static let path = "inbox/weekly-brief.1.candidate-list.md"

    @Test func anUploadIsStoredOnceAndReplacedWhileNoTaskNamesIt() throws {
        let node = try Node("sg")
        let first = try node.upload("candidate-list.md", "one", from: "nano")
        #expect(first.outcome == "201")
        #expect(first.body["sha256"]?.stringValue == Sample.digest("one").hex)
        #expect((first.body["size"]?.integerValue, first.body["seq"]?.integerValue) == (3, 1))
        let again = try node.upload("candidate-list.md", "one", from: "nano")
        #expect(again.outcome == "200" && again.body == first.body)
        #expect(try node.upload("candidate-list.md", "two", from: "nano").outcome == "201")
        #expect(node.text("\(Self.path)~nano") == "two")
    }

    @Test func anotherSendersUnboundNameIsNoConflict() throws {
        let node = try Node("sg")
        #expect(try node.upload("candidate-list.md", "one", from: "nano").outcome == "201")
        #expect(try node.upload("candidate-list.md", "two", from: "main").outcome == "201")
        #expect((node.text("\(Self.path)~nano"), node.text("\(Self.path)~main")) == ("one", "two"))
    }

    /// Each row: who uploads what under which name once nano's file is bound.
    @Test(arguments: [
        ("nano", "candidate-list.md", true, "200"), ("nano", "candidate-list.md", false, "409 name-conflict"),
        ("nano", "Candidate-List.md", true, "409 name-conflict"), ("main", "candidate-list.md", true, "200"),
        ("main", "candidate-list.md", false, "201"), ("nano", "other.md", false, "201"),
    ])
    func boundBytesStay(sender: String, name: String, isSame: Bool, outcome: String) throws {
        let node = try Node("sg")
        let story = Story(at: node)
        try node.follow(try story.deliver("sg", to: node))
        let content = story.content["candidate-list.md"] ?? ""
        #expect(try node.upload(name, isSame ? content : "other", from: sender).outcome == outcome)
        #expect(node.text(Self.path) == content)
    }

    @Test func theSameNameOfAnotherRoundOrJobIsAnotherFile() throws {
        let node = try Node("sg")
        #expect(try node.upload("a.md", "1", from: "nano").outcome == "201")
        #expect(try node.upload("a.md", "2", from: "nano", round: 2).outcome == "201")
        #expect(try node.upload("a.md", "3", from: "nano", job: "other").outcome == "201")
        #expect(node.text("inbox/weekly-brief.1.a.md~nano") == "1")
    }

    @Test(arguments: [("sg", true), ("main", true), ("nano", true), ("jp", false), ("stranger", false)])
    func whoMayUpload(sender: String, may: Bool) throws {
        let node = try Node("sg")
        let refusal = node.notary.refusalOfUpload(from: Sample.name(sender))
        #expect(refusal?.outcome == (may ? nil : "403 not-accepted"))
    }

    @Test func unboundUploadsOfASenderAreLimited() throws {
        let node = try Node("sg", limits: #"{"unbound_uploads": 2}"#)
        #expect(try node.upload("a.md", "a", from: "nano").outcome == "201")
        #expect(try node.upload("b.md", "b", from: "nano").outcome == "201")
        let refused = try node.upload("c.md", "c", from: "nano")
        #expect(refused.outcome == "429 too-many-uploads" && refused.retryAfter != nil)
        #expect(try node.upload("a.md", "a", from: "nano").outcome == "200")
        #expect(try node.upload("a.md", "A", from: "nano").outcome == "201")
        #expect(try node.upload("c.md", "c", from: "main").outcome == "201")
        #expect(node.text("inbox/weekly-brief.1.c.md~nano") == nil)
    }

    @Test func withoutRoomOnlyWhatIsThereIsConfirmed() throws {
        let node = try Node("sg")
        try node.upload("a.md", "a", from: "nano")
        node.machine.hasRoom = false
        #expect(try node.upload("a.md", "a", from: "nano").outcome == "200")
        #expect(try node.upload("a.md", "b", from: "nano").outcome == "507 no-room")
        #expect(try node.upload("b.md", "b", from: "nano").outcome == "507 no-room")
        #expect(node.text("inbox/weekly-brief.1.a.md~nano") == "a")
    }

    @Test func theSameBytesAgainAreThereAfterwardsWhateverLayThere() throws {
        let node = try Node("sg")
        try node.upload("a.md", "right", from: "nano")
        // What a crash between the rename of a newer upload and its commit leaves.
        try node.overwrite("inbox/weekly-brief.1.a.md~nano", "wrong")
        #expect(try node.upload("a.md", "right", from: "nano").outcome == "200")
        #expect(node.text("inbox/weekly-brief.1.a.md~nano") == "right")
    }

    @Test func aDamagedBoundFileIsRepairedAndItsTaskGoesOn() throws {
        let node = try Node("sg")
        let story = Story(at: node)
        try node.follow(try story.deliver("sg", to: node))
        let claim = try node.claimed()
        try node.overwrite(Self.path, "damaged")
        let reason = Reason(
            code: "attachment-damaged",
            text: "not its digest",
            expected: ["candidate-list.md"]
        )
        #expect(try node.ask(.blocked(BlockedRequest(claim: claim, reason: reason))).outcome == "200")
        let answer = try node.upload(
            "candidate-list.md",
            story.content["candidate-list.md"] ?? "",
            from: "nano"
        )
        #expect(answer.outcome == "200" && answer.wakes.contains(.claims))
        #expect(node.text(Self.path) == story.content["candidate-list.md"])
        #expect(try node.task("weekly-brief.sg.1").state == .stored)
        #expect(try node.claimed().epoch == 2)
    }

    @Test func anotherReasonIsNotEndedByAnUpload() throws {
        let node = try Node("sg")
        let story = Story(at: node)
        try node.follow(try story.deliver("sg", to: node))
        let claim = try node.claimed()
        let reason = Reason(code: "processor-failed", text: "exit 1")
        try node.ask(.blocked(BlockedRequest(claim: claim, reason: reason)))
        #expect(
            try node.upload("candidate-list.md", story.content["candidate-list.md"] ?? "", from: "nano")
                .outcome == "200"
        )
        #expect(try node.task("weekly-brief.sg.1").state == .blocked)
    }
}
