import RelayCore
import RelayLedger
import RelaySeal
import RelayWire

@testable import RelayBus

/// What must have become of every job.
extension Checks {
    /// At the moment of closing all files are there, as the last document names them.
    func closedOnEvidence(_ job: JobID, at node: SimulatedNode, _ reader: inout LedgerReader) throws {
        guard
            let task = try reader.tasks(of: job).last(where: { $0.id.stage == .main && $0.state == .settled })
        else {
            throw Violation(
                invariant: .closedOnEvidence,
                text: "\(job) is closed without a settled last task"
            )
        }
        for file in try reader.inputs(of: task.id) {
            let places = [
                "artifacts/\(job)/\(file.name)", "inbox/\(job).\(task.id.round).\(file.name)",
                "inbox/\(job).\(task.id.round).\(file.name)~\(task.sender)",
            ]
            let found = places.lazy.compactMap { SimulatedDisk.read("\(node.disk.data)/\($0)") }.first
            guard let found, Digest.of(found) == file.digest else {
                throw Violation(
                    invariant: .closedOnEvidence,
                    text: "\(job) was closed while \(file.name) was \(found == nil ? "missing" : "damaged")"
                )
            }
        }
    }

    /// The bundle of a closed job holds for everybody.
    func bundleHolds(_ job: JobID) {
        // What was damaged after the closing is not the fleet's to mend.
        guard rotten.isEmpty else { return }
        let main = fleet.node("main")
        check(main) { reader in
            guard try reader.job(job)?.state == .closed else { return }
            let files = Bundle.read("\(main.disk.data)/archive/\(job)")
            let keys = Keyring(main.configuration.fleet)
            let faults = BundleVerification(files: files, pinned: keys).checks
                .compactMap { check in check.fault.map { "\(check.name): \($0)" } }
            guard faults.isEmpty else {
                throw Violation(invariant: .closedOnEvidence, text: "the bundle of \(job): \(faults[0])")
            }
        }
    }

    /// The second recovery finds nothing to do.
    func recoveryIsDone(_ before: [[String: Digest]], _ after: [[String: Digest]]) {
        for (index, node) in fleet.nodes.enumerated() where before[index] != after[index] {
            let paths = Set(before[index].keys).union(after[index].keys).sorted()
            let changed = paths.filter { before[index][$0] != after[index][$0] }
            violated(.recoveryIsDone, "at \(node.name) another recovery changed \(changed)")
        }
    }

    /// The audit's file holds every event, as the ledger has it.
    func auditIsWhole(_ node: SimulatedNode) {
        check(node) { reader in
            let events = try reader.events(after: 0, limit: 100_000)
            let wanted: [UInt8] = events.flatMap { $0.json.encoded + [UInt8(0x0A)] }
            let found = SimulatedDisk.read("\(node.disk.data)/logs/audit.jsonl")
            guard found == wanted else {
                throw Violation(
                    invariant: .eventsAreAChain,
                    text: "audit.jsonl of \(node.name) is not what its ledger says"
                )
            }
        }
    }

    /// What has not come to its end.
    var unfinished: [String] {
        var found: [String] = []
        for job in fleet.people.jobs {
            let (state, reason) = jobState(job)
            switch state {
            case nil: found.append("\(job) was never ordered")
            case .open?: found.append("\(job) is open: \(whereItIs(job))")
            case .blocked?:
                if reason == nil { found.append("\(job) is blocked without a reason") }
            case .closed?, .failed?, .cancelled?: found += live(job).map { "\(job) is over, but \($0)" }
            }
        }
        return found
    }

    private func jobState(_ job: JobID) -> (JobState?, Reason?) {
        var result: (JobState?, Reason?) = (nil, nil)
        check(fleet.node("main")) { reader in
            let record = try reader.job(job)
            result = (record?.state, record?.reason)
        }
        return result
    }

    /// The tasks and deliveries of a job that still move.
    private func live(_ job: JobID) -> [String] {
        fleet.nodes.flatMap { node in
            var found: [String] = []
            guard node.isServing else { return ["\(node.name) is down"] }
            check(node) { reader in
                for task in try reader.tasks(of: job) where !task.state.isFinal {
                    found.append("\(task.id) is \(task.state.rawValue) at \(node.name)")
                }
                for delivery in try reader.openDeliveries(of: job, limit: 9) where delivery.state == .waiting
                {
                    found.append(
                        "\(delivery.kind) \(delivery.id) waits at \(node.name): \(delivery.error ?? "")"
                    )
                }
            }
            return found
        }
    }

    private func whereItIs(_ job: JobID) -> String { live(job).joined(separator: "; ") }
}

/// The files of a bundle.
enum Bundle {
    /// The files of `path` but those of older rounds and of late results.
    static func read(_ path: String) -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for name in SimulatedDisk.names(path) {
            if let bytes = SimulatedDisk.read("\(path)/\(name)") {
                files[name] = bytes
                continue
            }
            guard !name.hasPrefix("round-"), !name.hasPrefix("late-"), !name.hasPrefix("stage-") else {
                continue
            }
            for entry in SimulatedDisk.names("\(path)/\(name)") {
                files["\(name)/\(entry)"] = SimulatedDisk.read("\(path)/\(name)/\(entry)")
            }
        }
        return files
    }
}
