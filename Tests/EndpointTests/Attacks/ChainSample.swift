import RelayCore
import RelaySeal
import RelayWire

/// The document that hands jp its work, with the links of nano and sg; an attack changes one thing.
struct ChainSample {
    var job: String
    var order = OrderSample()
    var nano = LinkSample(products: RelaySample.goodFiles)
    var sg = LinkSample(
        node: "sg",
        stage: "sg",
        contract: RelaySample.pins["sg"],
        materials: RelaySample.goodFiles,
        products: ChainSample.review
    )
    /// The digest of nano's link, as sg's names it; `nil` for the right one.
    var previous: Digest?
    /// What nano's own link names as the one before it.
    var first: Digest?
    /// The attachments, by name.
    var files = ChainSample.goodFiles
    /// What becomes of the finished evidence.
    var arrange: ([Envelope]) -> [Envelope] = { $0 }

    static let review = ["sg-review.md": Array("# Accepted\n\n# Rejected\n".utf8)]
    static let goodFiles = RelaySample.goodFiles.merging(review) { $1 }

    init(_ job: String, _ change: (inout ChainSample) -> Void = { _ in }) {
        self.job = job
        change(&self)
    }

    /// The document as sg sends it.
    var sample: RelaySample {
        let ordered = order.envelope(job, 1)
        var (nano, sg) = (nano, sg)
        nano.previous = first
        let one = nano.envelope(job, 1, ordered.digest, [:])
        sg.previous = previous ?? one.digest
        let two = sg.envelope(job, 1, ordered.digest, [:])
        return RelaySample(job) { sample in
            sample.stage = "jp"
            sample.from = "sg"
            sample.to = "jp"
            sample.pin = RelaySample.pins["jp"]
            sample.files = files
            sample.order = order
            sample.link = nil
            sample.evidence = arrange([one, two])
        }
    }

    /// The document that jp sends main after it has done its stage.
    var final: RelaySample {
        var sample = sample
        sample.stage = "main"
        sample.from = "jp"
        sample.to = "main"
        sample.pin = RelaySample.pins["main"]
        sample.evidence.append(jp(after: sample.evidence))
        sample.files.merge(Self.answer) { $1 }
        return sample
    }

    private static let answer = ["jp-final.txt": Array("final\n".utf8)]

    /// The link of jp, as it would follow the others.
    func jp(after evidence: [Envelope]) -> Envelope {
        var link = LinkSample(
            node: "jp",
            stage: "jp",
            contract: RelaySample.pins["jp"],
            materials: files,
            products: Self.answer
        )
        link.previous = evidence.last?.digest
        return link.envelope(job, 1, order.envelope(job, 1).digest, [:])
    }
}
