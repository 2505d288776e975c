import RelayCore
package import RelayWire

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A command of this machine as a processor, in a process group of its own and without a shell.
package struct CommandProcessor: Processor {
    private let setting: CommandSetting
    private let inherited: [String: String]
    private let grace: Duration
    private let logLimit: Int
    /// The exit status by which a command asks for another try (sysexits.h, `EX_TEMPFAIL`).
    private static let tryAgain: Int32 = 75

    /// The command of `setting`.
    ///
    /// `inherited` is the consumer's own environment, of which the setting names what is passed on; `grace` is the
    /// time between SIGTERM and SIGKILL; of what it prints `logLimit` bytes are kept.
    package init(
        _ setting: CommandSetting,
        inherited: [String: String],
        grace: Duration = .seconds(5),
        logLimit: Int = 8 << 20
    ) {
        self.setting = setting
        self.inherited = inherited
        self.grace = grace
        self.logLimit = logLimit
    }

    package var label: String {
        let program = setting.arguments[0]
        let name = program.split(separator: "/").last.map(String.init) ?? program
        return PlainText.clipped("command:" + name, atMost: 200)
    }

    package func run(_ order: WorkOrder, meter: ProgressMeter, stop: StopSignal) -> ProcessorOutcome {
        do throws(ConsumerError) {
            let running = try RunningCommand(
                arguments: setting.arguments,
                environment: environment(of: order),
                order: order,
                logLimit: logLimit,
                meter: meter
            )
            let end = try running.supervise(timeout: setting.timeout, grace: grace, stop: stop)
            return outcome(of: end)
        } catch {
            if case .system(_, let code) = error, [EAGAIN, ENOMEM, EMFILE, ENFILE, ENOSPC].contains(code) {
                return .again(error.description)
            }
            return .failed(
                Reason(code: "processor-failed", text: PlainText.clipped("\(error)", atMost: 3000))
            )
        }
    }

    /// Exactly what the setting says and the six names of design.md, section 6.
    private func environment(of order: WorkOrder) -> [String: String] {
        var environment: [String: String] = [:]
        for name in setting.passEnvironment { environment[name] = inherited[name] }
        environment.merge(setting.environment) { _, set in set }
        let task = order.claim.task
        environment["BATON_JOB"] = task.job.rawValue
        environment["BATON_STAGE"] = task.stage.rawValue
        environment["BATON_ROUND"] = String(task.round.number)
        environment["BATON_IN"] = order.input
        environment["BATON_OUT"] = order.output
        environment["BATON_CONTRACT"] = order.contractPath
        return environment
    }

    private func outcome(of end: RunningCommand.End) -> ProcessorOutcome {
        func failed(_ code: String, _ text: String) -> ProcessorOutcome {
            let lines = end.lastLines.isEmpty ? "It printed nothing." : "Its last lines:\n\(end.lastLines)"
            return .failed(
                Reason(code: code, text: PlainText.clipped("\(label) \(text). \(lines)", atMost: 3500))
            )
        }
        if end.isLeftBehind {
            return failed(
                "processor-left-behind",
                "left a process that does not end; end it by hand, then resolve"
            )
        }
        switch (end.cause, end.status) {
        case (.stopped, _): return .stopped
        case (.timedOut, _):
            let seconds = setting.timeout.components.seconds
            return failed(
                "processor-timeout",
                "did not end within \(seconds) s and was killed with its group"
            )
        case (.ended, .exited(0)): return .finished
        case (.ended, .exited(Self.tryAgain)):
            return .again("\(label) asked for another try (exit status 75)")
        case (.ended, .exited(let code)): return failed("processor-failed", "ended with exit status \(code)")
        case (.ended, .killed(let signal)):
            return failed("processor-failed", "was killed by signal \(signal)")
        }
    }
}
