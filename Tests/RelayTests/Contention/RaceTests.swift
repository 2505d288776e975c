import RelayCore
import RelayWire
import TestSupport
import Testing

extension RelayTests {
    /// Everything writes at once: two consumers of one node, its bus, main's bus and desk, clients, and commands.
    @Suite struct RaceTests {
        private static let tasks = 1000
        private static let clients = 4

        @Test func twoConsumersRunEachOfAThousandTasksOnceWhileAllWrite() async throws {
            let fleet = try Fleet(parallel: 2)
            defer { fleet.end() }
            try await fleet.start(.bus(.main), .bus(.nano), .hands(.main), .hands(.nano))
            let second = try fleet.spawn(.hands(.nano))
            defer { second.killGroup() }
            let began = ContinuousClock.now
            let brief = fleet.path("brief.md")
            try Files.write("# What is wanted\n\nAn answer.\n", to: brief)
            let role = fleet.files.role(.main)
            async let commands = Self.runCommands(role: role, brief: brief)
            try await Self.orderAll(by: Ordering(socket: fleet.socket(of: .main)))
            let ordered = ContinuousClock.now - began
            try await waitUntilRun(fleet)
            let done = ContinuousClock.now - began
            let commandsRun = try await commands
            let runs = fleet.workshop.runs.filter { $0.hasPrefix("race-") }
            #expect(runs.count == Self.tasks && Set(runs).count == Self.tasks, "\(runs.count) runs")
            #expect(runs.allSatisfy { $0.hasSuffix(".nano.1.1") }, "an epoch after the first")
            let shares = [try fleet.process(.hands(.nano)), second].map { consumer in
                consumer.lines.count { $0.text.contains("\"claimed\"") }
            }
            #expect(shares.allSatisfy { $0 > 0 }, "one consumer had them all: \(shares)")
            let seqs = [try await fleet.status(.main)["seq"], try await fleet.status(.nano)["seq"]]
                .compactMap { $0?.integerValue }
            print(
                "race: \(Self.tasks) tasks ordered in \(ordered), run in \(done), \(shares) by each consumer; "
                    + "\(commandsRun) commands; \(seqs) events at main and nano"
            )
            try checkLogs(fleet, second)
        }

        /// Clients that order jobs at once.
        private static func orderAll(by client: Ordering) async throws {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for first in 0..<clients {
                    group.addTask {
                        for index in stride(from: first, to: tasks, by: clients) {
                            try await client.order("race-\(index)")
                        }
                    }
                }
                try await group.waitForAll()
            }
        }

        private func waitUntilRun(_ fleet: Fleet) async throws {
            // What people ordered meanwhile may be run, too, before they cancel it.
            try fleet.workshop.waitForRuns(Self.tasks, of: "race-", within: .seconds(300))
            try await fleet.wait(at: .nano, for: "\(Self.tasks) produced tasks", "limit=1") { status in
                status["counts"]?["produced"]?.integerValue == Int64(Self.tasks) ? true : nil
            }
        }

        /// What people do meanwhile; gives how many commands that were.
        private static func runCommands(role: String, brief: String) async throws -> Int {
            let program = try builtProduct("baton")
            var count = 0
            for round in 0..<10 {
                let job = "people-\(round)"
                for words in [["dispatch", job, "--brief", brief], ["cancel", job], ["status"], ["jobs"]] {
                    let command = try SpawnedProcess(program, words + ["--config", role])
                    let finished = try await command.finish(within: .seconds(60))
                    #expect(finished.status == .exited(0), "\(words): \(finished.errors)")
                    count += 1
                }
            }
            return count
        }

        /// Expects that SQLite was never busy, and that nothing went wrong inside.
        private func checkLogs(_ fleet: Fleet, _ second: SpawnedProcess) throws {
            for station in [Station.main, .nano] {
                let data = fleet.files.data(station)
                for path in ["logs/bus.jsonl", "work/logs/consumer.jsonl"] {
                    let text = try Files.readText("\(data)/\(path)").lowercased()
                    for word in ["busy", "locked", "storage-failed", "projection-failed", "sweep-failed"] {
                        #expect(!text.contains(word), "\(path) of \(station) has \(word)")
                    }
                }
            }
            let said = [try fleet.process(.bus(.main)), try fleet.process(.bus(.nano)), second].flatMap(
                \.lines
            )
            #expect(!said.contains { $0.text.lowercased().contains("busy") })
        }
    }
}
