import RelayCore
import RelayLedger
import RelayWire

/// Whether the work on a claimed task moves, from what its consumer measured and from what became of the consumer.
struct ProgressReport {
    /// What a look at the claim says.
    enum Pace: String {
        /// More was printed, written or computed between the two newest measurements, or there is one only.
        case moving
        /// The consumer lives and renews, but its processor did nothing that shows since `moved_at`.
        case still = "alive but still"
        /// The consumer has ended, or has not renewed in time: the task is claimed again.
        case gone
    }

    let pace: Pace
    private let measured: MeasuredProgress?

    /// The report on `task`; `nil` unless a consumer holds it.
    init?(
        _ task: TaskRecord,
        _ measured: MeasuredProgress?,
        isAlive: (ProcessIdentity) -> Bool,
        now: UnixMilliseconds
    ) {
        guard task.state == .claimed, task.holder == .consumer else { return nil }
        self.measured = measured
        let hasLapsed = task.leaseUntil.map { $0 <= now } ?? false
        if hasLapsed || !(task.process.map(isAlive) ?? false) {
            pace = .gone
        } else if let measured, measured.movedAt != measured.measuredAt {
            pace = .still
        } else {
            pace = .moving
        }
    }

    var json: JSON {
        let numbers = measured.map { measured in
            [
                .init("bytes", JSON(measured.progress.bytes)),
                .init("cpu_ms", JSON(measured.progress.cpuMilliseconds)),
                .init("measured_at", JSON(measured.measuredAt)), .init("moved_at", JSON(measured.movedAt)),
            ] as [JSON.Member]
        }
        return .object([.init("state", .string(pace.rawValue))] + (numbers ?? []))
    }

    /// What happens next by itself.
    var next: String {
        switch pace {
        case .moving: "the consumer renews the lease while its processor runs"
        case .still: "its processor does nothing that shows; the consumer ends it at its time-out"
        case .gone: "the next claim gets it, in a new epoch"
        }
    }
}
