import RelayCore
import RelayWire
import Testing

@testable import RelayConsumer

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite(.timeLimit(.minutes(10)))
struct CommandProcessorTests {
    let scratch = Scratch()

    /// A run of `command` in a fresh work directory.
    private func order(epoch: Int64 = 1) throws -> WorkOrder {
        let task: TaskID = try checked("job.sg.2")
        let directory = try scratch.directory("job.sg.2.\(epoch)")
        try Files.makeDirectory(directory + "/in", 0o755)
        try Files.makeDirectory(directory + "/out", 0o755)
        return WorkOrder(
            claim: Claim(task: task, epoch: epoch),
            contractPath: "/contracts/sg.json",
            directory: directory,
            log: scratch.path + "/log"
        )
    }

    private func processor(
        _ command: [String],
        timeout: Int = 30,
        environment: [(String, String)] = [],
        pass: [String] = [],
        inherited: [String: String] = [:],
        grace: Duration = .seconds(5),
        logLimit: Int = 1 << 20
    ) throws -> CommandProcessor {
        let setting = CommandSetting(
            arguments: command,
            timeout: .seconds(timeout),
            environment: Dictionary(environment) { first, _ in first },
            passEnvironment: pass
        )
        return CommandProcessor(setting, inherited: inherited, grace: grace, logLimit: logLimit)
    }

    private func shell(_ script: String) -> [String] { ["/bin/sh", "-c", script] }

    private func run(
        _ processor: CommandProcessor,
        _ order: WorkOrder,
        stop: StopSignal? = nil
    ) throws -> (outcome: ProcessorOutcome, meter: ProgressMeter) {
        let meter = ProgressMeter(output: order.output)
        return (processor.run(order, meter: meter, stop: try stop ?? StopSignal()), meter)
    }

    /// Waits until the command has written to the named pipe, and takes all of it.
    private static func take(_ fifo: String) {
        let descriptor = open(fifo, O_RDONLY)
        var bytes: [UInt8] = [0, 0, 0, 0]
        while let count = try? Descriptors.fill(&bytes, from: descriptor, during: "read a pipe"), count > 0 {}
        close(descriptor)
    }

    private func reason(_ outcome: ProcessorOutcome) -> Reason? {
        guard case .failed(let reason) = outcome else { return nil }
        return reason
    }

    @Test(arguments: [(0, "finished"), (75, "again"), (1, "failed"), (76, "failed"), (255, "failed")])
    func exitStatusDecides(code: Int, what: String) throws {
        let (outcome, _) = try run(processor(shell("echo why it is so; exit \(code)")), order())
        switch outcome {
        case .finished: #expect(what == "finished")
        case .again: #expect(what == "again")
        case .stopped: Issue.record("nobody stopped it")
        case .failed(let reason):
            #expect(what == "failed")
            #expect(reason.code == "processor-failed")
            #expect(reason.text.contains("exit status \(code)"))
            #expect(reason.text.contains("why it is so"))
        }
    }

    @Test func aCommandKilledBySomebodyIsNamedSo() throws {
        let (outcome, _) = try run(processor(shell("kill -9 $$")), order())
        #expect(reason(outcome)?.text.contains("was killed by signal 9") == true)
    }

    @Test func aProgramThatIsNotThereIsAFailureWithItsName() throws {
        let (outcome, _) = try run(processor(["/no/such/program"]), order())
        #expect(reason(outcome)?.code == "processor-failed")
        #expect(reason(outcome)?.text.contains("/no/such/program") == true)
    }

