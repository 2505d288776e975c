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
}
