import RelayCore
import RelaySeal
import RelayWire
import Synchronization
import TestSupport
import Testing

extension RelayTests {
    /// `kill -9` of a random program at a random moment, again and again, while jobs go round four nodes.
    @Suite struct CrashLoopTests {
        @Test func whatWasAcknowledgedClosesAndIsNotRunTwiceUnseen() async throws {
            let kills = Tool.isLong ? 300 : 50
            var random = SeededNumbers(Tool.seed)
            let fleet = try Fleet()
            defer { fleet.end() }
            try await fleet.start()
            let orders = Orders(fleet, seed: Tool.seed)
            let ordering = Task { try await orders.goOn() }
            for _ in 1...kills {
                let program = Program.all[Int.random(in: 0..<Program.all.count, using: &random)]
                // Not a wait for anything, but the moment that the seed has chosen.
                try await Task.sleep(for: .milliseconds(Int.random(in: 0...250, using: &random)))
                try await fleet.kill(program)
                try await fleet.start(program)
            }
            orders.stop()
            try await ordering.value
            let jobs = orders.acknowledged.value
            for job in jobs.keys.sorted() { try await fleet.wait(job: job, is: .closed) }
            let starts = try await check(jobs, fleet)
            print(
                "crash loop: \(kills) kills, \(orders.uploads.value) uploads and \(jobs.count) jobs acknowledged, "
                    + "\(jobs.count * 4) tasks, \(starts) runs of processors, seed \(Tool.seed)"
            )
        }

        /// Expects that each job is whole everywhere, and gives how often a processor was started.
        private func check(_ jobs: [String: [UInt8]], _ fleet: Fleet) async throws -> Int {
            var starts = 0
            for (job, brief) in jobs {
                try await fleet.waitUntilArchived(job)
                let closed = ClosedJob(fleet: fleet, job: job)
                try closed.checkCloseout()
                try closed.checkLinks()
                try await closed.checkDocuments()
                let found = try Files.read("\(fleet.files.data(.nano))/archive/\(job)/brief.md")
                #expect(found == brief, "the brief of \(job) at nano")
            }
            for station in Station.allCases {
                let events = try await fleet.history(station)
                History(station: station, events: events).check()
                guard station != .main else { continue }
                for job in jobs.keys {
                    let task = station.task(of: job)
                    let runs = fleet.workshop.epochs(of: task)
                    let claims = events.count { $0.task?.rawValue == task && $0.to == "claimed" }
                    starts += runs.count
                    #expect(!runs.isEmpty && Set(runs).count == runs.count, "runs of \(task): \(runs)")
                    #expect(runs.allSatisfy { $0 <= claims }, "runs of \(task): \(runs), \(claims) claims")
                    let shown = try await fleet.task(station, of: job)
                    #expect(shown?["state"] == "settled" && shown?["epoch"]?.integerValue == Int64(claims))
                }
            }
            return starts
        }

        /// Jobs that are ordered by requests of the test at main's bus, a few at once, until `stop`.
        private final class Orders: Sendable {
            /// The brief of each job whose order was acknowledged.
            let acknowledged = Watched<[String: [UInt8]]>([:])
            /// How many uploads were acknowledged.
            let uploads = Watched(0)
            private let way: Exchange.Way
            private let seed: UInt64
            private let isOver = Atomic<Bool>(false)

            init(_ fleet: Fleet, seed: UInt64) {
                way = fleet.socket(of: .main)
                self.seed = seed
            }

            func stop() { isOver.store(true, ordering: .relaxed) }

            /// Orders job after job; each until it is acknowledged, however often main's bus is killed meanwhile.
            func goOn() async throws {
                var number = 0
                while !isOver.load(ordering: .relaxed) {
                    number += 1
                    try await order("crash-\(seed)-\(number)")
                    // Four at once are load enough for two processors.
                    while try await open() > 4, !isOver.load(ordering: .relaxed) {}
                }
            }

            private func order(_ job: String) async throws {
                let brief = Array("# Brief\n\n\(job) wants to know.\n".utf8)
                guard let id = JobID(rawValue: job) else { throw WaitFailure("the name \(job)") }
                try await untilTaken("/upload?job=\(job)&name=brief.md", nil, brief)
                uploads.update { $0 += 1 }
                let files = [try ByHand.attachment("brief.md", brief)]
                let body = LocalRequest.Body.order(OrderRequest(job: id, attachments: files))
                let request = LocalRequest(instance: "crash-loop", request: job, body: body)
                try await untilTaken("/task", "application/json", request.json.encoded)
                acknowledged.update { $0[job] = brief }
            }

            private func untilTaken(_ target: String, _ type: String?, _ body: [UInt8]) async throws {
                let end = ContinuousClock.now + Fleet.patience
                while true {
                    let exchange = Exchange(way: way, method: "POST", target: target, type: type, body: body)
                    // Nobody answers while main's bus is gone.
                    if let answer = try? await exchange.send() {
                        if (200..<300).contains(answer.status) { return }
                        guard answer.status == 503 else { throw WaitFailure("\(target): \(answer)") }
                    }
                    guard ContinuousClock.now < end else { throw WaitFailure("never taken: \(target)") }
                    try await Task.sleep(for: .milliseconds(20))
                }
            }

            /// How many jobs are open; waits for an event when there are.
            private func open() async throws -> Int {
                guard let status = try? await Exchange(way: way, target: "/status?state=open").send() else {
                    try await Task.sleep(for: .milliseconds(20))
                    return .max
                }
                let seq = status["seq"]?.integerValue ?? 0
                let count = status["jobs"]?.elements.count { $0["state"] == "open" } ?? 0
                if count > 4 {
                    _ = try? await Exchange(way: way, target: "/status?since=\(seq)&wait=1").send()
                }
                return count
            }
        }
    }
}
