import Foundation
import RelayCore
import RelayWire
import TestSupport
import Testing

extension RelayTests {
    /// Clients that are slow, or open connections and do nothing with them.
    @Suite struct SlowClientsTests {
        /// How many tasks are timed with and without them.
        private static let tasks = 60
        private static let allowance = Duration.milliseconds(50)

        @Test func fiveHundredOfThemDoNotDelayAHealthyClientAndAreCut() async throws {
            let fleet = try Fleet(limits: [
                .init("head_within_s", 4), .init("idle_within_s", 4), .init("request_within_s", 6),
            ])
            defer { fleet.end() }
            try await fleet.start(.bus(.main), .bus(.nano))
            // A machine that is busy with other things delays some tasks by itself, but hardly three times.
            var delays: [Duration] = []
            for round in 1...3 {
                delays = try await self.delays(round, fleet)
                if delays.allSatisfy({ $0 <= Self.allowance }) { break }
            }
            #expect(
                delays.allSatisfy { $0 <= Self.allowance },
                "of the median and of the slowest tenth: \(delays)"
            )
            let parts = try Files.names(in: "\(fleet.files.data(.nano))/inbox").filter {
                $0.hasSuffix(".part")
            }
            #expect(parts.isEmpty, "\(parts)")
        }

        /// How much later the median and the slowest tenth of the tasks are among a crowd, which is cut in the end.
        private func delays(_ round: Int, _ fleet: Fleet) async throws -> [Duration] {
            let due = try await deliveries(2 * Self.tasks, round, fleet)
            let alone = try await times(of: due.prefix(Self.tasks), fleet)
            // A peer's address, another's, and that of a stranger.
            let sources = [
                (fleet.files.host(.main), 200), (fleet.files.host(.jp), 150),
                (fleet.files.strangersHost, 150),
            ]
            let crowd = Crowd(
                sources.map { (from: $0.0, count: $0.1) },
                to: fleet.files.host(.nano),
                port: fleet.files.port(.nano)
            )
            defer { crowd.end() }
            try await crowd.waitUntilThere(500)
            let among = try await times(of: due.suffix(Self.tasks), fleet)
            let standing = crowd.standing
            #expect(standing.connected - standing.cut > 250, "they were there: \(standing)")
            try await crowd.waitUntilCut(500)
            return [0.5, 0.9].map { share in
                let (before, with) = (quantile(share, alone), quantile(share, among))
                print(
                    "slow clients: \(Int(share * 100)) % of the tasks within \(before), among 500 within \(with)"
                )
                return with - before
            }
        }

        /// Orders jobs, and takes the documents that are to bring them to nano.
        private func deliveries(_ count: Int, _ round: Int, _ fleet: Fleet) async throws -> [(
            ByHand, DueDelivery
        )] {
            var all: [(ByHand, DueDelivery)] = []
            for index in 0..<count {
                let main = ByHand(fleet: fleet, station: .main, job: "timed-\(round)-\(index)")
                try await main.order()
                all.append((main, try await main.deliver()))
            }
            return all
        }

        private func times(
            of due: some Sequence<(ByHand, DueDelivery)>,
            _ fleet: Fleet
        ) async throws -> [Duration] {
            var times: [Duration] = []
            for (main, delivery) in due {
                let start = ContinuousClock.now
                let answer = try await main.carry(delivery)
                times.append(ContinuousClock.now - start)
                #expect(answer.status == 202, "\(answer)")
            }
            return times.sorted()
        }

        private func quantile(_ share: Double, _ times: [Duration]) -> Duration {
            times[min(times.count - 1, Int(Double(times.count) * share))]
        }
    }
}
