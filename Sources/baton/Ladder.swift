import RelayCore
import RelayWire

/// The steps of a job as main knows them, for people.
enum Ladder {
    /// The moments of a step, in the order in which they come.
    private static let moments = [
        "ordered_at", "stored_at", "claimed_at", "produced_at", "handed_on_at", "validated_at",
    ]

    /// The whole job: its state, a table of its steps, why it waits and what happens next.
    static func lines(of job: JSON) -> [String] {
        var lines = [
            "\(Table.cell(job["job"])): \(Table.cell(job["state"])), round \(Table.cell(job["round"]))"
        ]
        let head = [
            "STAGE", "NODE", "ROUND", "STATE", "ORDERED", "STORED", "CLAIMED", "PRODUCED", "HANDED ON",
            "VALIDATED",
        ]
        let steps = job["ladder"]?.elements ?? []
        let rows = steps.map { step in
            ["stage", "node", "round", "state"].map { Table.cell(step[$0]) } + moments.map { clock(step[$0]) }
                + [seconds(of: step)]
        }
        lines += Table.lines([head + ["SECONDS"]] + rows)
        if let ordered = moment(job["ordered_at"]), let closed = moment(job["closed_at"]) {
            lines.append("from order to close: \(seconds(closed.value - ordered.value)) s")
        }
        if let reason = job["reason"], reason != .null {
            lines.append("reason: \(Table.cell(reason))")
            let expected = reason["expected"]?.elements.map { Table.cell($0) } ?? []
            if !expected.isEmpty { lines.append("expected: \(expected.joined(separator: ", "))") }
        }
        if let next = job["next"], next != .null { lines.append("next: \(Table.cell(next))") }
        return lines
    }

    /// What has happened in `job` that is not in `seen` yet, in the order of time; `seen` has it afterwards.
    static func news(of job: JSON, seen: inout Set<String>) -> [String] {
        var news: [(at: String, line: String)] = []
        for step in job["ladder"]?.elements ?? [] {
            let stage = Table.cell(step["stage"])
            let place = "\(stage) at \(Table.cell(step["node"]))"
            for name in moments {
                guard let at = step[name]?.stringValue else { continue }
                guard seen.insert("\(stage) \(Table.cell(step["round"])) \(name)").inserted else { continue }
                let what = name.dropLast(3).map { $0 == "_" ? "-" : $0 }
                news.append((at, "\(clock(.string(at)))  \(place)  \(String(what))"))
            }
        }
        return news.sorted { $0.at < $1.at }.map(\.line)
    }

    /// The time from when the step was stored to when the node had handed it on, or as far as it has come.
    private static func seconds(of step: JSON) -> String {
        let known = moments.dropFirst().dropLast().compactMap { moment(step[$0])?.value }
        guard let first = known.first, let last = known.max(), known.count > 1 else { return "-" }
        return seconds(last - first)
    }

    private static func seconds(_ milliseconds: Int64) -> String {
        let rest = String(abs(milliseconds % 1000))
        return "\(milliseconds / 1000)." + String(repeating: "0", count: 3 - rest.count) + rest
    }

    private static func moment(_ json: JSON?) -> UnixMilliseconds? {
        json?.stringValue.flatMap(UnixMilliseconds.init(rfc3339:))
    }

    /// The time of day of a moment, in UTC.
    private static func clock(_ json: JSON?) -> String {
        guard let text = json?.stringValue, text.count == 24 else { return "-" }
        return String(text.dropFirst(11).dropLast())
    }
}
