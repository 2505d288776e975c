import RelayCore
import RelayLedger
import RelaySeal
import RelayWire

/// Answers the six questions of a closeout from what the ledger and the evidence say.
struct CloseoutReport {
    private let job: JobRecord
    private let receipt: Receipt
    private let chain: EvidenceChain
    private let events: [NodeEvent]
    private let contract: Contract?

    /// - Parameters:
    ///   - job: the job that is closed.
    ///   - receipt: main's receipt of its last task.
    ///   - document: that task's document, whose evidence was verified.
    ///   - contract: main's own, which it was held against.
    ///   - events: what was blocked at main and how it went on.
    /// - Throws: `LedgerError.unreadable` for evidence that is not what was verified.
    init(
        job: JobRecord,
        receipt: Receipt,
        document: RelayDocument,
        contract: Contract?,
        events: [NodeEvent]
    ) throws(LedgerError) {
        do throws(SealFault) {
            chain = try EvidenceChain(of: document)
        } catch {
            throw .unreadable("evidence of \(document.task) that cannot be read: \(error)")
        }
        self.job = job
        self.receipt = receipt
        self.contract = contract
        self.events = events
    }

    /// The record, with the files whose digests were just recomputed.
    func record(files: [FileFacts], closedAt: UnixMilliseconds, by node: NodeName) -> CloseoutRecord {
        CloseoutRecord(
            job: job.id,
            round: job.round,
            orderedAt: job.orderedAt,
            closedAt: closedAt,
            closedBy: node,
            answers: answers(files, closedAt, node),
            order: chain.orderDigest,
            receipt: receipt,
            stages: zip(chain.links, chain.linkDigests).map { link, digest in
                .init(task: link.task, node: link.node, by: link.by, processor: link.processor, link: digest)
            },
            files: files.map { Attachment(name: $0.name, size: $0.size, digest: $0.digest) }
        )
    }

    /// The texts with characters that nobody sees, as main's contract wants them shown.
    private func hidden(in files: [FileFacts]) -> String {
        guard contract?.hiddenCharacters != .allow else { return "" }
        let found = files.filter { !$0.hidden.isEmpty }.map { file in
            "\(file.name): \(file.hidden.map(\.sentence).joined(separator: ", "))"
        }
        return found.isEmpty ? "" : "; hidden characters in " + found.joined(separator: "; ")
    }

    /// In the order of `CloseoutRecord.questions`.
    private func answers(_ files: [FileFacts], _ closedAt: UnixMilliseconds, _ node: NodeName) -> [String] {
        let links = chain.links
        let deadline = closedAt < job.deadline ? "within the deadline" : "but after the deadline"
        let who = links.map { "\($0.task.stage): \($0.node) (\($0.by.rawValue), \($0.processor))" }
        return [
            "yes: \(files.count) files, each digest recomputed from its bytes at closing, \(links.count) links in one chain\(hidden(in: files))",
            who.joined(separator: "; ") + "; main: \(node)",
            "yes: " + links.map { "\($0.task) produced \($0.producedAt)" }.joined(separator: "; "),
            "yes: " + files.map(\.name.rawValue).joined(separator: ", "),
            blocks,
            "yes: no waiver, round \(job.round) of at most \(Round.limit), \(deadline) \(job.deadline)",
        ]
    }

    private var blocks: String {
        let lines = events.map { "\($0.at) \($0.kind): \($0.why ?? "no reason given")" }
        return lines.isEmpty ? "no" : "yes, and recovered: " + lines.joined(separator: "; ")
    }
}
