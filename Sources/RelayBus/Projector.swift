import RelayCore
import RelayDepot
import RelayLedger
import RelaySeal
import RelayWire

/// Brings files in line with the ledger, behind the acknowledgements.
///
/// Everything may be done twice, and a crash in between is mended by recovery, which does the same again.
struct Projector: Sendable {
    let notary: Notary
    let ledger: Ledger

    /// Does `effect`; what fails is told and left to the next recovery.
    func perform(_ effect: Effect) throws {
        switch effect {
        case .show(let task): try show(task)
        case .settleOutputs(let task): try settleOutputs(task)
        case .settleInputs(let job, let round): try settleInputs(job, round)
        case .archive(let job): try archive(job)
        }
    }

    private var depot: Depot { notary.depot }

    private func show(_ id: TaskID) throws {
        let (record, document, inputs) = try ledger.read { (reader) throws(LedgerError) in
            (try reader.task(id), try reader.document(of: id), try reader.inputs(of: id))
        }
        guard let record, let document, !record.state.isFinal else { return }
        try depot.project(task: id, document: document)
        for input in inputs {
            notary.settle(
                notary.place(ofInput: input.name, of: id),
                input: input.name,
                of: id,
                from: record.sender
            )
        }
    }

    /// The places belong to the newest round; an older one, cancelled yet or not, makes room in the archive.
    private func settleOutputs(_ id: TaskID) throws {
        let rounds = try rounds(of: id)
        let (outputs, isNewest) = (rounds[id.round] ?? [], rounds.keys.max() == id.round)
        for output in outputs {
            let name = output.file.name
            let fresh = Place.output(id, epoch: output.epoch, name)
            guard isNewest else {
                try move(output.file, [fresh], to: .archived(id.job, [.round(id.round)], name), checked: true)
                continue
            }
            if depot.find([fresh]) != nil { try putAway(name, of: id, rounds) }
            try depot.settle(at: .artifact(id.job, name), from: [fresh])
        }
    }

    private typealias Output = (epoch: Int64, file: Attachment)

    /// What the stage of `id` has made in each round.
    private func rounds(of id: TaskID) throws -> [Round: [Output]] {
        try ledger.read { (reader) throws(LedgerError) in
            var rounds: [Round: [Output]] = [:]
            for task in try reader.tasks(of: id.job) where task.id.stage == id.stage {
                let outputs = try reader.finalOutputs(of: task.id)
                if !outputs.isEmpty { rounds[task.id.round] = outputs }
            }
            return rounds
        }
    }

    /// The file of an older round goes from the place that a newer one is about to take.
    private func putAway(_ name: AttachmentName, of id: TaskID, _ rounds: [Round: [Output]]) throws {
        for (round, outputs) in rounds.sorted(by: { $0.key > $1.key }) where round < id.round {
            guard let old = outputs.first(where: { $0.file.name == name }) else { continue }
            let target = Place.archived(id.job, [.round(round)], name)
            try move(old.file, [.artifact(id.job, name)], to: target, checked: true)
        }
    }

    private func settleInputs(_ job: JobID, _ round: Round) throws {
        let uploads = try ledger.read { (reader) throws(LedgerError) in try reader.uploads(of: job) }
        for upload in uploads where upload.isBound && upload.round == round {
            let name = upload.facts.name
            // A file that already went on to the artifacts of main is not missed here.
            try? depot.settle(
                at: .bound(job, round, name),
                from: [.unbound(job, round, name, sender: upload.sender)]
            )
        }
    }

    /// Moves the settled and cancelled work of `job` to `archive/<job>/`, older rounds into folders of their own.
    private func archive(_ job: JobID) throws {
        let (tasks, ordered) = try ledger.read { (reader) throws(LedgerError) in
            (try reader.tasks(of: job), try reader.job(job))
        }
        if let ordered, ordered.state == .closed { try archiveBundle(of: ordered) }
        if let ordered, ordered.state.isFinal { try archiveInputs(of: ordered) }
        let newest = Dictionary(tasks.map { ($0.id.stage, $0.id.round) }) { max($0, $1) }
        for task in tasks where task.state.isFinal {
            let isOld = task.reason?.code == "superseded" || task.id.round != newest[task.id.stage]
            let folder: FolderName? =
                isOld
                ? .round(task.id.round)
                : ordered == nil || task.id.stage == .main ? nil : .stage(task.id.stage)
            try archive(task, into: folder.map { [$0] } ?? [], among: tasks)
        }
        if tasks.allSatisfy(\.state.isFinal) { _ = try depot.removeArtifactFolder(of: job) }
    }

