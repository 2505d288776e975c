import Foundation
import RelayCore
import RelayWire
import TestSupport

/// Nano with some of everything in its hands, ended, so that its files can be damaged before it starts again.
///
/// `a` is produced and waits to be handed on, `b` and some more are stored, `c` was uploaded and no task names it yet.
final class KeptNode {
    /// How the node was ended.
    enum End: String, Sendable {
        /// By SIGTERM: all of the ledger is in its file.
        case stopped
        /// By SIGKILL: the newest of it is in the log.
        case killed
    }

    let fleet: Fleet
    let customer: Customer
    private let copy: String

    /// The node's data directory.
    var data: String { fleet.files.data(.nano) }

    init(ended end: End) async throws {
        fleet = try Fleet()
        customer = try Customer(of: fleet, seed: 1)
        copy = fleet.path("copy")
        try await fleet.start(.bus(.nano))
        for job in ["a", "b"] + (1...12).map({ "more-\($0)" }) {
            guard try await customer.send(job) else { throw WaitFailure("\(job) is not taken") }
        }
        for (name, bytes) in Customer.files(of: "c") { _ = await customer.upload(name, bytes, of: "c") }
        try await ByHand(fleet: fleet, station: .nano, job: "a").produce()
        try await customer.seen.value.waitForProjections(at: fleet)
        let newest = try await fleet.history(.nano).last?.seq ?? 0
        let audit = "\(data)/logs/audit.jsonl"
        try await fleet.eventually("event \(newest) in the audit") {
            try Files.readText(audit).contains("{\"seq\":\(newest),")
        }
        switch end {
        case .stopped: _ = try await fleet.stop(.bus(.nano))
        case .killed: try await fleet.kill(.bus(.nano))
        }
        // Foundation copies no sockets.
        try Files.remove("\(data)/bus.sock")
        try FileManager.default.copyItem(atPath: data, toPath: copy)
    }

    /// Puts everything back as it was when the node ended.
    func restore() throws {
        fleet.end()
        try Files.remove(data)
        try FileManager.default.copyItem(atPath: copy, toPath: data)
    }

    /// How large a file is.
    func size(of file: String) throws -> Int { try Files.read("\(copy)/\(file)").count }

    /// Starts the bus; gives how it ended when it does not become ready.
    func start() async throws -> ExitStatus? {
        do {
            try await fleet.start(.bus(.nano))
            return nil
        } catch is WaitFailure {
            return try await fleet.process(.bus(.nano)).waitForExit(within: Fleet.patience)
        }
    }

    /// What the node says of itself and gives to consumers, all of it; no two starts of a whole node differ in it.
    ///
    /// - Throws: a failure when the node does not answer each question with a 2xx.
    func served() async throws -> [String: String] {
        var served: [String: String] = [:]
        served["events"] = try await fleet.history(.nano).map(\.json.text).joined(separator: "\n")
        let status = try await fleet.status(.nano)
        for part in ["tasks", "counts", "deliveries"] {
            served[part] = Self.timeless(status[part]?.text ?? "")
        }
        let b = ByHand(fleet: fleet, station: .nano, job: "b")
        let claimed = try await b.claim()
        served["claim"] = "\(claimed.claim) \(claimed.contract) \(claimed.inputs)"
        for input in claimed.inputs { served[input.path] = try Self.text(input) }
        let due = try await ByHand(fleet: fleet, station: .nano, job: "a").deliver()
        served["delivery"] = String(decoding: due.document, as: UTF8.self) + "\(due.files)"
        for file in due.files { served[file.path] = try Self.text(file) }
        return served
    }

    /// Without its times, which have no digest in the ledger: a flipped bit makes another one of them.
    private static func timeless(_ text: String) -> String {
        text.replacing(/\d{4}-\d\d-\d\dT[\d:.]+Z/, with: "TIME")
    }

    private static func text(_ file: LocatedFile) throws -> String {
        String(decoding: try Files.read(file.path), as: UTF8.self)
    }
}
