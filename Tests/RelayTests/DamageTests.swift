import RelayCore
import RelaySeal
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

        /// What the node said when it blocked the task; by its events, as the block may be over at once.
        private func reasonOfBlock(_ fleet: Fleet, _ station: Station, _ job: String) async throws -> String {
            let task = station.task(of: job)
            var why: String?
            try await fleet.eventually("\(task) was blocked") {
                why = try await fleet.history(station).first {
                    $0.task?.rawValue == task && $0.kind == TaskEvent.blocked.rawValue
                }?.why
                return why != nil
            }
            return why ?? ""
        }

        /// Expects that the reason names the file and both digests, and that the job closes with the right bytes.
        private func expectRepair(
            _ fleet: Fleet,
            of job: String,
            _ reason: String,
            _ name: String,
            _ right: [UInt8],
            found: [UInt8]?
        ) async throws {
            #expect(reason.hasPrefix("attachment-damaged: "), "\(reason)")
            for part in [name, Digest.of(right).labelled, found.map { Digest.of($0).labelled } ?? "no file"] {
                #expect(reason.contains(part), "\(reason) lacks \(part)")
            }
            try await fleet.wait(job: job, is: .closed)
            try await fleet.waitUntilArchived(job)
            try ClosedJob(fleet: fleet, job: job).checkCloseout()
            let bundle = "\(fleet.files.data(.main))/archive/\(job)"
            let verified = try await fleet.verify(bundle)
            #expect(verified.status == .exited(0), "\(verified.output) \(verified.errors)")
            try await fleet.checkHistories()
        }

        private func damage(_ path: String, _ damage: Damage) throws -> (right: [UInt8], found: [UInt8]?) {
            let right = try Files.read(path)
            try damage.strike(path)
            return (right, Files.exists(path) ? try Files.read(path) : nil)
        }

        /// An input that is damaged before its claim, while the node runs; also the very first one, which main holds.
        @Test(arguments: [(Station.nano, Damage.flipped), (.sg, .cut), (.sg, .removed)])
        func aDamagedInputIsUploadedAgainByTheNodeBefore(station: Station, how: Damage) async throws {
            let fleet = try Fleet()
            defer { fleet.end() }
            try await fleet.start(Program.all.filter { $0 != .hands(station) })
            try await fleet.dispatch("damaged")
            try await fleet.wait(station, of: "damaged", is: .stored)
            let name = station == .nano ? "brief.md" : "candidate-list.md"
            let path = "\(fleet.files.data(station))/inbox/damaged.1.\(name)"
            try await fleet.eventually("the input at \(station)") { Files.exists(path) }
            let (right, found) = try damage(path, how)
            try await fleet.start(.hands(station))
            let reason = try await reasonOfBlock(fleet, station, "damaged")
            try await expectRepair(fleet, of: "damaged", reason, name, right, found: found)
            #expect(fleet.workshop.epochs(of: station.task(of: "damaged")) == [2])
        }

        /// The same while the node is down: its start finds it, and nobody has to claim it first.
        @Test(arguments: [(Station.nano, Damage.removed), (.sg, .flipped)])
        func aStartFindsADamagedInput(station: Station, how: Damage) async throws {
            let fleet = try Fleet()
            defer { fleet.end() }
            try await fleet.start(Program.all.filter { $0 != .hands(station) })
            try await fleet.dispatch("damaged")
            try await fleet.wait(station, of: "damaged", is: .stored)
            let name = station == .nano ? "brief.md" : "candidate-list.md"
            let path = "\(fleet.files.data(station))/inbox/damaged.1.\(name)"
            try await fleet.eventually("the input at \(station)") { Files.exists(path) }
            try await fleet.kill(.bus(station))
            let (right, found) = try damage(path, how)
            try await fleet.start(.bus(station))
            let reason = try await reasonOfBlock(fleet, station, "damaged")
            let aside = "\(fleet.files.data(station))/archive/quarantine/damaged.1.\(name).1"
            #expect(Files.exists(aside) == (found != nil))
            if let found { #expect(try Files.read(aside) == found) }
            try await fleet.eventually("the right bytes") {
                try Files.exists(path) && Files.read(path) == right
            }
            try await fleet.start(.hands(station))
            try await expectRepair(fleet, of: "damaged", reason, name, right, found: found)
            #expect(fleet.workshop.epochs(of: station.task(of: "damaged")) == [1])
        }

        @Test(arguments: [Damage.flipped, .removed])
        func damagedEvidenceBlocksTheCloseUntilTheRightBytesComeAgain(how: Damage) async throws {
            let fleet = try Fleet()
            defer { fleet.end() }
            try await fleet.start()
            try fleet.workshop.shut(.jp, of: "damaged")
            try await fleet.dispatch("damaged")
            try await fleet.wait(.jp, of: "damaged", is: .claimed)
            try await fleet.kill(.hands(.main))
            try fleet.workshop.open(.jp, of: "damaged")
            try await fleet.wait(.main, of: "damaged", is: .stored)
            let path = "\(fleet.files.data(.main))/artifacts/damaged/sg-review.md"
            try await fleet.eventually("the evidence at main") { Files.exists(path) }
            let (right, found) = try damage(path, how)
            try await fleet.kill(.hands(.jp))
            try await fleet.start(.hands(.main))

            // Without jp's hands nobody can repair it yet.
            let job = try await fleet.wait(job: "damaged", is: .blocked)
            let task = try await fleet.wait(.main, of: "damaged", is: .blocked)
            for reason in [job["reason"], task["reason"]] {
                #expect(reason?["expected"] == .array(["sg-review.md"]), "\(reason?.text ?? "")")
            }
            #expect(!Files.exists("\(fleet.files.data(.main))/archive/damaged/closeout.json"))
            let shown = try await fleet.baton(.main, "job", "damaged")
            #expect(shown.status == .exited(1))
            let other = Array("other".utf8)
            let wrong = try await fleet.upload(other, "sg-review.md", of: "damaged", to: .main, as: .jp)
            #expect(wrong.status == 409 && wrong.code == "name-conflict", "\(wrong)")
            try await fleet.start(.hands(.jp))
            let reason = try await reasonOfBlock(fleet, .main, "damaged")
            try await expectRepair(fleet, of: "damaged", reason, "sg-review.md", right, found: found)
        }

        /// What main ordered the job with is part of its bundle; the first stage has it, too.
        @Test func aDamagedOrderIsRepairedByTheFirstStage() async throws {
            let fleet = try Fleet()
            defer { fleet.end() }
            try await fleet.start()
            try fleet.workshop.shut(.sg, of: "damaged")
            try await fleet.dispatch("damaged")
            try await fleet.wait(.sg, of: "damaged", is: .claimed)
            try await fleet.kill(.bus(.main))
            let path = "\(fleet.files.data(.main))/inbox/damaged.1.brief.md"
            let (right, _) = try damage(path, .flipped)
            try await fleet.start(.bus(.main))
            try await fleet.eventually("the right bytes") {
                try Files.exists(path) && Files.read(path) == right
            }
            let kinds = try await fleet.history(.main).map(\.kind)
            #expect(kinds.contains("job-blocked") && kinds.contains("job-open"), "\(kinds)")
            try fleet.workshop.open(.sg, of: "damaged")
            try await fleet.wait(job: "damaged", is: .closed)
            try await fleet.waitUntilArchived("damaged")
            let inputs = "\(fleet.files.data(.main))/archive/damaged/inputs"
            #expect(try Files.read("\(inputs)/brief.md") == right)
        }

        /// What is passed on is damaged behind the work: the work is not done again.
        @Test func aDamagedFileOfADeliveryIsRepairedAndHandedOn() async throws {
            let fleet = try Fleet()
            defer { fleet.end() }
            try await fleet.start(Program.all.filter { $0 != .hands(.main) })
            try fleet.workshop.shut(.jp, of: "damaged")
            try await fleet.start(.hands(.main))
            try await fleet.dispatch("damaged")
            try await fleet.wait(.jp, of: "damaged", is: .claimed)
            try await fleet.kill(.bus(.main))
            try fleet.workshop.open(.jp, of: "damaged")
            try await fleet.wait(.jp, of: "damaged", is: .produced)
            let path = "\(fleet.files.data(.jp))/inbox/damaged.1.sg-review.md"
            let (right, found) = try damage(path, .flipped)
            try await fleet.start(.bus(.main))
            let reason = try await reasonOfBlock(fleet, .jp, "damaged")
            try await expectRepair(fleet, of: "damaged", reason, "sg-review.md", right, found: found)
            #expect(fleet.workshop.epochs(of: "damaged.jp.1") == [1])
        }

        @Test func nudgeHasABlockedTaskLookAgain() async throws {
            let fleet = try Fleet()
            defer { fleet.end() }
            try await fleet.start()
            try fleet.workshop.misname("wrong")
            try await fleet.dispatch("wrong")
            try await fleet.wait(job: "wrong", is: .blocked)
            try fleet.workshop.nameRight("wrong")
            let unknown = try await fleet.baton(.main, "nudge", "wrong", "--stage", "nanoo")
            #expect(unknown.status == .exited(1), "\(unknown.errors)")
            let told = try await fleet.baton(.main, "nudge", "wrong", "--stage", "de", "--reason", "mended")
            #expect(told.status == .exited(0) && told.output.joined().contains("nano"), "\(told)")
            try await fleet.wait(job: "wrong", is: .closed)
            #expect(fleet.workshop.epochs(of: "wrong.nano.1") == [1, 2])
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
