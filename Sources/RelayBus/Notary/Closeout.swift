import RelayCore
import RelayLedger
import RelaySeal
import RelayWire

/// `closeout.json`: the record of main's decision that a job is finished, for people and programs.
struct Closeout {
    private let job: JobRecord
    private let receipt: Receipt
    private let orderDigest: Digest
    private let links: [Link]
    private let linkDigests: [Digest]
    private let files: [FileFacts]
    private let events: [NodeEvent]
    private let closedAt: UnixMilliseconds
    private let node: NodeName

    init(
        job: JobRecord,
        receipt: Receipt,
        document: RelayDocument,
        files: [FileFacts],
        events: [NodeEvent],
        closedAt: UnixMilliseconds,
        node: NodeName
    ) throws(LedgerError) {
        let chain: EvidenceChain
        do throws(SealFault) {
            chain = try EvidenceChain(of: document)
        } catch {
            throw .unreadable("evidence of \(document.task) that cannot be read: \(error)")
        }
        self.job = job
        self.receipt = receipt
        orderDigest = chain.orderDigest
        links = chain.links
        linkDigests = chain.linkDigests
        self.files = files
        self.events = events
        self.closedAt = closedAt
        self.node = node
    }

    var json: JSON {
        .members([
            "baton": 1, "job": JSON(job.id), "round": JSON(job.round.number), "state": "closed",
            "ordered_at": JSON(job.orderedAt), "closed_at": JSON(closedAt), "closed_by": JSON(node),
            "answers": answers, "order": JSON(orderDigest), "receipt": receipt.json,
            "stages": .array(zip(links, linkDigests).map(stage)),
            "files": .array(
                files.map { Attachment(name: $0.name, size: $0.size, digest: $0.digest).json }
            ),
            "waivers": .array([]),
        ])
    }

    /// The six questions of design.md, section 7, one line each.
    private var answers: JSON {
        .members([
            "evidence": .string(
                "yes: \(files.count) files, each digest recomputed from its bytes at closing, \(links.count) links in one chain"
            ),
            "responsible": .string(
                links.map { "\($0.task.stage): \($0.node) (\($0.by.rawValue), \($0.processor))" }
                    .joined(separator: "; ") + "; main: \(node)"
            ),
            "states_known": .string(
                "yes: " + links.map { "\($0.task) produced \($0.producedAt)" }.joined(separator: "; ")
            ),
            "intermediate_files": .string("yes: " + files.map(\.name.rawValue).joined(separator: ", ")),
            "blocked": .string(blocks),
            "clean": .string(
                "yes: no waiver, round \(job.round) of at most \(Round.limit), within the deadline \(job.deadline)"
            ),
        ])
    }

    private var blocks: String {
        let lines = events.map { "\($0.at) \($0.kind): \($0.why ?? "no reason given")" }
        return lines.isEmpty ? "no" : "yes, and recovered: " + lines.joined(separator: "; ")
    }

    private func stage(_ link: Link, _ digest: Digest) -> JSON {
        .members([
            "task": JSON(link.task), "node": JSON(link.node), "by": .string(link.by.rawValue),
            "processor": .string(link.processor), "epoch": JSON(link.epoch),
            "claimed_at": JSON(link.claimedAt), "produced_at": JSON(link.producedAt), "link": JSON(digest),
        ])
    }
}
