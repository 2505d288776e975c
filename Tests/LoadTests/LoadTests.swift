import Foundation
import TestSupport
import Testing

/// A bus under more clients than it has threads.
@Suite struct LoadTests {
    /// What `LoadGenerator --json` prints of one level.
    private struct Figures: Decodable {
        let clients, tasks, errors, silent, unanswered, health_answers, health_max_ms: Double
    }

    @Test(.timeLimit(.minutes(10)))
    func twoHundredAndFiftySixClientsAreAllAnswered() async throws {
        let isLong = ProcessInfo.processInfo.environment["BATON_LONG_TESTS"] == "1"
        let load = try SpawnedProcess(
            builtProduct("LoadGenerator"),
            ["--clients", "256", "--seconds", isLong ? "5" : "2", "--no-baselines", "--json"]
        )
        let finished = try await load.finish(within: .seconds(120))
        let lines = finished.lines.map(\.text)
        #expect(finished.status == .exited(0), "\(lines)")
        let line = try #require(lines.first { $0.hasPrefix("{") }, "\(lines)")
        let figures = try JSONDecoder().decode(Figures.self, from: Data(line.utf8))
        #expect(figures.clients == 256 && figures.tasks >= 256)
        #expect(figures.errors == 0 && figures.silent == 0 && figures.unanswered == 0)
        #expect(figures.health_answers > 0 && figures.health_max_ms < 5000)
    }

    @Test(
        .timeLimit(.minutes(10)),
        arguments: [["--help"], ["--clients", "0"], ["--seconds", "x"], ["--seconds"], ["-v"]]
    )
    func theLoadGeneratorTellsHowItIsUsed(arguments: [String]) async throws {
        let load = try SpawnedProcess(builtProduct("LoadGenerator"), arguments)
        let finished = try await load.finish(within: .seconds(30))
        #expect(finished.status == .exited(arguments == ["--help"] ? 0 : 64))
        #expect(finished.lines.contains { $0.text.hasPrefix("usage: LoadGenerator") })
    }
}
