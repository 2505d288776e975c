import RelayCore

/// How often each thing happened that the simulator is to reach; a generator that misses one proves nothing of it.
// Only whoever has the turn looks at it; see `Strand`.
final class Reach: @unchecked Sendable {
    private(set) var counts: [String: Int] = [:]

    /// Counts a fault.
    func count(_ fault: FaultKind) { counts["fault \(fault.rawValue)", default: 0] += 1 }

    /// Counts anything.
    func count(_ what: String) { counts[what, default: 0] += 1 }

    /// Takes in what another history reached.
    func add(_ other: [String: Int]) { counts.merge(other, uniquingKeysWith: +) }

    /// Everything that a full run is to reach.
    static let wanted: [String] =
        FaultKind.allCases.map { "fault \($0.rawValue)" } + transitions + refusals
        + JobState.allCases.map { "job \($0.rawValue)" }

    /// Each row of the table of states, but those that nothing in the product does.
    private static let transitions: [String] = TaskState.allCases.flatMap { state in
        TaskEvent.allCases.compactMap { event in
            guard let next = state.next(after: event), event != .failed else { return nil }
            let name = "\(state.rawValue) \(event.rawValue) \(next.rawValue)"
            return unreachable.contains(name) ? nil : name
        }
    }

    /// Nothing blocks a task that nobody holds yet.
    private static let unreachable: Set<String> = ["stored blocked blocked"]

    /// Refusals, by status and code.
    private static let refusals = [
        "403 not-the-holder", "404 unknown-job", "404 unknown-task", "409 job-ended",
        "409 job-exists", "409 stale-epoch", "409 superseded", "422 attachments-missing", "503 unavailable",
        "507 no-room",
    ].map { "refusal \($0)" }
}
