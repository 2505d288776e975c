import RelayCore
import RelaySeal
import RelayWire
import Testing

/// What holds of every node's events, whatever happened to the node.
struct History {
    let station: Station
    let events: [NodeEvent]

    /// Expects numbers without gaps, an unbroken chain of hashes, and legal transitions only.
    func check(_ location: SourceLocation = #_sourceLocation) {
        var states: [TaskID: String] = [:]
        var previous = String(repeating: "0", count: 64)
        for (index, event) in events.enumerated() {
            expect(event.seq == Int64(index + 1), event, "is number \(index + 1)", location)
            expect(event.previous == previous, event, "follows \(previous)", location)
            expect(Digest.of(event.hashed.encoded).hex == event.hash, event, "has another hash", location)
            previous = event.hash
            guard let task = event.task, let state = event.to else { continue }
            expect(event.from == states[task], event, "found \(states[task] ?? "nothing")", location)
            if let from = event.from { expect(isLegal(event, from, state), event, "is illegal", location) }
            states[task] = state
        }
    }

    private func isLegal(_ event: NodeEvent, _ from: String, _ to: String) -> Bool {
        guard let state = TaskState(rawValue: from), let kind = TaskEvent(rawValue: event.kind) else {
            return false
        }
        return state.next(after: kind)?.rawValue == to
    }

    private func expect(_ holds: Bool, _ event: NodeEvent, _ what: String, _ location: SourceLocation) {
        #expect(holds, "event at \(station): \(event.json.text) \(what)", sourceLocation: location)
    }

    /// The states that a task came into, in order.
    func states(of task: String) -> [String] {
        events.filter { $0.task?.rawValue == task }.compactMap(\.to)
    }
}

extension Fleet {
    /// Expects that the events of all nodes hold together.
    func checkHistories(_ location: SourceLocation = #_sourceLocation) async throws {
        for station in Station.allCases { try await checkHistory(of: station, location) }
    }

    /// Expects that the events of a node hold together.
    func checkHistory(of station: Station, _ location: SourceLocation = #_sourceLocation) async throws {
        History(station: station, events: try await history(station)).check(location)
    }
}
