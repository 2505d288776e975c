import RelayCore
import RelayDepot
import RelayLedger
import RelaySeal
import RelayWire

/// Files of live work by `RecoveryTable`, files in the archive by their digests, and what nobody knows.
extension Checkup {
    private var recovery: Recovery {
        Recovery(house: house, audit: AuditTrail(depot: house.depot, ledger: house.ledger))
    }

    func files() throws -> [NodeFault] {
        var found: [NodeFault] = []
        for upload in try recovery.unbound() {
            found += try look(at: RecordedFile(record: .unbound, upload: upload))
        }
        for state in TaskState.allCases where !state.isFinal {
            try tasks(in: state) { task in
                found += try document(of: task)
                for recorded in try recovery.recordedFiles(of: task) { found += try look(at: recorded) }
            }
        }
        for state in JobState.allCases where !state.isFinal {
            for job in try house.read({ (reader) throws(LedgerError) in
                try reader.jobs(state: state, limit: .max)
            }) {
                for recorded in try recovery.ordered(for: job.id) { found += try look(at: recorded) }
            }
        }
        return found
    }

    private func tasks(in state: TaskState, _ body: (TaskRecord) throws -> Void) throws {
        var after: Int64 = 0
        while true {
            let start = after
            let page = try house.read { (reader) throws(LedgerError) in
                try reader.tasks(in: state, after: start, limit: 200)
            }
            guard let last = page.last else { return }
            for task in page { try body(task) }
            after = last.seq
        }
    }

    /// A file that is on its way while it is looked at is looked at again once it should have come.
    private func look(at recorded: RecordedFile) throws -> [NodeFault] {
        var looked = try house.notary.look(at: recorded)
        if looked.action.step != .keep {
            settle()
            looked = try house.notary.look(at: recorded)
        }
        guard looked.action.step != .keep, let place = recorded.places.last else { return [] }
        let path = house.depot.path(of: place)
        if let found = looked.right?.place {
            let what = "it lies as \(house.depot.path(of: found))"
            return [NodeFault("files", path, what, why: "a crash left it on its way", fix: Self.recovers)]
        }
        let isRecovered = [.adopt, .forget].contains(looked.action.step)
        let fix =
            isRecovered
            ? Self.recovers
            : "\(Self.recovers): what is wrong is set aside, what needs it is blocked, and main's desk has it uploaded again"
        return [
            NodeFault("files", path, looked.damage, why: "only the recorded bytes are work", fix: fix)
        ]
    }

    private func document(of task: TaskRecord) throws -> [NodeFault] {
        do {
            _ = try recovery.bytes(of: task)
        } catch LedgerError.damaged(let what) {
            return [
                NodeFault(
                    "ledger",
                    "\(data)/ledger.sqlite",
                    what,
                    why: "what was acknowledged is no longer there",
                    fix: Self.isLost
                )
            ]
        }
        if try recovery.finding(of: task) == .right { return [] }
        settle()
        // It may be over by now.
        let now = try house.read { (reader) throws(LedgerError) in try reader.task(task.id) }
        guard now?.state.isFinal == false else { return [] }
        let finding = try recovery.finding(of: task)
        guard finding != .right else { return [] }
        return [
            NodeFault(
                "files",
                "\(data)/inbox/\(task.id).json",
                "it is \(finding.rawValue), and not the document of the ledger",
                why: "it shows what the node has in hand",
                fix: Self.recovers
            )
        ]
    }

    func strays() throws -> [NodeFault] {
        let strays = Strays(house: house) { _ in }
        let inbox = try house.depot.inboxNames().map { ("inbox/\($0)", try strays.complaint(inbox: $0)) }
        let artifacts = try house.depot.artifactNames().map {
            ("artifacts/\($0)", try strays.complaint(artifact: $0))
        }
        return (inbox + artifacts).compactMap { path, what in
            guard let what else { return nil }
            return NodeFault(
                "files",
                "\(data)/\(path)",
                what,
                why: "the bus never takes a file that was not submitted",
                fix: "\(Self.recovers): it is set aside in archive/quarantine/"
            )
        }
    }

    /// What was settled lies in the archive with the digests that were recorded for it.
    func archived() throws -> [NodeFault] {
        var found: [NodeFault] = []
        for state in TaskState.allCases where state.isFinal {
            try tasks(in: state) { task in
                let id = task.id
                let files = try house.read { (reader) throws(LedgerError) in
                    try reader.inputs(of: id) + reader.finalOutputs(of: id).map(\.file)
                }
                for file in files {
                    if let fault = try archived(file, of: id, isNeeded: state == .settled) {
                        found.append(fault)
                    }
                }
            }
        }
        return found
    }

    private func archived(_ file: Attachment, of task: TaskID, isNeeded: Bool) throws -> NodeFault? {
        let folders: [[FolderName]] = [[], [.round(task.round)], [.stage(task.stage)]]
        let recorded = RecordedFile(
            record: .spare,
            file: file,
            places: folders.map { .archived(task.job, $0, file.name) }
        )
        var looked = try house.notary.look(at: recorded)
        if looked.right == nil {
            settle()
            looked = try house.notary.look(at: recorded)
        }
        guard looked.right == nil, isNeeded || !looked.wrong.isEmpty else { return nil }
        let place = looked.wrong.last?.place ?? recorded.places[0]
        return NodeFault(
            "archive",
            house.depot.path(of: place),
            looked.damage,
            why: "it is part of the record of \(task)",
            fix: "copy it from the archive of another node that had it, or from a backup"
        )
    }
}
