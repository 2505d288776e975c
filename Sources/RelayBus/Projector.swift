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

    private func settleOutputs(_ id: TaskID) throws {
        let outputs = try ledger.read { (reader) throws(LedgerError) in try reader.finalOutputs(of: id) }
        for output in outputs {
            let name = output.file.name
            try depot.settle(at: .artifact(id.job, name), from: [.output(id, epoch: output.epoch, name)])
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
        let (tasks, ended) = try ledger.read { (reader) throws(LedgerError) in
            (try reader.tasks(of: job), try reader.job(job))
        }
        let newest = Dictionary(tasks.map { ($0.id.stage, $0.id.round) }) { max($0, $1) }
        for task in tasks where task.state.isFinal {
            let isOld = task.reason?.code == "superseded" || task.id.round != newest[task.id.stage]
            try archive(task, into: isOld ? [.round(task.id.round)] : [], among: tasks)
        }
        if let ended, ended.state.isFinal { try archiveOrder(of: ended) }
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
        if others.isEmpty {
            for input in inputs {
                notary.settle(
                    notary.place(ofInput: input.name, of: id),
                    input: input.name,
                    of: id,
                    from: task.sender
                )
                try move(
                    [notary.place(ofInput: input.name, of: id)],
                    to: .archived(id.job, folder, input.name)
                )
            }
        }
        for output in outputs {
            let name = output.file.name
            try move(
                [.artifact(id.job, name), .output(id, epoch: output.epoch, name)],
                to: .archived(id.job, folder, name)
            )
        }
        if let link { try write(link.json.encoded, "link-\(id.stage)-\(id.round).dsse.json", id.job, folder) }
        if let document { try write(document, "\(id).json", id.job, folder) }
        do throws(DepotError) {
            try depot.removeProjection(of: id)
        } catch {
            guard case .missing = error else { throw error }
        }
    }

    /// At main: the bundle that `baton verify` checks.
    private func archiveOrder(of job: JobRecord) throws {
        let (orders, uploads, closeout, documents) = try ledger.read { (reader) throws(LedgerError) in
            let final = try reader.tasks(of: job.id).last { $0.id.stage == .main }
            return (
                try reader.orders(of: job.id), try reader.uploads(of: job.id),
                try reader.closeout(of: job.id),
                try final.flatMap { (task) throws(LedgerError) in try reader.document(of: task.id) }
            )
        }
        for upload in uploads where upload.isBound && upload.sender == notary.node {
            let inputs = FolderName(rawValue: "inputs").map { [$0] } ?? []
            let name = upload.facts.name
            try move([.bound(job.id, upload.round, name)], to: .archived(job.id, inputs, name))
        }
        for (index, order) in orders.enumerated() {
            try write(order.json.encoded, "order-\(index + 1).dsse.json", job.id, [])
        }
        if let documents { try writeEvidence(of: documents, job.id) }
        try write(FleetSummary.json(of: notary.configuration.fleet).encoded, "fleet.json", job.id, [])
        if let closeout { try write(closeout, "closeout.json", job.id, []) }
    }

    /// The links of the chain that main closed on, and the contracts that its order pins.
    private func writeEvidence(of bytes: [UInt8], _ job: JobID) throws {
        guard case .relay(let document) = try TaskDocument(parsing: bytes) else { return }
        for envelope in document.evidence {
            // What is no link is an earlier order, which is written with the orders.
            guard let link = try? Link(in: envelope) else { continue }
            try write(envelope.json.encoded, "link-\(link.task.stage)-\(link.task.round).dsse.json", job, [])
        }
        let order = try Order(in: document.order)
        for (stage, digest) in order.contracts {
            guard let path = notary.configuration.contractPaths[digest] else { continue }
            try write(ConfigurationFiles.bytes(at: path), "contract-\(stage).json", job, [])
        }
    }

    private func write(_ bytes: [UInt8], _ name: String, _ job: JobID, _ folder: [FolderName]) throws {
        guard let name = AttachmentName(rawValue: name) else {
            preconditionFailure("\(name) is a file's name")
        }
        try depot.write(bytes, to: .archived(job, folder, name), durable: true)
    }

    private func move(_ sources: [Place], to target: Place) throws {
        guard let source = depot.find(sources) else { return }
        try depot.archive(from: source, to: target, durable: true)
    }
}

/// The fleet as a bundle carries it: names, roles and public keys.
enum FleetSummary {
    static func json(of fleet: FleetFile) -> JSON {
        let nodes = fleet.nodes.sorted { $0.key < $1.key }.map { name, node in
            JSON.Member(
                name.rawValue,
                .members([
                    "role": JSON(node.role),
                    "keys": .array(
                        node.keys.map { key in
                            .members([
                                "key": .string("ed25519:" + Base64.encoded(key.bytes)),
                                "until": key.until.map { JSON($0) },
                            ])
                        }
                    ),
                ])
            )
        }
        return .members(["baton": 1, "nodes": .object(nodes)])
    }
}
