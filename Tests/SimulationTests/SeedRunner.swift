import Foundation
import RelayCore
import Synchronization

/// What came of one history.
struct Outcome: Sendable {
    let seed: UInt64
    /// The digest of its record.
    let digest: Digest?
    let violation: Violation?
    /// The end of its record.
    let tail: [String]
    let reach: [String: Int]

    /// What a person needs to look into it.
    var report: String {
        """
        seed \(seed): \(violation.map { "\($0)" } ?? "holds")
        \(tail.joined(separator: "\n"))
        to see it again: BATON_SEED=\(seed) BATON_TRACE=1 deploy/test.sh --filter aFleetWithFaults
        """
    }
}

/// Runs histories, each on a thread of its own from beginning to end.
enum SeedRunner {
    /// Runs the history of `seed` at `site`.
    static func run(
        _ seed: UInt64,
        at site: Site,
        among kinds: [FaultKind] = FaultKind.allCases,
        plant: Plant? = nil
    ) -> Outcome {
        let fleet = SimulatedFleet(seed: seed, at: site, among: kinds, plant: plant)
        let digest = fleet.run()
        return Outcome(
            seed: seed,
            digest: digest,
            violation: fleet.checks.violation,
            tail: fleet.timeline.tail,
            reach: fleet.reach.counts
        )
    }

    /// Runs the histories of `seeds`, two at a time, and stops at the first that does not hold.
    static func run(_ seeds: Range<UInt64>) throws -> (failed: [Outcome], reach: [String: Int]) {
        let next = Mutex(seeds.lowerBound)
        let result = Mutex<(failed: [Outcome], reach: [String: Int])>(([], [:]))
        let sites = try (0..<2).map { try Site($0) }
        DispatchQueue.concurrentPerform(iterations: sites.count) { index in
            while let seed = next.withLock({ take(&$0, of: seeds) }) {
                let outcome = run(seed, at: sites[index])
                result.withLock { result in
                    result.reach.merge(outcome.reach, uniquingKeysWith: +)
                    if outcome.violation != nil { result.failed.append(outcome) }
                }
                if outcome.violation != nil, !goesOn { next.withLock { $0 = seeds.upperBound } }
            }
        }
        return result.withLock { $0 }
    }

    /// Look at all seeds even when one of them does not hold.
    private static let goesOn = environment("BATON_KEEP_GOING") == "1"

    private static func take(_ next: inout UInt64, of seeds: Range<UInt64>) -> UInt64? {
        guard next < seeds.upperBound else { return nil }
        defer { next += 1 }
        return next
    }

    /// A variable of the environment.
    static func environment(_ name: String) -> String? { ProcessInfo.processInfo.environment[name] }
}
