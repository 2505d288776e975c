import Foundation
import RelayCore
import Testing

/// Histories of a whole fleet, each named by its seed.
///
/// `BATON_SEED` runs that one alone, `BATON_SEEDS` changes how many are run, `BATON_TRACE=1` prints what happens.
@Suite(.serialized) struct SimulationTests {
    @Test(.timeLimit(.minutes(10)))
    func aFleetWithoutFaultsClosesItsJobs() async throws {
        let outcomes = try await Self.apart {
            let site = try Site(10)
            return (UInt64(1)...3).map { SeedRunner.run($0, at: site, among: []) }
        }
        for outcome in outcomes {
            #expect(outcome.violation == nil, "\(outcome.report)")
            #expect(outcome.reach["job closed"] == outcome.reach["job open"])
        }
    }

    @Test(.timeLimit(.minutes(10)))
    func theSameSeedIsTheSameHistory() async throws {
        let pairs = try await Self.apart {
            let (one, other) = (try Site(11), try Site(12))
            return (UInt64(1)...6).map { (SeedRunner.run($0, at: one), SeedRunner.run($0, at: other)) }
        }
        for (first, second) in pairs {
            #expect(first.digest != nil && first.digest == second.digest, "seed \(first.seed)")
            #expect(first.reach == second.reach)
        }
    }

    @Test(.timeLimit(.minutes(30)))
    func aFleetWithFaultsKeepsItsPromises() async throws {
        let seeds = Self.seeds
        let (failed, reach) = try await Self.apart { try SeedRunner.run(seeds) }
        for outcome in failed { Issue.record("\(outcome.report)") }
        let reached = reach.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
        print("\(seeds.count) seeds, \(failed.count) failed; \(reached.joined(separator: ", "))")
        // A few seeds cannot reach everything.
        guard seeds.count >= Self.usual else { return }
        for name in Reach.wanted {
            #expect(reach[name, default: 0] > 0, "the generator never reached: \(name)")
        }
    }

    @Test(.timeLimit(.minutes(10)), arguments: Plant.allCases)
    func aPlantedBugIsFound(plant: Plant) async throws {
        let found = try await Self.apart {
            let site = try Site(13)
            return (UInt64(1)...Self.patience).lazy.map { SeedRunner.run($0, at: site, plant: plant) }
                .first { $0.violation != nil }
        }
        guard let found, let violation = found.violation else {
            Issue.record("\(plant.rawValue) is not found by \(Self.patience) seeds")
            return
        }
        print("\(plant.rawValue) is found by seed \(found.seed): \(violation)")
        #expect(plant.breaks.contains(violation.invariant), "\(violation)")
    }

    /// Runs `body` on a thread of its own, as histories take long and the threads that tests share are few.
    private static func apart<Value: Sendable>(
        _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
        }
    }

    /// How many seeds a planted bug may stay unfound.
    private static let patience: UInt64 = 300
    /// How many seeds a run has.
    private static let usual = 200

    private static var seeds: Range<UInt64> {
        if let seed = SeedRunner.environment("BATON_SEED").flatMap(UInt64.init) {
            return seed..<(seed + (SeedRunner.environment("BATON_SEEDS").flatMap(UInt64.init) ?? 1))
        }
        let isLong = SeedRunner.environment("BATON_LONG_TESTS") == "1"
        let count = SeedRunner.environment("BATON_SEEDS").flatMap(UInt64.init)
        return 1..<(1 + (count ?? UInt64(isLong ? 10 * usual : usual)))
    }
}
