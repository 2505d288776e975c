import Foundation
import TestSupport

/// Programs of the system that faults are made with.
enum Tool {
    /// Runs a program to its end.
    ///
    /// - Throws: `WaitFailure` with what it wrote when it fails.
    static func run(_ words: String...) async throws { _ = try await output(of: words) }

    /// The same, with its output.
    static func output(_ words: String...) async throws -> String { try await output(of: words) }

    private static func output(of words: [String]) async throws -> String {
        let process = try SpawnedProcess("/usr/bin/env", words)
        let finished = try await process.finish(within: .seconds(30))
        let text = finished.lines.map(\.text).joined(separator: "\n")
        guard finished.status == .exited(0) else {
            throw WaitFailure("\(words.joined(separator: " ")): \(finished.status)\n\(text)")
        }
        return text
    }

    /// Whether a program runs at all.
    static func works(_ words: String...) async -> Bool {
        guard let process = try? SpawnedProcess("/usr/bin/env", words) else { return false }
        return (try? await process.finish(within: .seconds(30)).status) == .exited(0)
    }

    /// Whether the long tests were asked for (`deploy/test.sh --long`).
    static let isLong = ProcessInfo.processInfo.environment["BATON_LONG_TESTS"] == "1"

    /// A seed for this run: the one of `BATON_SEED`, or a new one.
    static let seed: UInt64 =
        ProcessInfo.processInfo.environment["BATON_SEED"].flatMap { UInt64($0) }
        ?? UInt64.random(in: 1...99_999)
}
