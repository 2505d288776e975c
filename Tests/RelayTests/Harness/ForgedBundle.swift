import RelayCore
import RelaySeal
import RelayWire
import TestSupport

/// The same job as somebody tells it who has other keys than the fleet: every statement is signed anew.
struct ForgedBundle {
    private var bundle: ProofBundle
    private let job: String

    /// Signs all of `bundle` anew.
    static func signedAnew(_ bundle: ProofBundle, job: String) throws -> ProofBundle {
        var forged = ForgedBundle(bundle: bundle, job: job)
        forged.replaceKeys()
        let document = try forged.replaceStatements()
        try forged.replaceCloseout(document)
        return try forged.bundle.listedAnew(by: "other main")
    }

    private mutating func replaceKeys() {
        let fleet = String(decoding: bundle.files["fleet.json"] ?? [], as: UTF8.self)
        bundle.files["fleet.json"] = Array(Self.withOtherKeys(fleet).utf8)
    }

    /// The text of a fleet's file with those other keys in it.
    static func withOtherKeys(_ fleet: String) -> String {
        Station.allCases.reduce(fleet) { text, station in
            let (own, other) = (TestKeys.key(of: station.rawValue), TestKeys.key(of: "other \(station)"))
            return text.replacing(own.publicKey.description, with: other.publicKey.description)
        }
    }

    /// Order, links and the last document; gives the document.
    private mutating func replaceStatements() throws -> RelayDocument {
        let path = "\(job).main.1.json"
        guard case .relay(let old) = try TaskDocument(parsing: bundle.files[path] ?? []) else {
            throw WaitFailure("\(path) is no relay")
        }
        let order = try Order(in: old.order).statement.signed(by: "other main")
        bundle.files["order-1.dsse.json"] = order.json.encoded
        var links: [Envelope] = []
        for envelope in old.evidence {
            let link = try Link(in: envelope).under(order.digest, after: links.last?.digest)
            links.append(link.statement.signed(by: "other \(link.node)"))
            bundle.files[BundleNames.link(link.task)] = links.last?.json.encoded
        }
        let new = RelayDocument(
            task: old.task,
            from: old.from,
            to: old.to,
            contract: old.contract,
            attachments: old.attachments,
            order: order,
            evidence: links,
            traceparent: old.traceparent
        )
        bundle.files[path] = new.json.encoded
        return new
    }

    private mutating func replaceCloseout(_ document: RelayDocument) throws {
        let old = try CloseoutRecord(parsing: bundle.files["closeout.json"] ?? [])
        let stages = zip(old.stages, document.evidence).map { stage, link in
            CloseoutRecord.Stage(
                task: stage.task,
                node: stage.node,
                by: stage.by,
                processor: stage.processor,
                link: link.digest
            )
        }
        let receipt = Receipt(
            task: old.receipt.task,
            digest: .of(document.json.encoded),
            seq: old.receipt.seq
        )
        let new = CloseoutRecord(
            job: old.job,
            round: old.round,
            orderedAt: old.orderedAt,
            closedAt: old.closedAt,
            closedBy: old.closedBy,
            answers: old.answers,
            order: document.order.digest,
            receipt: receipt,
            stages: stages,
            files: old.files
        )
        bundle.files["closeout.json"] = new.json.encoded
    }
}

extension ProofBundle {
    /// The bundle with a statement of the files as they are now, signed by the key of that name.
    func listedAnew(by signer: String) throws -> ProofBundle {
        let old = try CloseoutStatement(in: Envelope(parsing: files[CloseoutStatement.fileName] ?? []))
        let listed = files.keys.sorted().filter { $0 != CloseoutStatement.fileName }
        let new = CloseoutStatement(
            job: old.job,
            closedAt: old.closedAt,
            files: listed.map { .init(name: $0, digest: .of(files[$0] ?? [])) }
        )
        var bundle = self
        bundle.files[CloseoutStatement.fileName] = new.statement.signed(by: signer).json.encoded
        return bundle
    }
}

extension Link {
    /// The same link under another order and behind another link.
    fileprivate func under(_ order: Digest, after previous: Digest?) -> Link {
        Link(
            task: task,
            node: node,
            epoch: epoch,
            by: by,
            processor: processor,
            order: order,
            previous: previous,
            contract: contract,
            receipt: receipt,
            claimedAt: claimedAt,
            producedAt: producedAt,
            materials: materials,
            products: products
        )
    }
}
