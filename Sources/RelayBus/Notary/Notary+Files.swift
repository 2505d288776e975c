package import RelayCore
import RelayDepot
package import RelayLedger
import RelayWire

/// A file that the ledger records, and where it may lie: the places on the way first, its own last.
package struct RecordedFile: Sendable {
    /// What it is to the ledger.
    let record: RecoveryTable.Record
    /// Its name and the bytes it should have.
    let file: Attachment
    /// Never empty.
    let places: [Place]
}

extension RecordedFile {
    /// A file that came by upload.
    init(record: RecoveryTable.Record, upload: UploadRecord) {
        let (facts, place) = (upload.facts, Place.unbound(upload))
        self.init(
            record: record,
            file: Attachment(name: facts.name, size: facts.size, digest: facts.digest),
            places: upload.isBound ? [place, .bound(upload.job, upload.round, facts.name)] : [place]
        )
    }
}

extension Place {
    /// Where an upload lies until it is bound.
    static func unbound(_ upload: UploadRecord) -> Place {
        .unbound(upload.job, upload.round, upload.facts.name, sender: upload.sender)
    }
}

/// A file that was looked at.
struct LookedAt: Sendable {
    let recorded: RecordedFile
    let finding: RecoveryTable.Finding
    /// Where the recorded bytes lie.
    let right: Sight?
    /// What else lies where they belong.
    let wrong: [Sight]

    var action: RecoveryTable.Action { RecoveryTable.action(for: recorded.record, finding) }

    /// What was expected and what was found.
    var damage: String {
        let (file, found) = (recorded.file, wrong.last?.words ?? "no file")
        return "\(file.name): expected \(file.size) bytes with \(file.digest.labelled), found \(found)"
    }
}

/// What lies on the disk of the files that a decision is about, read and hashed off the committer's thread.
package struct Inventory: Sendable {
    /// The files of the task, with the digests they have now.
    let files: [FileFacts]
    /// What is missing or damaged; `nil` when nothing is.
    let damage: Reason?
}

extension Notary {
    /// Looks along the way that the file goes, so that one which moves on meanwhile is not missed.
    func look(at recorded: RecordedFile) throws(DepotError) -> LookedAt {
        var wrong: [Sight] = []
        var right: Sight?
        for place in recorded.places {
            guard let sight = try depot.look(at: place, named: recorded.file.name) else { continue }
            if sight.digest == recorded.file.digest { right = sight } else { wrong.append(sight) }
        }
        let finding: RecoveryTable.Finding
        if let right {
            finding = right.place == recorded.places.last ? .right : .elsewhere
        } else if let last = wrong.last {
            finding = last.digest == nil ? .unusable : .wrong
        } else {
            finding = .missing
        }
        return LookedAt(recorded: recorded, finding: finding, right: right, wrong: wrong)
    }

    /// Recomputes the digest of each file from its bytes.
    package func inventory(of recorded: [RecordedFile]) -> Inventory {
        var files: [FileFacts] = []
        var damaged: [(name: AttachmentName, what: String)] = []
        for recorded in recorded {
            let name = recorded.file.name
            do throws(DepotError) {
                let looked = try look(at: recorded)
                if looked.right == nil { damaged.append((name, looked.damage)) }
                guard recorded.record != .ordered else { continue }
                if case .file(let facts) = (looked.right ?? looked.wrong.last)?.content {
                    files.append(facts)
                }
            } catch {
                damaged.append((name, "\(name): \(error)"))
            }
        }
        return Inventory(files: files, damage: damaged.isEmpty ? nil : Self.damage(damaged))
    }

    /// What main's last task is closed on: its inputs, and those of the job, which are part of the bundle.
    package func evidence(of task: TaskID, _ reader: inout LedgerReader) throws(LedgerError) -> [RecordedFile]
    {
        let inputs = try self.inputs(of: task, as: .held, &reader)
        let ordered = try reader.uploads(of: task.job).filter { $0.isOrdered(by: node) }
        return inputs + ordered.map { RecordedFile(record: .ordered, upload: $0) }
    }

    /// The inputs of a task, and where each may lie.
    func inputs(
        of task: TaskID,
        as record: RecoveryTable.Record,
        _ reader: inout LedgerReader
    ) throws(LedgerError) -> [RecordedFile] {
        let taken = try namesTakenByMain(from: task, &reader)
        var files: [RecordedFile] = []
        for input in try reader.inputs(of: task) where !taken.contains(input.name) {
            let sender = try reader.boundUpload(task.job, task.round, input.name)?.sender ?? node
            let places = places(onTheWayOf: input.name, of: task, from: sender)
            files.append(RecordedFile(record: record, file: input, places: places))
        }
        return files
    }

    /// The files that main's own last task has taken over from an earlier stage that main did in another's stead.
    private func namesTakenByMain(
        from task: TaskID,
        _ reader: inout LedgerReader
    ) throws(LedgerError) -> Set<AttachmentName> {
        guard task.stage != .main, configuration.role.role == .main else { return [] }
        return Set(try reader.inputs(of: TaskID(job: task.job, stage: .main, round: task.round)).map(\.name))
    }

    /// What a task has made, and where each file may lie.
    func outputs(
        of task: TaskID,
        as record: RecoveryTable.Record,
        _ reader: inout LedgerReader
    ) throws(LedgerError) -> [RecordedFile] {
        try reader.finalOutputs(of: task).map { epoch, file in
            let places: [Place] = [.output(task, epoch: epoch, file.name), .artifact(task.job, file.name)]
            return RecordedFile(record: record, file: file, places: places)
        }
    }

    /// The files of a delivery, and where each may lie, the archive of what was superseded included.
    package func files(ofDelivery id: Int64, _ reader: inout LedgerReader) throws(LedgerError)
        -> [RecordedFile]
    {
        guard let delivery = try reader.delivery(id) else { return [] }
        return try reader.files(ofDelivery: id).map { entry in
            RecordedFile(record: .owed, file: entry.file, places: places(of: entry, in: delivery))
        }
    }

    private func places(of entry: DeliveryFile, in delivery: DeliveryRecord) -> [Place] {
        let name = entry.file.name
        guard let cause = delivery.cause else {
            let place = Place.bound(delivery.job, delivery.filesRound, name)
            return [.unbound(delivery.job, delivery.filesRound, name, sender: node), place]
        }
        let archived = Place.archived(delivery.job, [.round(cause.task.round)], name)
        guard entry.isMade else { return [archived] + places(onTheWayOf: name, of: cause.task, from: node) }
        return [archived, .output(cause.task, epoch: cause.epoch, name), .artifact(delivery.job, name)]
    }
}
