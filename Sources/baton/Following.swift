import RelayConsumer
import RelayCore
import RelayWire

/// Follows one job at main until it cannot move by itself any more.
enum Following {
    /// Prints what happens, and gives the job as it is at the end, or when `stop` is set.
    ///
    /// After `patience`, in seconds, without an event of the bus the job is looked at again.
    static func follow(
        _ id: JobID,
        at node: LocalNode,
        patience: Int = 5,
        stop: StopSignal,
        print: (String) -> Void
    ) throws -> JSON {
        var seen: Set<String> = []
        var seq: Int64?
        while true {
            let status = try node.status("job=\(id)")
            guard let job = status["jobs"]?.elements.first(where: { $0["job"]?.stringValue == id.rawValue })
            else {
                throw Failure(.no, "there is no job \(id) here")
            }
            for line in Ladder.news(of: job, seen: &seen) { print(line) }
            let state = job["state"]?.stringValue.flatMap(JobState.init)
            guard state == .open, !stop.isSet else { return job }
            let since = seq ?? status["seq"]?.integerValue ?? 0
            seq = try wait(after: since, at: node, patience: patience)
        }
    }

    /// Waits until the nodes have settled what a closed job was made of, and gives the job as it is then.
    ///
    /// The job is closed whether they have or not; after `limit` they are not waited for any more.
    static func settle(_ id: JobID, at node: LocalNode, within limit: Duration, stop: StopSignal) throws
        -> JSON
    {
        let end = ContinuousClock.now + limit
        while true {
            let status = try node.status("job=\(id)")
            guard let job = status["jobs"]?.elements.first else {
                throw Failure(.no, "there is no job \(id) here")
            }
            let open = job["ladder"]?.elements.filter { rung in
                let state = rung["state"]?.stringValue.flatMap(TaskState.init)
                return state.map { !$0.isFinal } ?? false
            }
            guard open?.isEmpty == false, !stop.isSet, .now < end else { return job }
            _ = try wait(after: status["seq"]?.integerValue ?? 0, at: node, patience: 1)
        }
    }

    /// Waits for the next event of the bus and gives its number, or `nil` to begin from the newest.
    private static func wait(after seq: Int64, at node: LocalNode, patience: Int) throws -> Int64? {
        do throws(BusFailure) {
            let answer = try node.bus.status("since=\(seq)&wait=\(patience)", polling: true)
            return answer["events"]?.elements.last?["seq"]?.integerValue ?? seq
        } catch {
            if case .refused(let refusal) = error, refusal.status == 410 { return nil }
            // A bus that is being started again is waited for by the request for the job that follows.
            guard error.isTemporary else { throw error }
            return seq
        }
    }
}
