import Foundation
import RelayCore
import RelayLedger
import RelaySQL
import RelaySeal
import RelayWire
import TestSupport
import Testing

@testable import RelayBus

/// What `baton doctor` finds in ledger, files and machine.
@Suite struct CheckupTests {
    /// One thing that is planted, and how the check names it.
    struct Plant: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let stage: RecoveryTests.Stage
        let plant: @Sendable (Node) throws -> Void
        let check: String
        let says: [String]

        init(
            _ description: String,
            at stage: RecoveryTests.Stage = .stored,
            _ plant: @escaping @Sendable (Node) throws -> Void,
            _ check: String,
            _ says: String...
        ) {
            testDescription = description
            self.stage = stage
            self.plant = plant
            self.check = check
            self.says = says
        }
    }

    private static func sql(_ node: Node, _ script: String) throws {
        var connection = try Connection(
            path: node.configuration.data + "/ledger.sqlite",
            mode: .readWriteCreate
        )
        try connection.execute(script)
    }

    private static func chmod(_ node: Node, _ path: String, _ mode: mode_t) {
        _ = Foundation.chmod("\(node.configuration.data)/\(path)", mode)
    }

    static let plants: [Plant] = [
        Plant(
            "a changed event",
            { try sql($0, "UPDATE event SET why = 'x' WHERE seq = 2") },
            "events",
            "event 2 does not have the hash"
        ),
        Plant(
            "a removed event",
            { try sql($0, "DELETE FROM event WHERE seq = 2") },
            "events",
            "events 2 to 2 are missing"
        ),
        Plant(
            "an exchanged event",
            { try sql($0, "UPDATE event SET prev = hash WHERE seq = 2") },
            "events",
            "event 2 does not have the hash"
        ),
        Plant(
            "a changed document in the ledger",
            { try sql($0, "UPDATE task SET document = CAST(replace(document, 'nano', 'nono') AS BLOB)") },
            "ledger",
            "the document of weekly-brief.sg.1"
        ),
        Plant("a flipped bit in the ledger", { try flip($0) }, "ledger", "integrity_check says"),
        Plant(
            "an input of other bytes",
            { try $0.overwrite(RecoveryTests.list, "other") },
            "files",
            "candidate-list.md",
            "5 bytes"
        ),
        Plant("an input that is gone", { try $0.remove(RecoveryTests.list) }, "files", "found no file"),
        Plant("an input on its way", at: .accepted, { _ in }, "files", "candidate-list.md~nano"),
        Plant("an output on its way", at: .unsettled, { _ in }, "files", "weekly-brief.sg.1.1.sg-review.md"),
        Plant("a document that is gone", { try $0.remove(RecoveryTests.document) }, "files", "it is missing"),
        Plant(
            "a changed document",
            { try $0.overwrite(RecoveryTests.document, "{}") },
            "files",
            "it is wrong"
        ),
        Plant(
            "a stranger in the inbox",
            { try $0.overwrite("inbox/notes.md", "x") },
            "files",
            "never gives such a name"
        ),
        Plant(
            "a stranger in artifacts",
            { try $0.overwrite("artifacts/a.b.1.1.c", "x") },
            "files",
            "no such output"
        ),
        Plant("an unfinished upload", { try $0.overwrite("inbox/0-1.part", "x") }, "files", "never finished"),
        Plant("an open directory", { chmod($0, "inbox", 0o777) }, "directories", "0777", "0750"),
        Plant("an open ledger", { chmod($0, "ledger.sqlite", 0o644) }, "directories", "0644", "0600"),
        Plant("a missing directory", { try $0.remove("work/logs") }, "directories", "work/logs", "missing"),
    ]

    /// Changes one letter of a name in the file, behind SQLite's back.
    private static func flip(_ node: Node) throws {
        let path = node.configuration.data + "/ledger.sqlite"
        var connection = try Connection(path: path, mode: .readWriteCreate)
        // Without a look at the file the connection knows of no log.
        _ = try connection.first("SELECT count(*) FROM event") { $0.integer(0) }
        try connection.checkpoint(.truncate)
        var bytes = try Files.read(path)
        let name = Array("weekly-brief".utf8)
        let index = try #require(bytes.indices.first { bytes[$0...].starts(with: name) })
        bytes[index] ^= 0x20
        try Files.write(bytes, to: path)
    }

    /// Faults that a start mends.
    private static let mended: Set = [
        "it is missing", "it is wrong", "never gives such a name", "no such output", "never finished", "0777",
        "0644",
    ]

    private func faults(_ node: Node) -> [NodeFault] {
        RightsCheck(data: node.configuration.data).faults
            + Checkup(house: node.housekeeping, settle: {}).faults()
    }

    @Test(arguments: plants)
    func whatIsPlantedIsNamedAndARepairMendsWhatAStartWould(plant: Plant) throws {
        let node = try RecoveryTests.node(plant.stage)
        let isOnItsWay = plant.stage != .stored
        if !isOnItsWay {
            node.recover()
            #expect(faults(node) == [], "a healthy node")
        }
        try plant.plant(node)
        let before = try node.fingerprintUnlessBroken(plant.check)
        let found = faults(node).filter {
            isOnItsWay ? $0.subject.contains("inbox") || $0.subject.contains("artifacts") : true
        }
        #expect(try node.fingerprintUnlessBroken(plant.check) == before, "a look changes nothing")
        #expect(!found.isEmpty && found.allSatisfy { $0.check == plant.check && !$0.isNote }, "\(found)")
        let fault = try #require(
            found.first { fault in
                plant.says.allSatisfy { "\(fault.subject): \(fault.what)".contains($0) }
            },
            "\(found)"
        )
        #expect(!fault.why.isEmpty && !fault.fix.isEmpty)
        guard isOnItsWay || plant.says.contains(where: Self.mended.contains) else { return }
        node.recover()
        #expect(faults(node) == [])
    }

    @Test func anArchivedFileIsHeldToItsDigest() throws {
        let node = try Node("main")
        let (_, claim) = try Closing.claimed(at: node)
        try node.follow(try node.close(claim))
        node.recover()
        #expect(faults(node) == [])
        try node.overwrite("archive/weekly-brief/jp-final.txt", "other")
        try node.remove("archive/weekly-brief/sg-review.md")
        let found = faults(node)
        #expect(found.map(\.check) == ["archive", "archive"])
        #expect(found.contains { $0.what.contains(Sample.digest("other").labelled) }, "\(found)")
        #expect(
            found.contains { $0.what.contains("sg-review.md") && $0.what.contains("no file") },
            "\(found)"
        )
    }

    @Test func theDiskIsHeldToTheFloor() throws {
        let node = try Node("sg", limits: #"{"free_disk_bytes": 1125899906842624}"#)
        let found = MachineCheck(configuration: node.configuration).faults.filter { !$0.isNote }
        #expect(found.map(\.check) == ["disk"] && found[0].what.contains("1125899906842624"), "\(found)")
    }

    @Test func aUserForAllIsNamedUnsafeButAllowed() throws {
        let found = MachineCheck(configuration: try Node("sg").configuration).faults
        #expect(
            found.map(\.check) == ["users"] && found[0].isNote && found[0].why.contains("unsafe"),
            "\(found)"
        )
    }

    /// Each row: where the node listens, and what is said of it.
    @Test(arguments: [("100.64.200.9:18102", "no interface"), ("tailnet:18102", "no address in the tailnet")])
    func anAddressThatIsNotThereIsNamed(listen: String, says: String) throws {
        let scratch = try ScratchDirectory()
        let nodes = ["main": 8, "sg": 9].sorted { $0.key < $1.key }.map { name, number in
            JSON.Member(
                name,
                .members([
                    "address": .string("100.64.200.\(number):\(name == "main" ? 18100 : 18102)"),
                    "role": .string(name), "keys": TestKeys.list(of: name),
                ])
            )
        }
        let fleet = JSON.members([
            "baton": 1, "nodes": .object(nodes), "relay": .array(["main", "sg", "main"]),
        ])
        try Files.write(fleet.encoded, to: scratch.path("fleet.json"))
        let role = """
            {"baton": 1, "node": "sg", "role": "sg", "listen": "\(listen)", "interface": "lo", "data": "data",
             "fleet": "fleet.json", "contracts": "\(repositoryRoot)/contracts", "accepts": {"main": ["relay"]}}
            """
        try Files.write(role, to: scratch.path("node.json"))
        let configuration = try NodeConfiguration(path: scratch.path("node.json"), digest: Digest.of)
        let found = MachineCheck(configuration: configuration).faults.filter { $0.check == "address" }
        #expect(found.count == 1 && found[0].what.contains(says), "\(found)")
    }
}

extension Node {
    /// All rows and files; only the files while the ledger cannot be read.
    fileprivate func fingerprintUnlessBroken(_ check: String) throws -> [String] {
        check == "ledger" ? [] : try fingerprint()
    }
}
