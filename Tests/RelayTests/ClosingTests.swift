import RelayCore
import RelayWire
import TestSupport
import Testing

extension RelayTests {
    /// The way of a job to its close, and what keeps it from closing.
    @Suite struct ClosingTests {
        private static let example = "\(repositoryRoot)/Sources/baton/Example"

        @Test func aDispatchedJobClosesOnEvidenceThatLiesInMainsArchive() async throws {
            let fleet = try Fleet(.builtin)
            defer { fleet.end() }
            try await fleet.start()
            let dispatched = try await fleet.baton(
                .main,
                "dispatch",
                "brief-one",
                "--brief",
                "\(Self.example)/brief.md",
                "--source",
                "\(Self.example)/source-01.md",
                "--source",
                "\(Self.example)/source-06.txt",
                "--wait"
            )
            #expect(dispatched.status == .exited(0), "\(dispatched.lines.map(\.text))")
            try await fleet.wait(job: "brief-one", is: .closed)
            for station in [Station.nano, .sg, .jp, .main] {
                try await fleet.wait(station, of: "brief-one", is: .settled)
            }
            try await fleet.waitUntilArchived("brief-one")
            try await checkArchives(fleet)
            let closed = ClosedJob(fleet: fleet, job: "brief-one")
            try closed.checkCloseout()
            try closed.checkLinks()
            try await closed.checkDocuments()
            try await fleet.checkHistories()
            try await checkCommands(fleet)
        }

        private func checkArchives(_ fleet: Fleet) async throws {
            let archive = "\(fleet.files.data(.main))/archive/brief-one"
            let last = "\(archive)/closeout.dsse.json"
            try await fleet.eventually("closeout.dsse.json") { Files.exists(last) }
            let stages = Station.allCases.map(\.rawValue)
            let expected =
                ClosedJob.evidence + [
                    "order-1.dsse.json", "fleet.json", "closeout.json", "closeout.dsse.json",
                ]
                + ["brief-one.main.1.json", "inputs"] + stages.map { "contract-\($0).json" }
                + ["nano", "sg", "jp"].map { "link-\($0)-1.dsse.json" }
            #expect(try Files.names(in: archive) == expected.sorted())
            #expect(
                try Files.names(in: archive + "/inputs") == ["brief.md", "source-01.md", "source-02.txt"]
            )
            #expect(try Files.read(archive + "/inputs/brief.md") == Files.read("\(Self.example)/brief.md"))
            let text = try Files.readText("\(archive)/jp-final.txt")
            #expect(text.contains("on stable storage"), "the answer quotes no source: \(text.prefix(400))")
            for (station, made) in [(Station.nano, 2), (.sg, 3), (.jp, 4)] {
                let names = try Files.names(in: "\(fleet.files.data(station))/archive/brief-one")
                #expect(names.contains("link-\(station)-1.dsse.json"))
                #expect(Set(ClosedJob.evidence).intersection(names).count == made)
                #expect(try Files.names(in: "\(fleet.files.data(station))/inbox").isEmpty)
            }
        }

        private func checkCommands(_ fleet: Fleet) async throws {
            let ladder = try await fleet.baton(.main, "job", "brief-one")
            #expect(ladder.status == .exited(0))
            #expect(ladder.output.first == "brief-one: closed, round 1")
            for stage in ["nano", "sg", "jp", "main"] {
                let row = try #require(ladder.output.first { $0.hasPrefix(stage + " ") })
                let words = row.split(separator: " ")
                #expect(
                    words[3] == "settled" && !words.dropLast().dropFirst(5).prefix(2).contains("-"),
                    "\(row)"
                )
            }
            let unknown = try await fleet.baton(.main, "job", "another")
            #expect(unknown.status == .exited(1))
            let usage = try await fleet.baton(.main, "job")
            #expect(usage.status == .exited(2))
            let again = try await fleet.baton(
                .main,
                "dispatch",
                "brief-one",
                "--brief",
                "\(Self.example)/source-01.md"
            )
            #expect(again.status == .exited(1))
            #expect(again.errors.joined().contains("brief-one is there with other files"), "\(again.errors)")
        }

        /// How it comes that a consumer does not run.
        enum Absence: String, CaseIterable, Sendable {
            case neverStarted, stopped, killed
        }

        @Test(arguments: Absence.allCases)
        func aDeliveredTaskIsNotDoneUntilItsConsumerRuns(absence: Absence) async throws {
            let fleet = try Fleet()
            defer { fleet.end() }
            try await fleet.start(Program.all.filter { $0 != .hands(.sg) || absence != .neverStarted })
            switch absence {
            case .neverStarted: break
            case .stopped: #expect(try await fleet.stop(.hands(.sg)) == .exited(0))
            case .killed: try await fleet.kill(.hands(.sg))
            }
            try await fleet.dispatch("waits")
            try await fleet.wait(.sg, of: "waits", is: .stored)
            try await fleet.wait(.nano, of: "waits", is: .handedOn)
            let newest = try await fleet.history(.sg).last?.seq ?? 0
            let later = try await fleet.events(.sg, after: newest, wait: 1)
            #expect(later.isEmpty)
            let job = try #require(try await fleet.job("waits"))
            #expect(job["state"] == "open" && job["closed_at"] == nil)
            let task = try #require(try await fleet.task(.sg, of: "waits"))
            #expect(task["state"] == "stored" && task["epoch"] == 0)
            #expect(task["next"]?["what"] == "waits for a consumer to claim it")
            try await fleet.start(.hands(.sg))
            try await fleet.wait(job: "waits", is: .closed)
            #expect(fleet.workshop.epochs(of: "waits.sg.1") == [1])
            try await fleet.checkHistories()
        }
    }
}
