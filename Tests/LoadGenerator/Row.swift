import Foundation

/// The figures of one level.
struct Row {
    let clients: Int
    let tasks: RunResult
    let health: Bystander.Result
    /// `GET /health` at the same number of clients.
    var gets: RunResult?
    /// Bare appends on disk a second.
    var syncs: Double?

    static let heading = """
        clients  tasks/s  p50 ms  p99 ms  max ms  errors  health     GET/s   sync/s  ratio
        """

    /// Whether every answer was right, every client got one, and the bus stayed healthy.
    var isSound: Bool { faults.isEmpty }

    /// What was not as it must be.
    var faults: [String] {
        var faults: [String] = []
        for result in [tasks, gets].compactMap({ $0 }) {
            if result.errors > 0 { faults.append("\(result.errors) wrong answers: \(result.firstErrors)") }
            if result.unanswered > 0 { faults.append("\(result.unanswered) requests were never answered") }
            if result.silent > 0 { faults.append("\(result.silent) clients never got an answer") }
        }
        if let fault = health.fault { faults.append(fault) }
        return faults
    }

    private var times: [Double] { tasks.quantiles([0.5, 0.99, 1]) }
    private var slowestHealth: Double { Double(health.slowest.inMicroseconds) / 1000 }

    /// The line of the table.
    var line: String {
        let times = times
        var line = Self.padded(Double(clients), 7) + Self.padded(tasks.rate, 9)
        for time in times { line += Self.padded(time, 8, digits: 2) }
        line += Self.padded(Double(tasks.errors), 8) + Self.padded(slowestHealth, 8, digits: 1)
        guard let gets, let syncs else { return line }
        return line + Self.padded(gets.rate, 10) + Self.padded(syncs, 9)
            + Self.padded(tasks.rate / syncs, 7, digits: 2)
    }

    /// The same as one JSON object.
    var json: String {
        let times = times
        let figures: [(String, Double?)] = [
            ("clients", Double(clients)), ("tasks", Double(tasks.times.count)), ("per_second", tasks.rate),
            ("p50_ms", times[0]), ("p99_ms", times[1]), ("max_ms", times[2]),
            ("errors", Double(tasks.errors)), ("silent", Double(tasks.silent)),
            ("unanswered", Double(tasks.unanswered)), ("health_answers", Double(health.answers)),
            ("health_max_ms", slowestHealth), ("gets_per_second", gets?.rate), ("syncs_per_second", syncs),
        ]
        let members = figures.compactMap { name, value in
            value.map { "\"\(name)\": \(Self.padded($0, 0, digits: 3))" }
        }
        return "{" + members.joined(separator: ", ") + "}"
    }

    private static func padded(_ number: Double, _ width: Int, digits: Int = 0) -> String {
        let text = String(format: "%.\(digits)f", number)
        return String(repeating: " ", count: max(0, width - text.utf8.count)) + text
    }
}
