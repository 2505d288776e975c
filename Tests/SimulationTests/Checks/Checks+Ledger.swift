import RelayCore
import RelayLedger
import RelaySeal
import RelayWire

@testable import RelayBus

/// What a ledger says, held against what it said before and what was told outside.
extension Checks {
    /// Reads the events since the last look, which must go on where the others ended.
    func follow(_ node: SimulatedNode, _ reader: inout LedgerReader) throws -> [NodeEvent] {
        let known = heads[node.name] ?? .first
        if known.seq > 0 {
            // What was seen before is still there.
            let last = try reader.events(after: known.seq - 1, limit: 1).first
            guard last?.seq == known.seq, last?.hash == known.hash else {
                throw Violation(
                    invariant: .eventsAreAChain,
                    text: "event \(known.seq) of \(node.name) is gone or changed"
                )
            }
        }
        let fresh = try reader.events(after: known.seq, limit: 10_000)
        var head = known
        for event in fresh {
            guard event.seq == head.seq + 1, event.previous == head.hash,
                Digest.of(event.hashed.encoded).hex == event.hash
            else {
                throw Violation(
                    invariant: .eventsAreAChain,
                    text: "event \(event.seq) of \(node.name) does not follow \(head.seq)"
                )
            }
            head = LedgerWriter.Head(seq: event.seq, hash: event.hash)
            try moves(event, at: node)
            fleet.timeline.note(
                "\(node.name) #\(event.seq) \(event.kind) \(event.task?.rawValue ?? event.job?.rawValue ?? "") \(event.hash.prefix(12))"
            )
        }
        heads[node.name] = head
        return fresh
    }

    /// States move by the table only.
    private func moves(_ event: NodeEvent, at node: SimulatedNode) throws {
        if event.kind.hasPrefix("job-") { fleet.reach.count("job \(event.kind.dropFirst(4))") }
        if event.kind == "ordered" { fleet.reach.count("job open") }
        if event.kind == "forgotten", let job = event.job {
            forgot(job, event.why.map { String($0.prefix { $0 != ":" }) } ?? "", at: node)
        }
        guard let task = event.task, let to = event.to else { return }
        let spot = History.Spot(node: node.name, task: task)
        let before = states[spot]
        let wanted = before.flatMap { state in
            TaskEvent(rawValue: event.kind).flatMap { state.next(after: $0) }
        }
        guard event.from == before?.rawValue, before == nil ? to == "stored" : wanted?.rawValue == to else {
            throw Violation(
                invariant: .nothingGoesBack,
                text:
                    "\(task) at \(node.name) went from \(event.from ?? "nothing") to \(to) by \(event.kind); it was \(before?.rawValue ?? "not there")"
            )
        }
        states[spot] = TaskState(rawValue: to)
        if let before {
            fleet.reach.count("\(before.rawValue) \(event.kind) \(to)")
            if before == .claimed, to != "claimed" { freed(task, at: node.name) }
        }
    }

    /// What a fresh event says is what the tables say.
    func look(at event: NodeEvent, of node: SimulatedNode, _ reader: inout LedgerReader) throws {
        if event.kind == "job-closed", let job = event.job { try closedOnEvidence(job, at: node, &reader) }
        guard let task = event.task else { return }
        guard let record = try reader.task(task) else {
            throw Violation(
                invariant: .acknowledgedTasksStay,
                text: "\(task) is not at \(node.name), which has events of it"
            )
        }
        let spot = History.Spot(node: node.name, task: task)
        guard record.epoch >= epochs[spot] ?? 0, states[spot] == record.state else {
            throw Violation(
                invariant: .nothingGoesBack,
                text:
                    "\(task) at \(node.name) is \(record.state.rawValue) in epoch \(record.epoch), after \(states[spot]?.rawValue ?? "") in \(epochs[spot] ?? 0)"
            )
        }
        epochs[spot] = record.epoch
        if event.kind == TaskEvent.produced.rawValue { try oneRunCounts(record, at: node, &reader) }
        if event.kind == "stored" { try bytesStayTheSame(record, at: node, &reader) }
    }

