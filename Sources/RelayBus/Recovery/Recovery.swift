import RelayCore
import RelayDepot
import RelayLedger
import RelayWire

/// Brings directories in line with the ledger after a start, by `RecoveryTable` and `Strays`; twice changes nothing.
///
/// One small step after the other, so that other work comes in between; only live work is looked at, so that the cost
/// does not grow with history.
struct Recovery: Sendable {
    let house: Housekeeping
    let audit: AuditTrail

    /// One thing to do.
    enum Step: Hashable, Sendable {
        case rights, audit, inbox, artifacts, uploads
        /// The oldest task in that state after the event.
        case task(TaskState, after: Int64)
        /// The newest job in that state before the event.
        case job(JobState, before: Int64)
    }

    /// All of it: what is over goes to the archive first, as newer rounds use the same places.
    static let steps: [Step] =
        [.rights, .audit, .inbox, .artifacts, .uploads]
        + TaskState.allCases.filter { !$0.isFinal }.map { .task($0, after: 0) }
        + JobState.allCases.filter { !$0.isFinal }.map { .job($0, before: .max) } + [.audit]

    /// Does all of it at once.
    func run() { for step in Self.steps { finish(step) } }

    private func finish(_ step: Step) {
        var next: Step? = step
        while let step = next { next = perform(step) }
    }

    /// Does one thing and gives what follows it before the next of `steps`; what fails is told and passed over.
    func perform(_ step: Step) -> Step? {
        do {
            switch step {
            case .rights: RightsCheck(data: house.depot.data).mend()
            case .audit: try audit.catchUp()
            case .inbox: try strays.lookAtAll(atStart: true)
            case .artifacts: try strays.lookAtArtifacts()
            case .uploads: try uploads()
            case .task(let state, let after): return try task(in: state, after: after)
            case .job(let state, let before): return try job(in: state, before: before)
            }
        } catch {
            tell("recovery-failed", ["step": .string("\(step)"), "error": .string("\(error)")])
            house.onFailure(error)
        }
        return nil
    }

    private var strays: Strays { Strays(house: house) { project($0) } }

    func project(_ effect: Effect) {
        do {
            try house.projector.perform(effect)
        } catch {
            tell("projection-failed", ["effect": .string("\(effect)"), "error": .string("\(error)")])
            house.onFailure(error)
        }
    }

    func tell(_ event: String, _ members: KeyValuePairs<String, JSON>) {
        house.log.write(event, .object(members.map { .init($0.key, $0.value) }))
    }

    private func task(in state: TaskState, after: Int64) throws -> Step? {
        let next = try house.read { (reader) throws(LedgerError) in
            try reader.tasks(in: state, after: after, limit: 1).first
        }
        guard let next else { return nil }
        do {
            try document(of: next)
            try files(of: next)
        } catch {
            tell("recovery-failed", ["task": JSON(next.id), "error": .string("\(error)")])
            house.onFailure(error)
        }
        return .task(state, after: next.seq)
    }

    private func job(in state: JobState, before: Int64) throws -> Step? {
        let next = try house.read { (reader) throws(LedgerError) in
            try reader.jobs(state: state, before: before, limit: 1).first
        }
        guard let next else { return nil }
        do {
            try inputs(of: next)
        } catch {
            tell("recovery-failed", ["job": JSON(next.id), "error": .string("\(error)")])
            house.onFailure(error)
        }
        return .job(state, before: next.seq)
    }
}

// MARK: Documents

extension Recovery {
    /// `inbox/<task>.json`, which anybody may have changed or removed.
    private func document(of task: TaskRecord) throws {
        let (id, document) = (task.id, try bytes(of: task))
        let finding = try finding(of: task)
        let action = RecoveryTable.action(for: .document, finding)
        if action.setsAside {
            let depot = house.depot
            let reason = "something else lay where the document of \(id) belongs"
            try house.quarantine("\(id).json", reason) { () throws(DepotError) in
                try depot.quarantine(inboxName: "\(id).json", reason: reason, advice: Housekeeping.advice)
            }
        }
        if action.step == .rewrite { try house.depot.project(task: id, document: document) }
    }

    /// The document of a task, as the ledger has it.
    func bytes(of task: TaskRecord) throws -> [UInt8] {
        let document = try house.read { (reader) throws(LedgerError) in try reader.document(of: task.id) }
        guard let document else { throw LedgerError.unknownTask(task.id) }
        return document
    }

    /// What lies where the document of the task belongs.
    func finding(of task: TaskRecord) throws -> RecoveryTable.Finding {
        let document = try bytes(of: task)
        do throws(DepotError) {
            return try house.depot.projection(of: task.id, limit: document.count) == document
                ? .right : .wrong
        } catch {
            switch error {
            case .missing: return .missing
            case .tooLarge, .changed: return .wrong
            default: return .unusable
            }
        }
    }
}
