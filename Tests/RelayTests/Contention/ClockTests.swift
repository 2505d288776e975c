import Foundation
import RelayCore
import RelayWire
import TestSupport
import Testing

extension RelayTests {
    /// The wall clock of a node is set an hour back and ninety days on while it works.
    @Suite(.enabled(if: FakeTime.isInstalled, "needs libfaketime: deploy/setup.sh --tools installs it"))
    struct ClockTests {
        /// Waits until the bus shows a time about so many seconds from the right one.
        private func waitUntilSet(_ station: Station, by seconds: Int64, _ fleet: Fleet) async throws {
            try await fleet.eventually("a clock of \(station) that is set by \(seconds) s") {
                let status = try await fleet.status(station)
                let now = try #require(status["now"]?.stringValue.flatMap { UnixMilliseconds(rfc3339: $0) })
                let waiting = try #require(status["oldest_waiting_s"]?.integerValue)
                #expect(waiting >= 0, "\(status.text)")
                return abs((now.value - Self.now.value) / 1000 - seconds) < 60
            }
        }

        private static var now: UnixMilliseconds {
            UnixMilliseconds(Int64(Date().timeIntervalSince1970 * 1000))
        }

        /// Waits until the lease of the task was renewed so often, and gives the task.
        private func waitForRenewals(_ count: Int, of job: String, _ fleet: Fleet) async throws -> JSON {
            var seen: Set<String> = []
            var latest: JSON?
            try await fleet.eventually("\(count) renewals of \(job)") {
                latest = try await fleet.task(.nano, of: job)
                if let moment = latest?["lease_until"]?.stringValue { seen.insert(moment) }
                return seen.count > count
            }
            return try #require(latest)
        }

        @Test func leasesRunOnWhateverTheClockSays() async throws {
            let fleet = try Fleet(limits: [.init("lease_s", 3)])
            defer { fleet.end() }
            let clock = try FakeTime(at: fleet.path("nano.time"))
            fleet.dress[.bus(.nano)] = .preloading(clock.environment)
            try await fleet.start()
            let task = Station.nano.task(of: "held")
            try fleet.workshop.shut(.nano, of: "held")
            try await fleet.dispatch("held")
            _ = try fleet.workshop.run(of: task)
            // It waits for the task all the time, and would have it as soon as the lease seems to be over.
            let successor = try fleet.spawn(.hands(.nano))
            defer { successor.killGroup() }
            try clock.set(by: "+90d")
            try await waitUntilSet(.nano, by: 90 * 86_400, fleet)
            let held = try await waitForRenewals(3, of: "held", fleet)
            #expect(held["state"] == "claimed" && held["epoch"] == 1, "the lease was lost: \(held.text)")
            #expect(held["progress"]?["state"] != "gone", "\(held.text)")
            // Set back the lease of a frozen consumer lapses in its three seconds all the same.
            try fleet.freeze(.hands(.nano))
            try clock.set(by: "-3600")
            try await waitUntilSet(.nano, by: -3600, fleet)
            #expect(try fleet.workshop.run(of: task) == "\(task).2")
            try fleet.workshop.open(.nano, of: "held")
            try await fleet.wait(.nano, of: "held", is: .handedOn)
            fleet.thaw(.hands(.nano))
            _ = try await fleet.process(.hands(.nano)).waitForLine(
                containing: "\"claim-lost\"",
                within: Fleet.patience
            )
            try await fleet.wait(job: "held", is: .closed)
            #expect(fleet.workshop.epochs(of: task) == [1, 2])
            try await fleet.checkHistories()
        }

        @Test func nothingEndsByAClockThatTheOthersDoNotShare() async throws {
            let fleet = try Fleet()
            defer { fleet.end() }
            let clocks = try [Station.main, .nano].map { try FakeTime(at: fleet.path("\($0).time")) }
            fleet.dress[.bus(.main)] = .preloading(clocks[0].environment)
            fleet.dress[.bus(.nano)] = .preloading(clocks[1].environment)
            try await fleet.start(Program.buses)
            try await fleet.dispatch("expiring")
            let main = ByHand(fleet: fleet, station: .main, job: "expiring")
            let due = try await main.deliver()
            try clocks[1].set(by: "+90d")
            try await waitUntilSet(.nano, by: 90 * 86_400, fleet)
            let refused = try await main.carry(due)
            #expect(refused.status == 503 && refused.code == "clock-unsure", "\(refused)")
            #expect(try await clock(.nano, fleet) == "warn")
            // The sweep at the start would give the job up, a week and more after its deadline.
            try clocks[0].set(by: "+90d")
            try await fleet.kill(.bus(.main))
            try await fleet.start(.bus(.main), .hands(.main))
            try await waitUntilSet(.main, by: 90 * 86_400, fleet)
            try await fleet.eventually("main's clock is found wrong by its peers") {
                try await health(.main, fleet)["output"]?.stringValue?.contains("ahead of") == true
            }
            #expect(try await fleet.job("expiring")?["state"] == "open")
            for clock in clocks { try clock.set(by: "+0") }
            try await waitUntilSet(.nano, by: 0, fleet)
            #expect(try await main.carry(due).status == 202)
            try await fleet.eventually("main's clock is right again") {
                try await clock(.main, fleet) == "pass"
            }
            try await fleet.start(.hands(.nano), .hands(.sg), .hands(.jp))
            try await fleet.wait(job: "expiring", is: .closed)
        }

        private func clock(_ station: Station, _ fleet: Fleet) async throws -> String? {
            try await health(station, fleet)["status"]?.stringValue
        }

        /// The check of the clock in `/health`.
        private func health(_ station: Station, _ fleet: Fleet) async throws -> JSON {
            let answer = try await Exchange(way: fleet.socket(of: station), target: "/health").send()
            return try #require(answer["checks"]?["clock"]?.elements.first)
        }
    }
}
