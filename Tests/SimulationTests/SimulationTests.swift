import RelayCore
import Testing

/// Histories of a whole fleet, each named by its seed.
///
/// `BATON_SEED` runs that one alone, `BATON_SEEDS` changes how many are run, `BATON_TRACE=1` prints what happens.
@Suite(.serialized) struct SimulationTests {
    @Test(.timeLimit(.minutes(2)))
    func aFleetWithoutFaultsClosesItsJobs() throws {
        let site = try Site(10)
        for seed in UInt64(1)...3 {
            let outcome = SeedRunner.run(seed, at: site, among: [])
            #expect(outcome.violation == nil, "\(outcome.report)")
            #expect(outcome.reach["job closed"] == outcome.reach["job open"])
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func theSameSeedIsTheSameHistory() throws {
        let (one, other) = (try Site(11), try Site(12))
        for seed in UInt64(1)...6 {
            let first = SeedRunner.run(seed, at: one)
            let second = SeedRunner.run(seed, at: other)
            #expect(first.digest != nil && first.digest == second.digest, "seed \(seed)")
            #expect(first.reach == second.reach)
        }
    }

    @Test(.timeLimit(.minutes(30)))
    func aFleetWithFaultsKeepsItsPromises() throws {
        let seeds = Self.seeds
        let (failed, reach) = try SeedRunner.run(seeds)
        for outcome in failed { Issue.record("\(outcome.report)") }
        let reached = reach.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
        print("\(seeds.count) seeds, \(failed.count) failed; \(reached.joined(separator: ", "))")
        // A few seeds cannot reach everything.
        guard seeds.count >= Self.usual else { return }
        for name in Reach.wanted {
            #expect(reach[name, default: 0] > 0, "the generator never reached: \(name)")
        }
    }

    @Test(.timeLimit(.minutes(5)), arguments: Plant.allCases)
    func aPlantedBugIsFound(plant: Plant) throws {
        let site = try Site(13)
        for seed in UInt64(1)...Self.patience {
            guard let violation = SeedRunner.run(seed, at: site, plant: plant).violation else { continue }
            print("\(plant.rawValue) is found by seed \(seed): \(violation)")
            #expect(plant.breaks.contains(violation.invariant), "\(violation)")
            return
        }
        Issue.record("\(plant.rawValue) is not found by \(Self.patience) seeds")
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