    @Test func theEnvironmentIsExactlyWhatIsNamed() throws {
        let order = try order()
        let processor = try processor(
            ["/usr/bin/env"],
            environment: [("MODEL", "small one"), ("BATON_JOB", "forged")],
            pass: ["HOME", "ABSENT"],
            inherited: ["HOME": "/home/x", "SECRET": "s", "PATH": "/bin"]
        )
        #expect(try run(processor, order).outcome == .finished)
        let lines = try scratch.read("log").split(separator: "\n").map(String.init)
        #expect(
            lines == [
                "BATON_CONTRACT=/contracts/sg.json", "BATON_IN=\(order.input)", "BATON_JOB=job",
                "BATON_OUT=\(order.output)", "BATON_ROUND=2", "BATON_STAGE=sg", "HOME=/home/x",
                "MODEL=small one",
            ]
        )
    }

    @Test func itBeginsInItsDirectoryWithEmptyInput() throws {
        let order = try order()
        #expect(try run(processor(shell("pwd; cat")), order).outcome == .finished)
        #expect(try scratch.read("log") == order.directory + "\n")
    }

    #if os(Linux)
        @Test func itHasNoDescriptorBesidesTheLock() throws {
            let file = open("/etc/hostname", O_RDONLY)
            defer { close(file) }
            // The fourth is the one with which `ls` reads the directory.
            #expect(try run(processor(["/bin/ls", "/proc/self/fd"]), order()).outcome == .finished)
            #expect(try scratch.read("log").split(separator: "\n") == ["0", "1", "2", "3", "4"])
        }
    #endif

    @Test func argumentsAreNotReadByAShell() throws {
        #expect(try run(processor(["/bin/echo", "$HOME; `id`", "a b"]), order()).outcome == .finished)
        #expect(try scratch.read("log") == "$HOME; `id` a b\n")
    }

    @Test func aTimeoutEndsItsChildrenToo() throws {
        let order = try order()
        let script =
            "trap '' TERM; (trap '' TERM; while :; do :; done) & (exec 3>&-; sleep 1000) & echo up; wait; wait"
        let processor = try processor(shell(script), timeout: 1, grace: .milliseconds(200))
        let (outcome, _) = try run(processor, order)
        #expect(reason(outcome)?.code == "processor-timeout")
        #expect(reason(outcome)?.text.contains("up") == true)
        #expect(ProcessTable.workers(in: order.directory, group: nil).isEmpty)
    }

    @Test func whatItLeavesInTheBackgroundIsEndedWithIt() throws {
        let order = try order()
        // One that keeps the lock, one that lets go of it, one that leaves the group, and two that do both or more.
        let script = """
            sleep 1000 &
            (exec 3>&- >/dev/null 2>&1; sleep 1000) &
            setsid sleep 1000 &
            setsid sh -c 'exec 3>&- >/dev/null 2>&1; sleep 1000' &
            sh -c 'trap "" TERM; exec 3>&- >/dev/null 2>&1; while :; do sleep 0.1; done' &
            exit 0
            """
        #expect(try run(processor(shell(script), grace: .milliseconds(300)), order).outcome == .finished)
        #expect(ProcessTable.workers(in: order.directory, group: nil).isEmpty)
    }

    @Test func aStopEndsIt() throws {
        let order = try order()
        let stop = try StopSignal()
        let fifo = order.directory + "/fifo"
        #expect(mkfifo(fifo, 0o600) == 0)
        let thread = try SideThread(named: "stopper") {
            // Opening waits for the other side, so the command is at work when the stop comes.
            Self.take(fifo)
            stop.set()
        }
        let script = "trap 'echo asked to stop; exit 3' TERM; echo x > fifo; while :; do sleep 0.05; done"
        #expect(try run(processor(shell(script)), order, stop: stop).outcome == .stopped)
        thread.join()
        #expect(try scratch.read("log").contains("asked to stop"))
    }

    @Test func aHundredMegabytesAreDrainedAndCapped() throws {
        let script = "echo first; head -c 100000000 /dev/zero; echo; echo last; exit 1"
        let (outcome, meter) = try run(processor(shell(script), logLimit: 1 << 20), order())
        #expect(reason(outcome)?.text.contains("last") == true)
        #expect(meter.measure().bytes == 100_000_012)
        let log = try scratch.read("log")
        #expect(log.utf8.count < (1 << 20) + 5000)
        #expect(log.hasPrefix("first\n"))
        #expect(log.hasSuffix("last\n"))
        #expect(log.contains("bytes were left out"))
    }

    @Test func controlCharactersOfItsLastLinesAreReplaced() throws {
        let (outcome, _) = try run(processor(shell("printf 'a\\033[2Jb\\000c\\377\\n'; exit 1")), order())
        let text = try #require(reason(outcome)?.text)
        #expect(text.contains("a\u{FFFD}[2Jb\u{FFFD}c\u{FFFD}"))
        #expect(text.unicodeScalars.allSatisfy { $0.value >= 0x20 || $0 == "\n" })
    }

    @Test func progressCountsOutputAndProcessorTime() throws {
        let order = try order()
        let script =
            "printf 12345 > out/a; i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; echo go > fifo; read x < back"
        #expect(mkfifo(order.directory + "/fifo", 0o600) == 0)
        #expect(mkfifo(order.directory + "/back", 0o600) == 0)
        let meter = ProgressMeter(output: order.output)
        let thread = try SideThread(named: "measuring") {
            Self.take(order.directory + "/fifo")
            let progress = meter.measure()
            #expect(progress.bytes == 5)
            #expect(progress.cpuMilliseconds > 0)
            let back = open(order.directory + "/back", O_WRONLY)
            write(back, "x\n", 2)
            close(back)
        }
        let outcome = try processor(shell(script)).run(order, meter: meter, stop: StopSignal())
        thread.join()
        #expect(outcome == .finished)
    }

    /// A group whose consumer is gone: this process holds neither the lock nor the group's number.
    private func orphan(_ script: String, in order: WorkOrder) throws -> Int32 {
        let lock = try WorkLock(in: order.directory)
        let pipe = try Descriptors.pipe()
        defer { close(pipe.reader) }
        let process = try Spawn.start(
            arguments: shell(script),
            environment: ["BATON_OUT": order.output, "PATH": "/bin:/usr/bin"],
            directory: order.directory,
            output: pipe.writer,
            inherited: lock.held
        )
        lock.record(group: process)
        close(pipe.writer)
        var byte: [UInt8] = [0]
        _ = try Descriptors.fill(&byte, from: pipe.reader, during: "wait for the group")
        return process
    }

    @Test(arguments: ["", "trap '' TERM; ", "exec 3>&-; "])
    func theNextEpochEndsAnOrphanedGroup(before: String) throws {
        let first = try order()
        let process = try orphan(before + "sleep 1000 & echo up; while :; do sleep 0.05; done", in: first)
        #expect(!ProcessTable.workers(in: first.directory, group: nil).isEmpty)
        #expect(try Leftovers.end(in: first.directory, grace: .milliseconds(200)))
        #expect(ProcessTable.workers(in: first.directory, group: nil).isEmpty)
        var status: Int32 = 0
        #expect(waitpid(process, &status, 0) == process)
        #expect(try Leftovers.end(in: first.directory, grace: .zero))
    }

    @Test func aLockThatIsHeldRefusesASecondRun() throws {
        let order = try order()
        let lock = try WorkLock(in: order.directory)
        #expect(lock.held >= 0)
        let expected = ConsumerError.system(during: "lock \(order.directory)/.lock", code: EWOULDBLOCK)
        #expect(throws: expected) { _ = try WorkLock(in: order.directory).held }
        withExtendedLifetime(order) {}
        _ = lock.held
    }
}
