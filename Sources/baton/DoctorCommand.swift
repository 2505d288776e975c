import Foundation
import RelayClient
import RelayConsumer
import RelayWire

/// `baton doctor`.
enum DoctorCommand: Command {
    static let syntax = Syntax(
        name: "doctor",
        summary: "Look at everything this node has, and say what is wrong and what to do about it.",
        options: [
            Syntax.config,
            .init(name: "repair", value: nil, help: "first do what the next start would do about it"),
            Syntax.json,
        ],
        notes: """
            Asks the bus while it runs; else batond --check looks, under the lock of the data directory. Checked are
            the ledger (SQLite's integrity check, events without gaps and with their hashes), every file by its digest,
            directories with owners and rights, disk, clock, address, users, the consumer, and each other node.

            Exit status: 0 healthy (notes do not count); 1 faults; 64 to 78 failures.
            """
    )

    static func run(_ arguments: Arguments) throws -> ExitStatus {
        let node = try LocalNode(arguments)
        var faults = try NodeExamination(node, repairs: arguments.has("repair")).faults()
        faults += PeerExamination(node.configuration).faults()
        let isHealthy = faults.allSatisfy(\.isNote)
        if arguments.has("json") {
            let list = JSON.array(faults.map(\.json))
            Terminal.write(JSON.members(["healthy": .bool(isHealthy), "faults": list]).text)
        } else {
            for fault in faults { Terminal.write(lines(fault)) }
            let count = faults.count { !$0.isNote }
            let name = node.configuration.role.node
            Terminal.write(
                isHealthy ? "\(name) is healthy." : "\(name): \(count == 1 ? "1 fault" : "\(count) faults")."
            )
        }
        return isHealthy ? .success : .no
    }

    private static func lines(_ fault: NodeFault) -> String {
        """
        \(fault.isNote ? "note" : "fault") (\(fault.check)) \(fault.subject): \(fault.what)
          why: \(fault.why)
          fix: \(fault.fix)
        """
    }
}

/// What the node itself says of all that it has.
struct NodeExamination {
    private let node: LocalNode
    private let repairs: Bool

    init(_ node: LocalNode, repairs: Bool) {
        self.node = node
        self.repairs = repairs
    }

    /// By its bus; by `batond --check` when none runs.
    func faults() throws -> [NodeFault] {
        do {
            try probe()
            let answer = try node.bus.ask(
                .examine(ExamineRequest(repairs: repairs)),
                stop: node.stop,
                attempts: 2
            )
            return try faults(in: answer)
        } catch BusFailure.lost(let why) {
            return try faultsWithoutBus(why)
        }
    }

    /// An examination may take long, and a bus that hangs would take for ever.
    private func probe() throws {
        let request = ClientRequest(target: "/health", timeout: .seconds(5), maximumResponseBytes: 1 << 20)
        do throws(ClientError) {
            _ = try HTTPClient(to: .unix(path: node.configuration.data + "/bus.sock")).send(request)
        } catch {
            throw BusFailure.lost(error.description)
        }
    }

    private func faults(in answer: JSON) throws -> [NodeFault] {
        try (answer["faults"]?.elements ?? []).map { try NodeFault(json: $0, at: "faults") }
    }

    private func faultsWithoutBus(_ why: String) throws -> [NodeFault] {
        let check = try BusCheck(configuration: node.path, repairs: repairs).run()
        let stopped = NodeFault(
            "bus",
            node.configuration.data + "/bus.sock",
            check.isInUse ? "a bus runs and does not answer: \(why)" : "no bus runs",
            why: "nothing is taken, claimed or handed on meanwhile",
            fix: check.isInUse
                ? "see logs/bus.jsonl, and start it again" : "start batond --config \(node.path)"
        )
        guard !check.isInUse else { return [stopped] }
        guard let body = try? JSON(parsing: check.output) else {
            throw Failure(.unavailable, "batond --check: \(check.text)")
        }
        return [stopped] + (try faults(in: body))
    }
}

/// `batond --check`, which lies beside this program.
private struct BusCheck {
    struct Outcome {
        let status: Int32
        let output: [UInt8]
        let text: String

        /// A bus has the data directory.
        var isInUse: Bool { status == ExitStatus.unavailable.rawValue }
    }

    let configuration: String
    let repairs: Bool

    func run() throws -> Outcome {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try DemoPrograms.batond())
        process.arguments = ["--config", configuration, "--check"] + (repairs ? ["--repair"] : [])
        let (output, errors) = (Pipe(), Pipe())
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        // One after the other is enough: what goes to standard error is a line or two.
        let body = output.fileHandleForReading.readDataToEndOfFile()
        let text = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Outcome(
            status: process.terminationStatus,
            output: Array(body),
            text: String(decoding: text, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        )
    }
}
