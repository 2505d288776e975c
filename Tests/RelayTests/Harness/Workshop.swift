import Foundation
import RelayWire
import TestSupport

/// Processors that a test controls: each run is announced, and waits at its gate until the test opens it.
///
/// It belongs to one test.
final class Workshop {
    private let directory: String
    private let descriptor: Int32
    private var gates: [String: Int32] = [:]
    private var rest: [UInt8] = []
    /// The runs that were announced, as `<task>.<epoch>`.
    private(set) var runs: [String] = []

    /// Writes what a run makes: names of the stage's contract, other bytes in each run.
    private static let script = """
        run=${PWD##*/}
        echo "$run" > "$WORKSHOP/announce"
        if [ -e "$WORKSHOP/$BATON_JOB.poison" ]; then kill -9 $PPID; fi
        if [ -e "$WORKSHOP/$BATON_JOB.stubborn" ]; then trap '' TERM; fi
        if [ -e "$WORKSHOP/$BATON_JOB.$BATON_STAGE" ]; then cat "$WORKSHOP/$BATON_JOB.$BATON_STAGE"; fi
        cd "$BATON_OUT"
        if [ -e "$WORKSHOP/$BATON_JOB.misnamed" ]; then echo text > research-pack-v2.md; exit 0; fi
        case $BATON_STAGE in
        nano)
            printf '# Candidates\\n\\n- by %s, process %s\\n' "$run" $$ > candidate-list.md
            printf 'raw text of %s\\n' "$run" > de-raw-output.txt ;;
        sg) printf '# Accepted\\n\\n- by %s, process %s\\n\\n# Rejected\\n' "$run" $$ > sg-review.md ;;
        jp) printf 'The answer of %s, process %s.\\n' "$run" $$ > jp-final.txt ;;
        esac

        """

    init(in directory: String) throws {
        self.directory = directory
        try Files.makeDirectory(directory)
        try Files.write(Self.script, to: "\(directory)/work.sh")
        descriptor = try Self.pipe(at: "\(directory)/announce")
    }

    deinit {
        for gate in gates.values { close(gate) }
        close(descriptor)
    }

    /// The processor's setting in a role file.
    var setting: JSON {
        .members([
            "command": .array(["/bin/sh", .string("\(directory)/work.sh")]), "timeout_s": 60,
            "environment": .members(["WORKSHOP": .string(directory)]),
            "pass_environment": .array(["PATH"]),
        ])
    }

    /// Lets runs of `station` for `job` wait until `open`.
    func shut(_ station: Station, of job: String) throws {
        let path = gate(station, job)
        gates[path] = try Self.pipe(at: path)
    }

    /// Lets those runs go on, the waiting ones and all later ones.
    func open(_ station: Station, of job: String) throws {
        let path = gate(station, job)
        guard let descriptor = gates.removeValue(forKey: path) else { return }
        // Who opens the gate from now on finds an empty file; who waits at the pipe sees its end.
        try Files.write("", to: path + ".open")
        guard rename(path + ".open", path) == 0 else { throw SystemFailure(during: "open the gate \(path)") }
        close(descriptor)
    }

    /// Lets each run for `job` kill the consumer that started it.
    func poison(_ job: String) throws { try Files.write("", to: "\(directory)/\(job).poison") }

    /// Lets each run for `job` go on when it is asked to end.
    func makeStubborn(_ job: String) throws { try Files.write("", to: "\(directory)/\(job).stubborn") }

    /// Lets the runs for `job` write another file than their contracts name.
    func misname(_ job: String) throws { try Files.write("", to: "\(directory)/\(job).misnamed") }

    /// Ends what `misname` began.
    func nameRight(_ job: String) throws { try Files.remove("\(directory)/\(job).misnamed") }

    /// Waits until a run of the task is announced that was not waited for before, and gives `<task>.<epoch>`.
    func run(of task: String, within limit: Duration = Fleet.patience) throws -> String {
        let end = ContinuousClock.now + limit
        var seen = runs.count
        while true {
            if let run = runs[seen...].first(where: { $0.hasPrefix(task + ".") }) { return run }
            seen = runs.count
            guard ContinuousClock.now < end else {
                throw WaitFailure("no run of \(task) within \(limit), only \(runs)")
            }
            take(waiting: 250)
        }
    }

    /// Waits until so many runs of tasks whose names begin like that were announced.
    func waitForRuns(_ count: Int, of prefix: String = "", within limit: Duration) throws {
        let end = ContinuousClock.now + limit
        while case let found = runs.count(where: { $0.hasPrefix(prefix) }), found < count {
            guard ContinuousClock.now < end else {
                throw WaitFailure("\(found) runs of \(count) within \(limit)")
            }
            take(waiting: 250)
        }
    }

    /// The epochs in which the task was run, in the order of the runs.
    func epochs(of task: String) -> [Int] {
        take(waiting: 0)
        return runs.filter { $0.hasPrefix(task + ".") }.compactMap { Int($0.dropFirst(task.count + 1)) }
    }

    private func gate(_ station: Station, _ job: String) -> String { "\(directory)/\(job).\(station)" }

    private func take(waiting milliseconds: Int32) {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&entry, 1, milliseconds) > 0 else { return }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = read(descriptor, &buffer, buffer.count)
        guard count > 0 else { return }
        rest += buffer[..<count]
        var lines = rest.split(separator: 0x0A, omittingEmptySubsequences: false)
        rest = Array(lines.removeLast())
        runs += lines.map { String(decoding: $0, as: UTF8.self) }
    }

    /// A named pipe of which both ends stay open here, so that nobody has to wait to open it.
    private static func pipe(at path: String) throws -> Int32 {
        guard mkfifo(path, 0o600) == 0 else { throw SystemFailure(during: "mkfifo \(path)") }
        let descriptor = Foundation.open(path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemFailure(during: "open \(path)") }
        return descriptor
    }
}
