package import RelayCore
package import RelayWire

/// How far the processor of a claimed task has come, as its consumer measured it.
package struct MeasuredProgress: Hashable, Sendable {
    /// What was measured last.
    package let progress: RenewRequest.Progress
    /// When it was measured.
    package let measuredAt: UnixMilliseconds
    /// When it was last more than before.
    package let movedAt: UnixMilliseconds
}
