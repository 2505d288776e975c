import RelayCore
import RelayDepot
import RelayLedger
import RelayWire

/// The files that live tasks need or have made.
extension Recovery {
    /// Moves a file that a crash left on its way; what is wrong and lies in its place is set aside before.
    func move(_ looked: LookedAt) throws {
        guard looked.action.step == .move, let source = looked.right?.place,
            let target = looked.recorded.places.last
        else { return }
        if let other = looked.wrong.first(where: { $0.place == target }) {
            try setAside([other], looked.damage)
        }
        try house.depot.settle(at: target, from: [source])
    }

    /// Moves to quarantine what is still as it was seen; part of a change, as only there files are placed.
    ///
    /// - Returns: whether all of it was as it was seen.
    static func setAside(
        _ sights: [Sight],
        _ reason: String,
        in depot: Depot
    ) throws(LedgerError) -> Bool {
        do throws(DepotError) {
            for sight in sights where try depot.isUnchanged(sight) == false { return false }
            for sight in sights {
                try depot.quarantine(sight.place, reason: reason, advice: "Upload the right bytes again.")
            }
            return true
        } catch {
            throw LedgerError(error)
        }
    }

    /// Whether what was seen still lies there as it was; part of a change.
    static func isUnchanged(_ sight: Sight, in depot: Depot) throws(LedgerError) -> Bool {
        do throws(DepotError) { return try depot.isUnchanged(sight) } catch { throw LedgerError(error) }
    }

    func setAside(_ sights: [Sight], _ reason: String) throws {
        let depot = house.depot
        _ = try house.commit { (_) throws(LedgerError) in
            Answer(200, .bool(try Self.setAside(sights, reason, in: depot)))
        }
    }
}

// MARK: Tasks

extension Recovery {
    /// All files that a live task needs or has made.
    func files(of task: TaskRecord) throws {
        var damaged: [LookedAt] = []
        var isWhole = true
        for recorded in try recordedFiles(of: task) {
            let looked = try house.notary.look(at: recorded)
            try move(looked)
            switch looked.action.step {
            case .keep, .move: continue
            case .adopt, .forget: try mend(output: looked, of: task)
            case .block: damaged.append(looked)
            case .tell: try tellOf(looked)
            case .rewrite, .remove: preconditionFailure("no step for a file of a task")
            }
            isWhole = false
        }
        if !damaged.isEmpty { try block(task, for: damaged) }
        if isWhole, task.isDamaged { try resume(task) }
    }

    /// Each file with what it is to the task.
    func recordedFiles(of task: TaskRecord) throws -> [RecordedFile] {
        let (id, notary, record) = (task.id, house.notary, record(for: task))
        let isMade = task.state == .produced || task.state == .handedOn || task.origin == .produced
        return try house.read { (reader) throws(LedgerError) in
            var files = try notary.inputs(of: id, as: record, &reader)
            if id.stage == .main {
                // Main closes only with these, too.
                let ordered = try reader.uploads(of: id.job).filter { $0.isOrdered(by: notary.node) }
                files += ordered.map { RecordedFile(record: .spare, upload: $0) }
            }
            guard !isMade else { return files + (try notary.outputs(of: id, as: record, &reader)) }
            let claim = Claim(task: id, epoch: task.epoch)
            return files
                + (try reader.outputs(of: claim)).map { facts in
                    RecordedFile(
                        record: .unbound,
                        file: Attachment(name: facts.name, size: facts.size, digest: facts.digest),
                        places: [.output(id, epoch: claim.epoch, facts.name)]
                    )
                }
        }
    }

    private func record(for task: TaskRecord) -> RecoveryTable.Record {
        switch task.state {
        case .stored: .waiting
        case .claimed: house.notary.hasLapsed(task, at: house.ledger.steady()) ? .waiting : .held
        case .produced: .owed
        case .blocked, .handedOn: .spare
        case .settled, .failed, .cancelled: preconditionFailure("\(task.id) is over")
        }
    }

    func tellOf(_ looked: LookedAt) throws {
        if looked.action.setsAside { try setAside(looked.wrong, looked.damage) }
        tell("attachment-damaged", ["text": .string(looked.damage)])
    }

    private func block(_ task: TaskRecord, for damaged: [LookedAt]) throws {
        let (notary, wrong) = (house.notary, damaged.flatMap(\.wrong))
        let reason = Notary.damage(damaged.map { ($0.recorded.file.name, $0.damage) })
        _ = try house.commit { (writer) throws(LedgerError) in
            guard let now = try writer.reader.task(task.id), now.state == task.state, now.epoch == task.epoch,
                try Self.setAside(wrong, reason.text, in: notary.depot),
                damaged.allSatisfy({ notary.depot.find($0.recorded.places) == nil })
            else { return Answer(200, .null) }
            try notary.block(now, for: reason, in: &writer)
            return Answer(200, .null)
        }
    }

    /// What blocked the task was repaired without anybody's word, for instance from a backup.
    private func resume(_ task: TaskRecord) throws {
        let notary = house.notary
        _ = try house.commit { (writer) throws(LedgerError) in
            guard let now = try writer.reader.task(task.id), now.isDamaged else { return Answer(200, .null) }
            try notary.resume(now, who: "bus", why: "its files are right again", in: &writer)
            return Answer(200, .null).then(waking: [.claims, .deliveries])
        }
    }

    /// An output whose row and file differ: the row follows the file.
    private func mend(output looked: LookedAt, of task: TaskRecord) throws {
        let (depot, claim) = (house.depot, Claim(task: task.id, epoch: task.epoch))
        let (sight, name, reason) = (looked.wrong.last, looked.recorded.file.name, looked.damage)
        let setsAside = looked.action.setsAside
        _ = try house.commit { (writer) throws(LedgerError) in
            if setsAside, let sight, try Self.setAside([sight], reason, in: depot) == false {
                return Answer(200, .null)
            }
            if let sight, case .file(let facts) = sight.content {
                try writer.store(output: facts, of: claim)
            } else {
                try writer.forget(output: name, of: claim)
            }
            return Answer(200, .null)
        }
        tell("output-recovered", ["task": JSON(task.id), "text": .string(looked.damage)])
    }
}
