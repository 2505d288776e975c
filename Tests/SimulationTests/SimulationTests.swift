import Foundation
import Testing

/// Histories of a whole fleet, each named by its seed.
@Suite struct SimulationTests {
    @Test(.timeLimit(.minutes(2)))
    func aFleetWithoutFaultsClosesItsJobs() throws {
        let site = try Site(0)
        for seed in UInt64(1)...20 {
            let fleet = SimulatedFleet(seed: seed, at: site, among: [])
            do {
                _ = try fleet.run(jobs: 2, trouble: 1000)
            } catch {
                Issue.record("seed \(seed): \(error)\n\(fleet.timeline.tail.joined(separator: "\n"))")
                return
            }
            #expect(fleet.reach.counts["job closed"] == 2)
        }
    }

    @Test func aFleetWithFaultsHoldsItsPromises() throws {
        let site = try Site(1)
        let first = ProcessInfo.processInfo.environment["BATON_SEED"].flatMap(UInt64.init) ?? 1
        let count = ProcessInfo.processInfo.environment["BATON_SEEDS"].flatMap(UInt64.init) ?? 1
        let reach = Reach()
        var failures = 0
        for seed in first..<(first + count) {
            let fleet = SimulatedFleet(seed: seed, at: site)
            do {
                _ = try fleet.run(jobs: 2)
            } catch {
                failures += 1
                print("seed \(seed): \(error)\n\(fleet.timeline.tail.joined(separator: "\n"))")
            }
            reach.add(fleet.reach.counts)
            print("seed \(seed) \(fleet.timeline.now) ms \(fleet.timeline.length) lines")
        }
        for (name, n) in reach.counts.sorted(by: { $0.key < $1.key }) { print(n, name) }
        for name in Reach.wanted where reach.counts[name] == nil { print("MISSING", name) }
        #expect(failures == 0)
    }
}
