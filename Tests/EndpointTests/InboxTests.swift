import Foundation
import RelayCore
import RelayWire
import TestSupport
import Testing

/// What people put into `inbox/` or do to the files there, while the bus runs.
@Suite(.timeLimit(.minutes(10))) struct InboxTests {
    /// The text of a quarantine notice or of the log once `find` finds something in it.
    private func wait<Found>(_ node: TestNode, for what: String, _ find: () throws -> Found?) throws -> Found
    {
        let deadline = ContinuousClock.now + .seconds(10)
        while true {
            if let found = try find() { return found }
            guard .now < deadline else { throw WaitFailure("no \(what)") }
            _ = try node.ask(.get("/status"), from: .local)
        }
    }

    private func quarantined(_ node: TestNode) throws -> [String] {
        let directory = "\(node.data)/archive/quarantine"
        return Files.exists(directory)
            ? try Files.names(in: directory).filter { !$0.hasSuffix(".reason.txt") } : []
    }

    /// The lines of `logs/bus.jsonl` with that event.
    private func lines(_ node: TestNode, _ event: String) throws -> [JSON] {
        try Files.readText("\(node.data)/logs/bus.jsonl").split(separator: "\n").map {
            try JSON(parsing: Array($0.utf8))
        }
        .filter { $0["event"]?.stringValue == event }
    }

    /// Names that a file can be dropped under, and where they end in quarantine.
    static let strangers = [
        "candidate-list.md", "weekly brief.md", ".hidden", "job-9.sg.1.json", "job-9.1.candidate-list.md",
        "job-9.1.candidate-list.md~nano", "notes.part", "caf\u{E9}.md", "a\nb.md", "-rf", "job-9.17.a.md",
    ]

    @Test func aDroppedFileIsQuarantinedWithAdvice() async throws {
        try await withNode { node in
            for (number, name) in Self.strangers.enumerated() {
                try Files.write("by hand \(number)", to: "\(node.data)/inbox/\(name)")
                let found = try wait(node, for: "quarantined \(name)") {
                    let lines = try lines(node, "quarantined")
                    return lines.count == number + 1 ? lines.last : nil
                }
                let path = try #require(found["path"]?.stringValue)
                #expect(try Files.readText(path) == "by hand \(number)")
                #expect(found["advice"]?.stringValue?.contains("POST /upload and then POST /task") == true)
                #expect(try Files.readText("\(path).reason.txt").contains("baton dispatch"))
            }
            #expect(try Files.names(in: "\(node.data)/inbox").isEmpty)
        }
    }

    @Test func linksPipesAndDirectoriesAreQuarantinedUnopened() async throws {
        try await withNode { node in
            let secret = "\(node.data)/../secret"
            try Files.write("secret", to: secret)
            let inbox = "\(node.data)/inbox"
            #expect(symlink(secret, "\(inbox)/link.md") == 0)
            #expect(link(secret, "\(inbox)/hard.md") == 0)
            #expect(mkfifo("\(inbox)/pipe.md", 0o600) == 0)
            try Files.makeDirectory("\(inbox)/folder")
            let names = try wait(node, for: "four in quarantine") {
                try quarantined(node).count == 4 ? try quarantined(node) : nil
            }
            #expect(names == ["folder.1", "hard.md.1", "link.md.1", "pipe.md.1"])
            #expect(try Files.readText(secret) == "secret")
        }
    }

    @Test func whatWasDroppedBeforeTheStartIsQuarantinedToo() async throws {
        let node = try await TestNode()
        try node.upload(RelaySample("kept-1"))
        try await node.stop()
        let inbox = "\(node.data)/inbox"
        for name in Self.strangers { try Files.write(name, to: "\(inbox)/\(name)") }
        try Files.write("of an earlier bus", to: "\(inbox)/0-1.part")
        try Files.makeDirectory("\(inbox)/0-2.part")
        try await node.startAgain()
        let names = try wait(node, for: "all in quarantine") {
            try quarantined(node).count == Self.strangers.count + 1 ? try quarantined(node) : nil
        }
        #expect(names.contains("notes.part.1") && names.contains("0-2.part.1"))
        let left = ["kept-1.1.candidate-list.md~nano", "kept-1.1.de-raw-output.txt~nano"]
        _ = try wait(node, for: "an inbox with its uploads only") {
            try Files.names(in: inbox) == left ? true : nil
        }
        try await node.stop()
    }

    @Test func whatTheBusItselfDoesIsLeftAlone() async throws {
        try await withNode { node in
            for number in 1...20 { try node.store(RelaySample("own-\(number)")) }
            try node.upload(RelaySample("own-21"))
            for number in 1...5 {
                let cancel = ControlSample(.cancel, "own-\(number)").request
                #expect(try node.ask(cancel, from: .main).status == 202)
            }
            try node.waitForProjections()
            // The stranger comes last, so once it is seen everything before it has been.
            try Files.write("by hand", to: "\(node.data)/inbox/stranger.md")
            _ = try wait(node, for: "the stranger") { try quarantined(node).isEmpty ? nil : true }
            #expect(try quarantined(node) == ["stranger.md.1"])
            #expect(try lines(node, "changed-by-hand").isEmpty)
            try node.waitForProjections()
        }
    }

    @Test func aDocumentChangedByHandIsWrittenAnew() async throws {
        try await withNode { node in
            let sample = RelaySample("hand-1")
            try node.store(sample)
            let path = "\(node.data)/inbox/hand-1.sg.1.json"
            try Files.write("{}", to: path)
            let bytes = try wait(node, for: "the document") {
                try Files.read(path) == sample.bytes ? sample.bytes : nil
            }
            #expect(bytes == sample.bytes)
            #expect(try quarantined(node).isEmpty)
        }
    }

    @Test(arguments: ["removed", "changed", "replaced by a link"])
    func aDamagedAttachmentIsRepairedByANewUpload(_ damage: String) async throws {
        try await withNode { node in
            let sample = RelaySample("damage-1")
            try node.store(sample)
            let path = "\(node.data)/inbox/damage-1.1.candidate-list.md"
            try Files.remove(path)
            if damage == "changed" { try Files.write("other", to: path) }
            if damage == "replaced by a link" { #expect(symlink("/etc/hostname", path) == 0) }
            let claimed = try node.ask(.verb("claim"), from: .local)
            #expect(claimed.text.contains("\"epoch\":1"))
            let reason =
                "{\"code\":\"attachment-damaged\",\"text\":\"found none\",\"expected\":[\"candidate-list.md\"]}"
            let claim = "\"task\":\"damage-1.sg.1\",\"epoch\":1"
            let blocked = try node.ask(.verb("blocked", "\(claim),\"reason\":\(reason)"), from: .local)
            #expect(blocked.text.contains("\"state\":\"blocked\""))
            let other = try node.ask(.upload("candidate-list.md", "other", job: "damage-1"), from: .nano)
            #expect(other.status == 409)
            #expect(try state(of: "damage-1.sg.1", node) == "blocked")
            try node.upload(sample, only: ["candidate-list.md"])
            #expect(try state(of: "damage-1.sg.1", node) == "stored")
            #expect(try Files.read(path) == sample.files["candidate-list.md"])
            #expect(try node.ask(.verb("claim", request: "r2"), from: .local).text.contains("\"epoch\":2"))
        }
    }

    private func state(of task: String, _ node: TestNode) throws -> String? {
        let body = try JSON(parsing: node.ask(.get("/status?task=\(task)"), from: .nano).body)
        return body["tasks"]?.elements.first?["state"]?.stringValue
    }
}

extension Request {
    /// A local request.
    static func verb(_ verb: String, _ fields: String = "", request: String? = nil) -> Request {
        let head = "\"baton\":1,\"kind\":\"\(verb)\",\"instance\":\"test\",\"request\":\"\(request ?? verb)\""
        return .task(Array("{\(head)\(fields.isEmpty ? "" : ",")\(fields)}".utf8))
    }
}
