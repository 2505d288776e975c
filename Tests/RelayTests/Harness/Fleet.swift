import Foundation
import RelayWire
import TestSupport

/// Four nodes on this machine, real programs on real files, each of which a test starts and ends as it likes.
///
/// It belongs to one test, which calls `end` when it is through.
final class Fleet {
    let files: FleetFiles
    let workshop: Workshop
    private let scratch: ScratchDirectory
    private var programs: [Program: SpawnedProcess] = [:]
    /// What programs are started under from now on.
    var dress: [Program: Dress] = [:]
    /// How long anything in here may take before a test gives up.
    static let patience = Duration.seconds(40)

    /// What the stages' processors are.
    enum Processors {
        /// The embedded ones.
        case builtin
        /// Those of the fleet's workshop.
        case workshop
    }

    /// What a program is started under, such as strace.
    struct Dress {
        /// The words before the program's own.
        var words: [String] = []
        /// Variables beside those of the tests.
        var environment: [String: String] = [:]

        /// With a library that is preloaded by `environment`.
        ///
        /// What is preloaded may add to the environment, after which Swift does not find the arguments; a shell that was
        /// there before leaves it nothing to add.
        static func preloading(_ environment: [String: String]) -> Dress {
            Dress(words: ["/bin/sh", "-c", "exec \"$0\" \"$@\""], environment: environment)
        }
    }

    /// Writes the configuration, with `limits` beside the usual ones; nothing runs yet.
    init(_ processors: Processors = .workshop, limits: [JSON.Member] = [], parallel: Int = 1) throws {
        let scratch = try ScratchDirectory()
        let workshop = try Workshop(in: scratch.path("workshop"))
        files = try FleetFiles(in: scratch.path, limits: limits, parallel: parallel) { station in
            switch processors {
            case .builtin: .members(["builtin": .string(station.rawValue)])
            case .workshop: workshop.setting
            }
        }
        self.scratch = scratch
        self.workshop = workshop
    }

    /// Starts `programs`, the buses first, and waits until all of them have said that they are ready.
    func start(_ programs: [Program] = Program.all) async throws {
        for part in Program.Part.allCases {
            let some = programs.filter { $0.part == part }
            for program in some { self.programs[program] = try spawn(program) }
            for program in some { try await waitUntilReady(program) }
        }
    }

    func start(_ programs: Program...) async throws { try await start(programs) }

    /// How each program stands and what it said last, for whoever must find out why nothing happens.
    var account: String {
        programs.map { program, process in
            let state = process.status.map { "ended: \($0)" } ?? "runs"
            let said = process.lines.suffix(8).map { "  \($0.text)" }.joined(separator: "\n")
            return "\(program) \(state)\n\(said)"
        }.sorted().joined(separator: "\n")
    }

    /// Ends `program` by SIGKILL, with what it was started under, and waits until it is gone.
    func kill(_ program: Program) async throws {
        let process = try process(program)
        process.killGroup()
        _ = try await process.waitForExit(within: Self.patience)
        programs[program] = nil
        // Under another program the bus is no child of ours: it is gone once its directory is free.
        guard program.part == .bus, dress[program]?.words.isEmpty == false else { return }
        try await eventually("the \(program) gone") { try Self.isFree(files.data(program.station)) }
    }

    /// Whether no bus holds the directory at `path`.
    private static func isFree(_ path: String) throws -> Bool {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemFailure(during: "open \(path)") }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_EX | LOCK_NB) == 0
    }

    /// Asks `program` to end by SIGTERM, and gives how it ended.
    func stop(_ program: Program, within limit: Duration = patience) async throws -> ExitStatus {
        let process = try process(program)
        process.terminate()
        let status = try await process.waitForExit(within: limit)
        programs[program] = nil
        return status
    }

    /// Stops `program` from running until `thaw` (SIGSTOP).
    func freeze(_ program: Program) throws { try process(program).suspend() }

    /// Lets a frozen program run on; also when it is not there any more.
    func thaw(_ program: Program) { programs[program]?.resume() }

    /// The process of `program`, which must run.
    func process(_ program: Program) throws -> SpawnedProcess {
        guard let process = programs[program] else { throw WaitFailure("the \(program) does not run") }
        return process
    }

    /// Ends all that still runs.
    func end() {
        for process in programs.values { process.killGroup() }
        programs = [:]
    }

    /// Whether `program` was started and not ended since.
    func isRunning(_ program: Program) -> Bool { programs[program] != nil }

    /// A path in the fleet's directory.
    func path(_ name: String) -> String { scratch.path(name) }

    /// Starts another process of `program` beside the one that may run.
    func spawn(_ program: Program) throws -> SpawnedProcess {
        let dress = dress[program] ?? Dress()
        let role = files.role(program.station)
        let own =
            switch program.part {
            case .bus: [try builtProduct("batond"), "--config", role]
            case .hands: [try builtProduct("baton"), "consume", "--config", role]
            }
        let words = dress.words + own
        let environment = ProcessInfo.processInfo.environment.merging(dress.environment) { $1 }
        return try SpawnedProcess(words[0], Array(words.dropFirst()), environment: environment)
    }

    private func waitUntilReady(_ program: Program) async throws {
        let text =
            switch program.part {
            case .bus: "ready \(program.station) "
            case .hands: "\"event\":\"started\""
            }
        _ = try await process(program).waitForLine(containing: text, within: Self.patience)
    }

    /// Runs a command of `baton` at `station` to its end.
    func baton(_ station: Station, _ words: String...) async throws -> FinishedProcess {
        let command = try SpawnedProcess(
            try builtProduct("baton"),
            words + ["--config", files.role(station)]
        )
        return try await command.finish(within: .seconds(30))
    }

    /// Orders `job` with a short brief, and expects that it is taken.
    func dispatch(_ job: String) async throws {
        let brief = path("brief.md")
        if !Files.exists(brief) { try Files.write("# What is wanted\n\nAn answer.\n", to: brief) }
        let command = try await baton(.main, "dispatch", job, "--brief", brief)
        guard command.status == .exited(0) else {
            throw WaitFailure("baton dispatch \(job) ended with \(command.status): \(command.errors)")
        }
    }
}