    /// The outputs are those that were made under the claim that is said to have made them.
    private func oneRunCounts(_ task: TaskRecord, at node: SimulatedNode, _ reader: inout LedgerReader) throws
    {
        for output in try reader.finalOutputs(of: task.id) {
            let origin = history.origin(of: output.file.digest)
            guard output.epoch == task.epoch, origin == Claim(task: task.id, epoch: task.epoch) else {
                throw Violation(
                    invariant: .oneRunCounts,
                    text:
                        "\(output.file.name) of \(task.id) counts for epoch \(task.epoch) and was made in \(origin?.epoch ?? 0)"
                )
            }
        }
        guard let envelope = try reader.link(of: task.id), try Link(in: envelope).epoch == task.epoch else {
            throw Violation(
                invariant: .oneRunCounts,
                text: "the link of \(task.id) is not of epoch \(task.epoch)"
            )
        }
    }

    /// What a node stored is what its sender has to deliver.
    private func bytesStayTheSame(_ task: TaskRecord, at node: SimulatedNode, _ reader: inout LedgerReader)
        throws
    {
        let sender = fleet.node(task.sender.rawValue)
        guard let service = sender.service, let bytes = try reader.document(of: task.id) else { return }
        let sent = try service.ledger.read { (other) throws(LedgerError) in
            try other.relayDigests(of: task.id)
        }
        let digest = Digest.of(bytes)
        guard sent.isEmpty || sent.contains(digest) else {
            throw Violation(
                invariant: .bytesStayTheSame,
                text:
                    "\(node.name) stored \(task.id) with digest \(digest), \(sender.name) sent \(sent.map(\.hex))"
            )
        }
    }

    /// Every task that got a 2xx is there with its bytes.
    func tasksStay(at node: SimulatedNode, _ reader: inout LedgerReader) throws {
        for (spot, bytes) in history.tasks where spot.node == node.name {
            guard try reader.document(of: spot.task) == bytes else {
                throw Violation(
                    invariant: .acknowledgedTasksStay,
                    text: "\(spot.task) got a 2xx from \(node.name) and is not there with its bytes"
                )
            }
        }
    }

    /// Every upload that got a 2xx is there: its row, and its bytes under whatever name.
    func uploadsStay(at node: SimulatedNode, _ reader: inout LedgerReader) throws {
        let kept = KeptFiles(of: node)
        for (slot, upload) in history.uploads where slot.node == node.name {
            let row = try reader.upload(
                slot.job,
                Known.round(slot.round),
                Known.name(slot.name),
                from: Known.name(slot.sender)
            )
            let bound = try reader.boundUpload(slot.job, Known.round(slot.round), Known.name(slot.name))
            let isKnown = row?.facts.digest == upload.digest || bound?.facts.digest == upload.digest
            guard isKnown, kept.has(upload.digest) || rotten.contains(upload.digest) else {
                throw Violation(
                    invariant: .acknowledgedUploadsStay,
                    text:
                        "\(slot.name) of \(slot.job) round \(slot.round) from \(slot.sender) got a 2xx from \(node.name); row \(isKnown), bytes \(kept.has(upload.digest))"
                )
            }
        }
        for (spot, epochs) in history.outputs where spot.node == node.name {
            guard let task = try reader.task(spot.task), let files = epochs[task.epoch] else { continue }
            guard task.state != .cancelled || history.produced[spot] == task.epoch else { continue }
            for (name, digest) in files where !kept.has(digest) && !rotten.contains(digest) {
                throw Violation(
                    invariant: .acknowledgedUploadsStay,
                    text:
                        "the output \(name) of \(spot.task) epoch \(task.epoch) got a 2xx from \(node.name) and its bytes are gone"
                )
            }
        }
    }
}

extension Known {
    static func round(_ number: Int) -> Round {
        guard let round = Round(number) else { preconditionFailure("no round \(number)") }
        return round
    }
}

/// The files that a bus keeps, and what is in them.
struct KeptFiles {
    /// The digests by the paths below the data directory.
    private(set) var byPath: [String: Digest] = [:]
    private let digests: Set<Digest>

    init(of node: SimulatedNode) {
        for root in ["inbox", "artifacts", "archive"] {
            for path in SimulatedDisk.files("\(node.disk.data)/\(root)") where !path.hasSuffix(".part") {
                byPath[String(path.dropFirst(node.disk.data.count))] = SimulatedDisk.read(path).map(Digest.of)
            }
        }
        digests = Set(byPath.values)
    }

    func has(_ digest: Digest) -> Bool { digests.contains(digest) }
}
