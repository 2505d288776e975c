import RelayCore
import RelayWire
import TestSupport
import Testing

extension RelayTests {
    /// Files that are not what they should be: the job is blocked, says why, and goes on once they are right.
    @Suite struct DamageTests {
        /// What happens to a file on the disk of a node.
        enum Damage: String, CaseIterable, Sendable {
            case flipped, cut, removed

            /// Does it to the file at `path`.
            func strike(_ path: String) throws {
                let bytes = try Files.read(path)
                switch self {
                // In the middle of a word, so that nothing but the digest tells.
                case .flipped: try Files.write(bytes.enumerated().map { $0 == 14 ? $1 ^ 1 : $1 }, to: path)
                case .cut: try Files.write(Array(bytes.dropLast()), to: path)
                case .removed: try Files.remove(path)
                }
            }
        }

        @Test(arguments: Damage.allCases)
        func damagedEvidenceBlocksTheCloseUntilTheRightBytesComeAgain(damage: Damage) async throws {
            let fleet = try Fleet()
            defer { fleet.end() }
            try await fleet.start(Program.all.filter { $0 != .hands(.main) })
            try await fleet.start(.hands(.main))
            try fleet.workshop.shut(.jp, of: "damaged")
            try await fleet.dispatch("damaged")
            try await fleet.wait(.jp, of: "damaged", is: .claimed)
            try await fleet.kill(.hands(.main))
            try fleet.workshop.open(.jp, of: "damaged")
            try await fleet.wait(.main, of: "damaged", is: .stored)
            let path = "\(fleet.files.data(.main))/artifacts/damaged/sg-review.md"
            try await fleet.eventually("the evidence at main") { Files.exists(path) }
            let right = try Files.read(path)
            try damage.strike(path)
            try await fleet.start(.hands(.main))

            let job = try await fleet.wait(job: "damaged", is: .blocked)
            let task = try await fleet.wait(.main, of: "damaged", is: .blocked)
            for reason in [job["reason"], task["reason"]] {
                let text = reason?["text"]?.stringValue ?? ""
                #expect(reason?["code"] == "attachment-damaged", "\(text)")
                #expect(text.contains("sg-review.md") && !text.contains("jp-final.txt"), "\(text)")
            }
            #expect(!Files.exists("\(fleet.files.data(.main))/archive/damaged/closeout.json"))
            let shown = try await fleet.baton(.main, "job", "damaged")
            #expect(shown.status == .exited(1))

            let other = Array("other".utf8)
            let wrong = try await fleet.upload(other, "sg-review.md", of: "damaged", to: .main, as: .jp)
            #expect(wrong.status == 409 && wrong.code == "name-conflict", "\(wrong)")
            let repaired = try await fleet.upload(right, "sg-review.md", of: "damaged", to: .main, as: .jp)
            #expect(repaired.status == 200, "\(repaired)")
            try await fleet.wait(job: "damaged", is: .closed)
            try await fleet.waitUntilArchived("damaged")
            try ClosedJob(fleet: fleet, job: "damaged").checkCloseout()
            try await fleet.checkHistories()
        }

        @Test(arguments: Damage.allCases)
        func aDamagedInputBlocksItsStageUntilTheRightBytesComeAgain(damage: Damage) async throws {
            let fleet = try Fleet()
            defer { fleet.end() }
            try await fleet.start(Program.all.filter { $0 != .hands(.sg) })
            try await fleet.dispatch("damaged")
            try await fleet.wait(.sg, of: "damaged", is: .stored)
            let path = "\(fleet.files.data(.sg))/inbox/damaged.1.candidate-list.md"
            try await fleet.eventually("the input at sg") { Files.exists(path) }
            let right = try Files.read(path)
            try damage.strike(path)
            try await fleet.start(.hands(.sg))
            let task = try await fleet.wait(.sg, of: "damaged", is: .blocked)
            #expect(task["reason"]?["code"] == "attachment-damaged", "\(task.text)")
            #expect(task["reason"]?["text"]?.stringValue?.contains("candidate-list.md") == true)
            let job = try await fleet.wait(job: "damaged", is: .blocked)
            #expect(job["reason"]?["text"]?.stringValue?.contains("damaged.sg.1") == true, "\(job.text)")

            let name = "candidate-list.md"
            let repaired = try await fleet.upload(right, name, of: "damaged", to: .sg, as: .nano)
            #expect(repaired.status == 200, "\(repaired)")
            try await fleet.wait(job: "damaged", is: .closed)
            #expect(fleet.workshop.epochs(of: "damaged.sg.1") == [2])
            try await fleet.checkHistories()
        }

        @Test func aProcessorThatWritesAWrongNameBlocksItsTaskWithTheRightNames() async throws {
            let fleet = try Fleet()
            defer { fleet.end() }
            try await fleet.start()
            try fleet.workshop.misname("wrong")
            try await fleet.dispatch("wrong")
            let task = try await fleet.wait(.nano, of: "wrong", is: .blocked)
            let text = task["reason"]?["text"]?.stringValue ?? ""
            #expect(task["reason"]?["code"] == "contract-broken", "\(task.text)")
            for name in ["candidate-list.md", "de-raw-output.txt", "research-pack-v2.md"] {
                #expect(text.contains(name), "\(text)")
            }
            let job = try await fleet.wait(job: "wrong", is: .blocked)
            #expect(job["reason"]?["text"]?.stringValue?.contains("candidate-list.md") == true, "\(job.text)")
            #expect(try await fleet.task(.sg, of: "wrong") == nil)

            try fleet.workshop.nameRight("wrong")
            let id = try #require(TaskID(rawValue: "wrong.nano.1"))
            let nano = ByHand(fleet: fleet, station: .nano, job: "wrong")
            let resolved = try await nano.ask(.resolve(ResolveRequest(task: id, why: "mended")))
            #expect(resolved.status == 200, "\(resolved)")
            try await fleet.wait(job: "wrong", is: .closed)
            #expect(fleet.workshop.epochs(of: "wrong.nano.1") == [1, 2])
            let closed = ClosedJob(fleet: fleet, job: "wrong")
            try await fleet.waitUntilArchived("wrong")
            let closeout = try JSON(parsing: closed.file("closeout.json"))
            let blocked = closeout["answers"]?["blocked"]?.stringValue ?? ""
            #expect(blocked.hasPrefix("yes, and recovered"), "\(blocked)")
            try await fleet.checkHistories()
        }
    }
}
