#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A command that runs, with all that it prints and all that it started.
final class RunningCommand {
    /// Why it does not run any more.
    enum Cause: Hashable {
        case ended, timedOut, stopped
    }

    /// What became of the command itself.
    enum Status: Hashable {
        case exited(Int32)
        case killed(Int32)
    }

    /// What is known when nothing of it runs any more.
    struct End: Hashable {
        let cause: Cause
        let status: Status
        let lastLines: String
        /// Something of it is still there and cannot be ended.
        let isLeftBehind: Bool
    }

    private enum Stage {
        case running, asked, killed
    }

    private let process: Int32
    private let directory: String
    private let output: Int32
    private let leader: StopSignal
    private let lock: LockWait
    private let meter: ProgressMeter
    private var log: ProcessorLog
    private var isOutputOpen = true
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)

    /// Starts the command in the work directory of `order`, whose lock it inherits as descriptor 3.
    init(
        arguments: [String],
        environment: [String: String],
        order: WorkOrder,
        logLimit: Int,
        meter: ProgressMeter
    ) throws(ConsumerError) {
        log = try ProcessorLog(at: order.log, limit: logLimit)
        let held = try WorkLock(in: order.directory)
        let pipe = try Descriptors.pipe()
        Descriptors.setNonBlocking(pipe.reader)
        output = pipe.reader
        directory = order.directory
        self.meter = meter
        defer { close(pipe.writer) }
        do throws(ConsumerError) {
            process = try Spawn.start(
                arguments: arguments,
                environment: environment,
                directory: order.directory,
                output: pipe.writer,
                inherited: held.held
            )
        } catch {
            close(pipe.reader)
            throw error
        }
        held.record(group: process)
        meter.watch(group: process)
        do throws(ConsumerError) {
            leader = try Self.waiting(for: process)
            lock = try held.handOver()
        } catch {
            close(pipe.reader)
            Self.abandon(process)
            throw error
        }
    }

    deinit { close(output) }

    /// Waits until the command and everything it started is gone: by itself, or by force after `timeout` or `stop`.
    func supervise(timeout: Duration, grace: Duration, stop: StopSignal) throws(ConsumerError) -> End {
        var stage = Stage.running
        var cause = Cause.ended
        var deadline = ContinuousClock.now + timeout
        var isLeftBehind = false
        while true {
            // Looked at once, before the wait: what happens after this look must end the wait.
            let (hasEnded, isFree) = (leader.isSet, lock.isFree)
            if hasEnded, isFree { break }
            var watched = isFree ? [] : lock.descriptors
            if !hasEnded || stage == .running { watched += leader.descriptors }
            wait(until: deadline, for: watched + (stage == .running ? stop.descriptors : []))
            let isLate = ContinuousClock.now >= deadline
            switch stage {
            case .running where leader.isSet || isLate || stop.isSet:
                cause = leader.isSet ? .ended : isLate ? .timedOut : .stopped
                _ = kill(-process, SIGTERM)
                if !lock.isFree { Leftovers.signal(strayed(), SIGTERM) }
                (stage, deadline) = (.asked, .now + grace)
            case .asked where isLate:
                killAll()
                (stage, deadline) = (.killed, .now + .seconds(5))
            case .killed where isLate:
                isLeftBehind = true
            case .running, .asked, .killed: break
            }
            if isLeftBehind { break }
        }
        if !isLeftBehind { isLeftBehind = !endStragglers(grace: grace) }
        drain()
        log.finish()
        meter.watch(group: nil)
        let status = leader.isSet ? try reap() : .killed(SIGKILL)
        return End(
            cause: cause,
            status: status,
            lastLines: log.lastLines(atMost: 2048),
            isLeftBehind: isLeftBehind
        )
    }

    private func wait(until deadline: ContinuousClock.Instant, for signals: [Int32]) {
        _ = Descriptors.ready(signals + (isOutputOpen ? [output] : []), within: deadline - .now)
        drain()
    }

    /// Takes what is printed so far.
    private func drain() {
        while isOutputOpen {
            // A pipe that cannot be read any more is at its end.
            guard let count = try? Descriptors.fill(&buffer, from: output, during: "read a pipe") else {
                return
            }
            isOutputOpen = count > 0
            meter.addPrinted(count)
            log.take(buffer[..<count])
        }
    }

    /// Ends those of the group who let go of the lock; the number is still ours, as the command is not reaped yet.
    private func endStragglers(grace: Duration) -> Bool {
        let left = ProcessTable.workers(in: directory, group: process)
        if !left.isEmpty {
            Leftovers.signal(left, SIGTERM)
            if Leftovers.areGone(from: directory, group: process, within: grace) { return true }
        }
        killAll()
        return Leftovers.areGone(from: directory, group: process, within: .seconds(5))
    }

    /// Those who left the group.
    private func strayed() -> [ProcessTable.Entry] {
        ProcessTable.workers(in: directory, group: process).filter { $0.group != process }
    }

    private func killAll() {
        _ = kill(-process, SIGKILL)
        Leftovers.signal(ProcessTable.workers(in: directory, group: process), SIGKILL)
    }

    private func reap() throws(ConsumerError) -> Status {
        var status: Int32 = 0
        while waitpid(process, &status, 0) != process {
            guard errno == EINTR else { throw .last("wait for process \(process)") }
        }
        // The macros of <sys/wait.h>, which Swift does not import.
        return status & 0x7F == 0 ? .exited(status >> 8 & 0xFF) : .killed(status & 0x7F)
    }

    /// A signal that a thread sets when the process has ended; it is not reaped, so its number stays ours.
    private static func waiting(for process: Int32) throws(ConsumerError) -> StopSignal {
        do {
            let ended = try StopSignal()
            _ = try SideThread(named: "wait") {
                var information = siginfo_t()
                while waitid(P_PID, id_t(process), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
                ended.set()
            }
            return ended
        } catch {
            throw (error as? ConsumerError) ?? .unusable("\(error)")
        }
    }

    /// Ends a process that cannot be supervised.
    private static func abandon(_ process: Int32) {
        _ = kill(-process, SIGKILL)
        var status: Int32 = 0
        while waitpid(process, &status, 0) != process, errno == EINTR {}
    }
}
