import RelayCore
import RelayLedger
import RelaySeal
import RelayWire
import TestSupport

@testable import RelayBus

/// The files of documents, not those of test reports.
typealias Attachment = RelayWire.Attachment

/// Names and files of one job.
enum Sample {
    static let job = "weekly-brief"

    static func name<Name: CheckedName>(_ text: String) -> Name {
        guard let name = Name(rawValue: text) else { preconditionFailure("\(text): \(Name.rule)") }
        return name
    }

    static func round(_ number: Int) -> Round {
        guard let round = Round(number) else { preconditionFailure("no round \(number)") }
        return round
    }

    static func digest(_ text: String) -> Digest { Digest.of(Array(text.utf8)) }

    static func attachment(_ file: String, _ content: String) -> Attachment {
        Attachment(name: name(file), size: Int64(content.utf8.count), digest: digest(content))
    }
}

/// The files of a job, its order and the documents that carry them, all honest unless a test changes them.
struct Story {
    var order: Order
    var content = [
        "brief.md": "# Brief\n\nWhat is known?\n", "candidate-list.md": "# Candidates\n\n- one\n",
        "de-raw-output.txt": "raw\n", "sg-review.md": "# Accepted\n\n# Rejected\n", "jp-final.txt": "final\n",
    ]

    /// What each stage makes, and what it is given.
    static let makes = [
        "nano": ["candidate-list.md", "de-raw-output.txt"], "sg": ["sg-review.md"], "jp": ["jp-final.txt"],
    ]
    static let takes = [
        "nano": ["brief.md"], "sg": ["candidate-list.md", "de-raw-output.txt"],
        "jp": ["candidate-list.md", "de-raw-output.txt", "sg-review.md"],
        "main": ["candidate-list.md", "de-raw-output.txt", "sg-review.md", "jp-final.txt"],
    ]

    init(order: Order) { self.order = order }

    /// A job of the node's fleet, ordered at the node's own time.
    init(at node: Node, job: String = Sample.job) {
        let brief = "# Brief\n\nWhat is known?\n"
        order = Order(
            job: Sample.name(job),
            round: .first,
            stage: Sample.name("nano"),
            route: node.configuration.fleet.route,
            contracts: node.configuration.current,
            inputs: [.init(Sample.attachment("brief.md", brief))],
            issued: node.now,
            deadline: node.now.advanced(by: .seconds(3600)),
            previous: nil
        )
    }

    func files(_ names: [String]) -> [Attachment] {
        names.map { Sample.attachment($0, content[$0] ?? "") }
    }

    func task(_ stage: String) -> TaskID {
        TaskID(job: order.job, stage: Sample.name(stage), round: order.round)
    }

    /// The links of the stages before `stage`.
    func links(before stage: String) -> [Link] {
        var links: [Link] = []
        for leg in order.route.legs.prefix(while: { $0.stage.rawValue != stage }) {
            let name = leg.stage.rawValue
            links.append(
                Link(
                    task: task(name),
                    node: leg.node,
                    epoch: 1,
                    by: .consumer,
                    processor: "builtin:\(name)",
                    order: order.sealed.digest,
                    previous: links.last?.sealed.digest,
                    contract: order.contracts[leg.stage] ?? Sample.digest("none"),
                    receipt: Receipt(task: task(name), digest: Sample.digest(name), seq: 1),
                    claimedAt: order.issued,
                    producedAt: order.issued,
                    materials: files(Self.takes[name] ?? []).map { .init($0) },
                    products: files(Self.makes[name] ?? []).map { .init($0) }
                )
            )
        }
        return links
    }

    /// The document that hands on to `stage`.
    func document(_ stage: String) -> RelayDocument {
        let id = task(stage)
        return RelayDocument(
            task: id,
            from: order.route.feeder(of: id.stage) ?? Sample.name("nobody"),
            to: order.route.node(of: id.stage) ?? Sample.name("nobody"),
            contract: order.contracts[id.stage] ?? Sample.digest("none"),
            attachments: files(Self.takes[stage] ?? []),
            order: order.sealed,
            evidence: links(before: stage).map(\.sealed)
        )
    }

    /// Uploads what `stage` takes, as the node that hands on.
    func upload(_ stage: String, to node: Node) throws {
        let document = document(stage)
        for name in Self.takes[stage] ?? [] {
            try node.upload(name, content[name] ?? "", from: document.from.rawValue, job: order.job.rawValue)
        }
    }

    /// Uploads and sends what `stage` takes.
    @discardableResult
    func deliver(_ stage: String, to node: Node) throws -> Answer {
        try upload(stage, to: node)
        return try node.send(document(stage))
    }

    /// Main's word about the job.
    func word(
        _ kind: ControlDocument.Kind,
        _ n: Int64 = 1,
        round: Round? = nil,
        to node: String = "sg",
        reason: String? = nil,
        receipt: Receipt? = nil,
        at now: UnixMilliseconds? = nil
    ) -> ControlStatement {
        ControlStatement(
            kind: kind,
            job: order.job,
            round: round,
            n: n,
            to: Sample.name(node),
            reason: reason,
            receipt: receipt,
            issued: now ?? order.issued,
            order: order.sealed.digest
        )
    }
}

extension Node {
    /// Claims the oldest task.
    func claim(
        _ request: ClaimRequest = ClaimRequest(),
        as role: LocalRole = .operator,
        by process: ProcessIdentity? = consumer
    ) throws -> ClaimedTask? {
        let answer = try ask(.claim(request), as: role, by: process)
        guard answer.body["task"]?.stringValue != nil else { return nil }
        return try ClaimedTask(json: answer.body, at: "")
    }

    /// Claims the oldest task, or fails.
    func claimed(by process: ProcessIdentity? = consumer) throws -> Claim {
        guard let task = try claim(by: process) else { throw Missing(what: "a claimable task") }
        return task.claim
    }

    /// Uploads and names what a stage makes.
    @discardableResult
    func produce(_ claim: Claim, _ story: Story) throws -> Answer {
        let names = Story.makes[claim.task.stage.rawValue] ?? []
        for name in names { try output(name, story.content[name] ?? "", of: claim) }
        let request = ProducedRequest(claim: claim, outputs: story.files(names), processor: "builtin:test")
        return try ask(.produced(request))
    }

    /// The delivery that is due, or fails.
    func due(by process: ProcessIdentity? = consumer) throws -> DueDelivery {
        let answer = try ask(.deliver(DeliverRequest(waitSeconds: 0)), by: process)
        guard answer.body["id"] != nil else { throw Missing(what: "a due delivery") }
        return try DueDelivery(json: answer.body, at: "")
    }
}