    private func archive(_ task: TaskRecord, into folder: [FolderName], among tasks: [TaskRecord]) throws {
        let id = task.id
        let (inputs, outputs, document, link) = try ledger.read { (reader) throws(LedgerError) in
            (
                try reader.inputs(of: id), try reader.finalOutputs(of: id), try reader.document(of: id),
                try reader.link(of: id)
            )
        }
        let others = tasks.filter { $0.id != id && $0.id.round == id.round && !$0.state.isFinal }
        // A newer round uses the same places; what lies there may be its file by now.
        let isFollowed = tasks.contains { $0.id.stage == id.stage && $0.id.round > id.round }
        if others.isEmpty {
            for input in inputs {
                let sources: [Place] = [
                    .unbound(id.job, id.round, input.name, sender: task.sender),
                    .bound(id.job, id.round, input.name), notary.place(ofInput: input.name, of: id),
                ]
                try move(input, sources, to: .archived(id.job, folder, input.name), checked: isFollowed)
            }
        }
        for output in outputs {
            let name = output.file.name
            let sources: [Place] = [
                .artifact(id.job, name), .output(id, epoch: output.epoch, name),
            ]
            try move(output.file, sources, to: .archived(id.job, folder, name), checked: isFollowed)
        }
        try archiveUnfinished(of: task)
        if let link { try write(link.json.encoded, "link-\(id.stage)-\(id.round).dsse.json", id.job, folder) }
        if let document { try write(document, "\(id).json", id.job, folder) }
        do throws(DepotError) {
            try depot.removeProjection(of: id)
        } catch {
            guard case .missing = error else { throw error }
        }
    }

    /// What was uploaded under claims that came to nothing lies with what came too late under them.
    private func archiveUnfinished(of task: TaskRecord) throws {
        let id = task.id
        for epoch in stride(from: 1, through: task.epoch, by: 1) {
            let outputs = try ledger.read { (reader) throws(LedgerError) in
                try reader.outputs(of: Claim(task: id, epoch: epoch))
            }
            for output in outputs {
                let target = Place.archived(
                    id.job,
                    [.late(id.stage, id.round, epoch: epoch)],
                    output.name
                )
                let file = Attachment(name: output.name, size: output.size, digest: output.digest)
                try move(file, [.output(id, epoch: epoch, output.name)], to: target, checked: true)
            }
        }
    }

    /// At main: the bundle that `baton verify` checks.
    private func archiveBundle(of job: JobRecord) throws {
        let (bundle, statement) = try ledger.read { (reader) throws(LedgerError) in
            let closed = try reader.closeout(of: job.id)
            let final = try reader.tasks(of: job.id).last { $0.id.stage == .main && $0.state == .settled }
            guard let closed, let final, let document = try reader.document(of: final.id) else {
                throw .unreadable("a closed job \(job.id) without its closeout")
            }
            let bundle = try JobBundle(
                of: job.id,
                document: document,
                closeout: closed.record,
                notary,
                &reader
            )
            return (bundle, closed.statement)
        }
        for entry in bundle.entries {
            let folder = try entry.folder.map { [try Self.folder($0)] } ?? []
            switch entry.content {
            case .bytes(let bytes): try write(bytes, entry.name, job.id, folder)
            case .contract(let digest):
                guard let path = notary.configuration.contractPaths[digest] else { continue }
                try write(ConfigurationFiles.bytes(at: path), entry.name, job.id, folder)
            case .file(let places, _): try move(places, to: .archived(job.id, folder, Self.name(entry.name)))
            }
        }
        try write(statement, CloseoutStatement.fileName, job.id, [])
    }

    /// What a job that was not closed was ordered with.
    private func archiveInputs(of job: JobRecord) throws {
        let (orders, uploads) = try ledger.read { (reader) throws(LedgerError) in
            (try reader.orders(of: job.id), try reader.uploads(of: job.id))
        }
        for upload in uploads where upload.isOrdered(by: notary.node) {
            let name = upload.facts.name
            let target = Place.archived(job.id, [try Self.folder("inputs")], name)
            try move([.bound(job.id, upload.round, name), .unbound(upload)], to: target)
        }
        for (round, order) in orders.enumerated() {
            try write(order.json.encoded, "order-\(round + 1).dsse.json", job.id, [])
        }
    }

    private static func folder(_ name: String) throws -> FolderName {
        guard let folder = FolderName(rawValue: name) else { throw DepotError.badName(name) }
        return folder
    }

    private static func name(_ name: String) throws -> AttachmentName {
        guard let checked = AttachmentName(rawValue: name) else { throw DepotError.badName(name) }
        return checked
    }

    private func write(_ bytes: [UInt8], _ name: String, _ job: JobID, _ folder: [FolderName]) throws {
        try depot.write(bytes, to: .archived(job, folder, Self.name(name)), durable: true)
    }

    /// Moves a file there; `checked`, only one with the file's bytes, and none where it is there already.
    private func move(_ file: Attachment, _ sources: [Place], to target: Place, checked: Bool) throws {
        guard checked else { return try move(sources, to: target) }
        guard depot.find([target]) == nil else { return }
        let source = sources.first { source in
            guard depot.find([source]) != nil else { return false }
            // An error has no reader: what cannot be read is not known to be this file, and stays.
            return (try? depot.facts(of: source, named: file.name).digest) == file.digest
        }
        if let source { try move([source], to: target) }
    }

    private func move(_ sources: [Place], to target: Place) throws {
        guard let source = depot.find(sources) else { return }
        try depot.archive(from: source, to: target, durable: true)
    }
}
