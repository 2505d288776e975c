import Foundation
import RelayCore
import RelayDepot
import RelayLedger
import RelaySeal
import RelayWire
import TestSupport
import Testing

@testable import RelayBus

/// What a start makes of what a crash, a bad disk or a person left.
@Suite struct RecoveryTests {
    static let list = "inbox/weekly-brief.1.candidate-list.md"
    static let raw = "inbox/weekly-brief.1.de-raw-output.txt"
    static let document = "inbox/weekly-brief.sg.1.json"
    static let review = "artifacts/weekly-brief/sg-review.md"
    static let flat = "artifacts/weekly-brief.sg.1.1.sg-review.md"

    /// How far sg is with its task when the node stops.
    enum Stage: String, Sendable {
        case accepted, stored, claimed, abandoned, uploaded, unsettled, produced, handedOn
    }

    /// One thing that is found at a start.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let stage: Stage
        let damage: @Sendable (Node) throws -> Void
        /// The state of the task afterwards, and what is in quarantine.
        let state: TaskState
        let aside: [String]
        /// What else must hold afterwards.
        let holds: @Sendable (Node) throws -> Bool

        init(
            _ description: String,
            _ stage: Stage,
            _ damage: @escaping @Sendable (Node) throws -> Void,
            _ state: TaskState,
            aside: [String] = [],
            _ holds: @escaping @Sendable (Node) throws -> Bool = { _ in true }
        ) {
            testDescription = description
            self.stage = stage
            self.damage = damage
            self.state = state
            self.aside = aside
            self.holds = holds
        }
    }

    /// sg as it is at that stage.
    static func node(_ stage: Stage) throws -> Node {
        let node = try Node("sg")
        let story = Story(at: node)
        let answer = try story.deliver("sg", to: node)
        if stage == .accepted { return node }
        try node.follow(answer)
        if stage == .stored { return node }
        let claim = try node.claimed()
        if stage == .abandoned { node.machine.kill(Node.consumer) }
        if stage == .uploaded { try node.output("sg-review.md", "one", of: claim) }
        guard [.unsettled, .produced, .handedOn].contains(stage) else { return node }
        let produced = try node.produce(claim, story)
        if stage == .unsettled { return node }
        try node.follow(produced)
        if stage == .produced { return node }
        let due = try node.due()
        let receipt = Receipt(task: Sample.name("weekly-brief.jp.1"), digest: Digest.of(due.document), seq: 4)
        try node.ask(.handedOn(HandedOnRequest(delivery: due.id, receipt: receipt)))
        return node
    }

    private static func isDamage(_ node: Node, _ names: String..., found: String) throws -> Bool {
        guard let reason = try node.task("weekly-brief.sg.1").reason else { return false }
        let expected = names.map { Sample.digest(Story(at: node).content[$0] ?? "").labelled }
        return reason.code == "attachment-damaged" && reason.expected == names
            && (names + expected + [found]).allSatisfy(reason.text.contains)
    }

    static let cases: [Case] = [
        Case("nothing is wrong", .stored, { _ in }, .stored),
        Case("a document is missing", .stored, { try $0.remove(document) }, .stored) {
            $0.text(document) != nil
        },
        Case("a document was changed", .stored, { try $0.overwrite(document, "{}") }, .stored) {
            $0.text(document)?.count ?? 0 > 2
        },
        Case(
            "a link lies where a document belongs",
            .stored,
            { try $0.link(document, to: "key.pem") },
            .stored,
            aside: ["weekly-brief.sg.1.json.1"]
        ) { $0.text(document) != nil },
        Case("inputs lie under their unbound names", .accepted, { _ in }, .stored) {
            $0.text(list) != nil && $0.text(raw) != nil && $0.text(list + "~nano") == nil
        },
        Case(
            "one input is at its place, the other on its way",
            .accepted,
            { try $0.rename(list + "~nano", to: list) },
            .stored
        ) { $0.text(list) != nil && $0.text(raw) != nil },
        Case(
            "an input has other bytes",
            .stored,
            { try $0.overwrite(list, "other") },
            .blocked,
            aside: ["weekly-brief.1.candidate-list.md.1"]
        ) {
            let found = "5 bytes with \(Sample.digest("other").labelled)"
            return try isDamage($0, "candidate-list.md", found: found) && $0.text(list) == nil
        },
        Case(
            "an input has other bytes under its unbound name",
            .accepted,
            { try $0.overwrite(list + "~nano", "other") },
            .blocked,
            aside: ["weekly-brief.1.candidate-list.md~nano.1"]
        ) { try isDamage($0, "candidate-list.md", found: "5 bytes") },
        Case(
            "both inputs are gone",
            .stored,
            {
                try $0.remove(list); try $0.remove(raw)
            },
            .blocked
        ) { try isDamage($0, "candidate-list.md", "de-raw-output.txt", found: "no file") },
        Case(
            "a directory lies where an input belongs",
            .stored,
            {
                try $0.remove(list); try $0.makeDirectory(list)
            },
            .blocked,
            aside: ["weekly-brief.1.candidate-list.md.1"]
        ) { try isDamage($0, "candidate-list.md", found: "a directory") },
        Case(
            "an input of a claimed task has other bytes",
            .claimed,
            { try $0.overwrite(list, "other") },
            .claimed,
            aside: ["weekly-brief.1.candidate-list.md.1"]
        ),
        Case("an input of a claimed task is gone", .claimed, { try $0.remove(list) }, .claimed),
        Case(
            "an input of a task whose holder is gone has other bytes",
            .abandoned,
            { try $0.overwrite(list, "other") },
            .blocked,
            aside: ["weekly-brief.1.candidate-list.md.1"]
        ) { try isDamage($0, "candidate-list.md", found: "5 bytes") },
        Case("nothing but the holder is gone", .abandoned, { _ in }, .claimed) {
            // The next one that asks has the task.
            try $0.task("weekly-brief.sg.1").epoch == 1
        },
        Case(
            "a newer output was placed and its row is not there",
            .uploaded,
            { try $0.overwrite(flat, "two") },
            .claimed
        ) { node in
            let claim = Claim(task: Sample.name("weekly-brief.sg.1"), epoch: 1)
            return try node.ledger.read { (reader) throws(LedgerError) in
                try reader.outputs(of: claim).map(\.digest)
            } == [Sample.digest("two")]
        },
        Case("an output of a claim is gone", .uploaded, { try $0.remove(flat) }, .claimed) { node in
            let claim = Claim(task: Sample.name("weekly-brief.sg.1"), epoch: 1)
            return try node.ledger.read { (reader) throws(LedgerError) in try reader.outputs(of: claim) }
                .isEmpty
        },
        Case("outputs lie under their flat names", .unsettled, { _ in }, .produced) {
            $0.text(review) != nil && $0.text(flat) == nil
        },
        Case(
            "an output has other bytes",
            .produced,
            { try $0.overwrite(review, "other") },
            .blocked,
            aside: ["sg-review.md.1"]
        ) {
            try isDamage($0, "sg-review.md", found: "5 bytes")
                && $0.task("weekly-brief.sg.1").origin == .produced
        },
        Case("an input to pass on is gone", .produced, { try $0.remove(raw) }, .blocked) {
            try isDamage($0, "de-raw-output.txt", found: "no file")
        },
        Case(
            "what was handed on has other bytes",
            .handedOn,
            { try $0.overwrite(review, "other") },
            .handedOn,
            aside: ["sg-review.md.1"]
        ),
        Case("what was handed on is gone", .handedOn, { try $0.remove(list) }, .handedOn),
        Case(
            "a file in the inbox that was never uploaded",
            .stored,
            { try $0.overwrite("inbox/weekly-brief.1.notes.md", "x") },
            .stored,
            aside: ["weekly-brief.1.notes.md.1"]
        ),
        Case(
            "files in artifacts that nobody made",
            .claimed,
            {
                try $0.overwrite("artifacts/weekly-brief.sg.1.1.extra.md", "x")
                try $0.overwrite("artifacts/stranger.txt", "x")
                try $0.overwrite("artifacts/other-job/a.md", "x")
            },
            .claimed,
            aside: ["other-job.1", "stranger.txt.1", "weekly-brief.sg.1.1.extra.md.1"]
        ),
        Case(
            "what an earlier bus had not received in full",
            .stored,
            {
                try $0.overwrite("inbox/0-1.part", "x"); try $0.makeDirectory("inbox/0-2.part")
            },
            .stored,
            aside: ["0-2.part.1"]
        ) { $0.text("inbox/0-1.part") == nil },
    ]

    @Test(arguments: cases)
    func whatIsFoundIsMendedOnce(found: Case) throws {
        let node = try Self.node(found.stage)
        try found.damage(node)
        node.recover()
        #expect(try node.task("weekly-brief.sg.1").state == found.state)
        #expect(try node.quarantined() == found.aside)
        #expect(try found.holds(node))
        for name in found.aside {
            let note = try #require(node.text("archive/quarantine/\(name).reason.txt"))
            #expect(note.contains("why:    ") && !note.contains("why:    \n"), "\(note)")
        }
        let first = try node.fingerprint()
        node.recover()
        #expect(try node.fingerprint() == first)
    }

    @Test func aTaskWhoseFilesAreRightAgainGoesOn() throws {
        let node = try Self.node(.stored)
        let right = try #require(node.text(Self.list))
        try node.overwrite(Self.list, "other")
        node.recover()
        #expect(try node.task("weekly-brief.sg.1").state == .blocked)
        // From a backup, and without anybody's word.
        try node.overwrite(Self.list, right)
        node.recover()
        #expect(try node.task("weekly-brief.sg.1").state == .stored)
        let first = try node.fingerprint()
        node.recover()
        #expect(try node.fingerprint() == first)
    }

    @Test func theTableIsTheOneInItsDescription() throws {
        let path = "\(repositoryRoot)/Sources/RelayBus/Recovery/RecoveryTable.swift"
        let rows = try Files.readText(path).split(separator: "\n").filter { $0.hasPrefix("/// | `") }.map {
            line in
            line.dropFirst(4).split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        }
        #expect(rows.count == RecoveryTable.Record.allCases.count)
        for row in rows {
            let name = row[0].split(separator: "`")[0]
            let record = try #require(RecoveryTable.Record(rawValue: String(name)), "\(row[0])")
            for (finding, cell) in zip(RecoveryTable.Finding.allCases, row.dropFirst()) where cell != "–" {
                let action = RecoveryTable.action(for: record, finding)
                let words =
                    (action.setsAside ? ["set aside"] : [])
                    + (action.setsAside && action.step == .keep ? [] : [action.step.rawValue])
                #expect(words.joined(separator: ", ") == cell, "\(record) \(finding)")
            }
        }
    }
}
