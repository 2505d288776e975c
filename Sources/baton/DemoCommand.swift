import Foundation
import RelayConsumer
import RelayCore
import RelayWire

/// `baton demo`: the whole relay on this machine, with real programs and real input.
enum DemoCommand: Command {
    static let syntax = Syntax(
        name: "demo",
        summary: "Run one job through four nodes on this machine and show how it gets on.",
        words: ["[DIR]"],
        options: [
            .init(name: "job", value: "ID", help: "the job's id (default example)"),
            .init(name: "brief", value: "FILE", help: "what is wanted (default: the shipped example)"),
            .init(name: "source", value: "FILE", help: "material, with --brief", mayRepeat: true),
            .init(name: "serve", value: nil, help: "keep the nodes up until Ctrl-C"),
        ],
        notes:
            "DIR (default a new one in the temporary directory) is left to look at. Exit status 0 only when the "
            + "job is closed and its evidence is there."
    )

    static func run(_ arguments: Arguments) throws -> ExitStatus {
        let id = try LocalNode.jobID(arguments.value("job") ?? "example")
        guard arguments.has("brief") || !arguments.has("source") else {
            throw UsageError("--source goes with a --brief")
        }
        let fleet = try DemoFleet(in: arguments.words.first ?? temporaryDirectory())
        let files = try files(arguments, fleet)
        let stop = try Interruption.begin()
        let programs = DemoPrograms(fleet: fleet)
        defer { programs.stop() }
        try programs.start(stop: stop)
        let node = try LocalNode(path: fleet.role("main"))
        let begin = ContinuousClock.now
        _ = try DispatchCommand.order(id, files: files, at: node)
        Terminal.write("\n\(id) is ordered with \(files.count) files\n")
        var job = try Following.follow(id, at: node, patience: 1, stop: stop) { line in
            Terminal.write(line)
            programs.complainAboutTheDead()
        }
        let took = (ContinuousClock.now - begin).formatted(
            .units(allowed: [.seconds], fractionalPart: .show(length: 2))
        )
        if job["state"]?.stringValue == JobState.closed.rawValue {
            job = try Following.settle(id, at: node, within: .seconds(5), stop: stop)
        }
        Terminal.write("\n" + Ladder.lines(of: job).joined(separator: "\n"))
        let verdict = try DemoEvidence(fleet: fleet, job: id).check(job)
        Terminal.write("\nfrom dispatch to the end: \(took)\n\n" + verdict.text)
        if arguments.has("serve"), !stop.isSet {
            Terminal.write(
                "\nThe nodes stay up; look with: baton status --config \(fleet.role("sg"))\nCtrl-C ends them."
            )
            stop.wait()
        }
        return verdict.isGood ? .success : .no
    }

    private static func files(
        _ arguments: Arguments,
        _ fleet: DemoFleet
    ) throws -> [(name: AttachmentName, path: String)] {
        if let brief = arguments.value("brief") {
            return try DispatchCommand.named(brief: brief, sources: arguments.all("source"))
        }
        let directory = fleet.directory + "/example"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let paths = try Shipped.example.map { name, bytes in
            let path = "\(directory)/\(name)"
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            return path
        }
        return try DispatchCommand.named(brief: paths[0], sources: Array(paths.dropFirst()))
    }

    private static func temporaryDirectory() throws -> String {
        let base = FileManager.default.temporaryDirectory.path
        return "\(base)/baton-demo-\(World.real.freshID().prefix(8))"
    }
}

/// Ctrl-C and SIGTERM as a signal that the demo looks at.
enum Interruption {
    /// Begins to take the two signals; the second one ends the program at once.
    static func begin() throws -> StopSignal {
        let stop = try StopSignal()
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        sigaddset(&signals, SIGTERM)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        let waited = signals
        _ = try SideThread(named: "signals") {
            var (waited, received) = (waited, Int32(0))
            while sigwait(&waited, &received) != 0 {}
            stop.set()
            while sigwait(&waited, &received) != 0 {}
            _exit(128 + received)
        }
        return stop
    }
}
