import RelayBus
import RelayCore
import RelayWire

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// `batond --config FILE`: reads the files, serves until a signal, and says by its exit code how it ended.
enum Daemon {
    private static let usage = """
        usage: batond --config FILE
          --config FILE   the node's role file (default /etc/baton/node.json)
          --check         look at the node instead, while no bus runs, and print what is wrong as JSON
          --repair        with --check: first do what a start does
          --version       print the version
        Exit codes: 0 stopped, or nothing is wrong; 1 something is; 64 usage; 65 the ledger is damaged and a new start
        would find the same; 69 the data directory is in use; 71 the system refused; 74 storage failed; 78 a
        configuration file cannot be used.
        """

    static func main(_ arguments: [String]) -> Never {
        // Swift finds them beside the environment, and not at all once a preloaded library has moved that. Without
        // this the node of the default file would be started instead of the one that was named.
        guard !arguments.isEmpty else { end(64, "batond: its arguments cannot be read", to: STDERR_FILENO) }
        var path = "/etc/baton/node.json"
        var words = arguments.dropFirst()
        if words.count >= 2, words.first == "--config" {
            path = words[words.startIndex + 1]
            words = words.dropFirst(2)
        }
        let task: (NodeConfiguration) -> Never
        switch Array(words) {
        case []: task = serve
        case ["--check"]: task = { check($0, repairs: false) }
        case ["--check", "--repair"]: task = { check($0, repairs: true) }
        case ["--version"]: end(0, "batond \(Build.version)", to: STDOUT_FILENO)
        case ["--help"]: end(0, usage, to: STDOUT_FILENO)
        default: end(64, usage, to: STDERR_FILENO)
        }
        do throws(ConfigurationError) {
            task(try NodeConfiguration(path: path, digest: Bus.digest))
        } catch {
            end(78, "batond: \(error)", to: STDERR_FILENO)
        }
    }

    private static func serve(_ configuration: NodeConfiguration) -> Never {
        umask(0o027)
        do throws(BusError) {
            // Before the bus starts its first thread: one that leaves a signal open lets it end the process.
            let signals = Signals.block([SIGTERM, SIGINT])
            let execution = giveUpExecution { say("batond: \($0)", to: STDERR_FILENO) }
            let bus = try Bus(configuration, execution: execution) { SystemClock.now }
            Signals.handle(signals) { bus.stop() }
            try bus.run { say(bus.readyLine, to: STDOUT_FILENO) }
            exit(0)
        } catch {
            fail(error)
        }
    }

    private static func check(_ configuration: NodeConfiguration, repairs: Bool) -> Never {
        umask(0o027)
        _ = giveUpExecution { say("batond: \($0)", to: STDERR_FILENO) }
        do throws(BusError) {
            let faults = try Bus.check(configuration, repairs: repairs) { SystemClock.now }
            let body = JSON.members(["faults": .array(faults.map(\.json))])
            end(faults.allSatisfy(\.isNote) ? 0 : 1, body.text, to: STDOUT_FILENO)
        } catch {
            fail(error)
        }
    }

    private static func fail(_ error: BusError) -> Never {
        let code: Int32 =
            switch error {
            case .configuration: 78
            case .inUse: 69
            case .system: 71
            case .storage: 74
            case .damaged: 65
            }
        end(code, "batond: \(error)", to: STDERR_FILENO)
    }

    private static func end(_ code: Int32, _ text: String, to descriptor: Int32) -> Never {
        say(text, to: descriptor)
        exit(code)
    }

    private static func say(_ text: String, to descriptor: Int32) {
        let line = Array((text + "\n").utf8)
        // Nobody may be there to read it, and that is no reason to end.
        _ = write(descriptor, line, line.count)
    }
}

/// The wall clock.
enum SystemClock {
    static var now: UnixMilliseconds {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return UnixMilliseconds(Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
}

/// Signals as calls on a thread that waits for them; a second one ends the process at once.
enum Signals {
    /// Blocks `signals` for this thread and all that it starts later; they wait until they are handled.
    static func block(_ signals: [Int32]) -> sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for number in signals { sigaddset(&set, number) }
        pthread_sigmask(SIG_BLOCK, &set, nil)
        signal(SIGPIPE, SIG_IGN)
        return set
    }

    /// Runs `action` when the first of the blocked `signals` comes.
    static func handle(_ signals: sigset_t, _ action: @escaping @Sendable () -> Void) {
        BusThread.start(named: "signals") {
            var set = signals
            var number: Int32 = 0
            while sigwait(&set, &number) != 0 {}
            action()
            while sigwait(&set, &number) != 0 {}
            _exit(128 + number)
        }
    }
}
