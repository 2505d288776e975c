import RelayCore
package import RelayWire
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Measures from outside how far a running processor has moved.
package final class ProgressMeter: Sendable {
    private struct State {
        var printed: Int64 = 0
        var group: Int32?
        var clock: clockid_t?
        var processorTime: Int64 = 0
    }

    private let state = Mutex(State())
    private let output: String

    /// - Parameter output: the directory that the processor fills.
    package init(output: String) { self.output = output }

    /// The processor time of the calling thread counts from now on.
    func watchThisThread() {
        #if canImport(Glibc)
            var clock = clockid_t()
            guard pthread_getcpuclockid(pthread_self(), &clock) == 0 else { return }
        #else
            let clock = CLOCK_PROCESS_CPUTIME_ID
        #endif
        state.withLock { $0.clock = clock }
    }

    /// The processor time of the process group counts from now on; `nil` when there is none any more.
    func watch(group: Int32?) { state.withLock { $0.group = group } }

    /// The processor printed so many more bytes, kept or not.
    func addPrinted(_ count: Int) { state.withLock { $0.printed += Int64(count) } }

    /// What is known now; neither number ever falls.
    package func measure() -> RenewRequest.Progress {
        let (printed, group, clock) = state.withLock { ($0.printed, $0.group, $0.clock) }
        var time: Int64 = 0
        if let group { time += ProcessTable.processorTime(ofGroup: group) }
        var spent = timespec()
        if let clock, clock_gettime(clock, &spent) == 0 {
            time += Int64(spent.tv_sec) * 1000 + Int64(spent.tv_nsec) / 1_000_000
        }
        // A directory that the processor took away has nothing in it.
        let written = (try? Folder(output).bytes()) ?? 0
        return state.withLock { state in
            state.processorTime = max(state.processorTime, time)
            return .init(bytes: printed + written, cpuMilliseconds: state.processorTime)
        }
    }
}
