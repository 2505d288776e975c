import RelayCore
import RelayLedger
import RelayWire

/// Files that this node handed on, or took, and that another node lacks by now.
extension Notary {
    /// The kind of a delivery that uploads files and has no document.
    static let wantKind = "want"

    /// Where the files that are wanted are recorded here.
    private struct Holding {
        let cause: Claim?
        let filesRound: Round
        let files: [DeliveryFile]
    }

    /// Stores the delivery that uploads what is wanted; the answer is a refusal.
    func store(
        _ want: ControlDocument.Want,
        of job: JobID,
        _ round: Round,
        in writer: inout LedgerWriter
    ) throws(LedgerError) -> Answer? {
        guard want.to != node, configuration.fleet.nodes[want.to] != nil else {
            return .refusal(400, "unknown-node", "\(want.to) is no other node of the fleet.")
        }
        guard let holding = try holding(want, job, round, &writer.reader) else {
            let names = want.attachments.map(\.rawValue).joined(separator: ", ")
            return .refusal(404, "unknown-files", "\(node) holds no \(names) of round \(round) of \(job).")
        }
        try writer.store(
            NewDelivery(
                to: want.to,
                kind: Self.wantKind,
                job: job,
                round: round,
                task: nil,
                cause: holding.cause,
                filesRound: holding.filesRound,
                document: [],
                files: holding.files
            )
        )
        return nil
    }

    /// As they were handed on to the node that lacks them, else as they came with a task of this one.
    private func holding(
        _ want: ControlDocument.Want,
        _ job: JobID,
        _ round: Round,
        _ reader: inout LedgerReader
    ) throws(LedgerError) -> Holding? {
        for delivery in try reader.relays(of: job, to: want.to) where delivery.round == round {
            let files = try reader.files(ofDelivery: delivery.id).filter {
                want.attachments.contains($0.file.name)
            }
            guard files.count == want.attachments.count else { continue }
            return Holding(cause: delivery.cause, filesRound: delivery.filesRound, files: files)
        }
        for task in try reader.tasks(of: job).reversed() {
            let files = try reader.inputs(of: task.id).filter { want.attachments.contains($0.name) }
            guard files.count == want.attachments.count else { continue }
            return Holding(
                cause: Claim(task: task.id, epoch: task.epoch),
                filesRound: task.id.round,
                files: files.map { DeliveryFile(file: $0, isMade: false) }
            )
        }
        return nil
    }
}
