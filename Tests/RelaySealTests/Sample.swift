import RelayCore
import RelaySeal
import RelayWire
import TestSupport

/// Names, files and statements of one job, all of them honest.
enum Sample {
    static let now = UnixMilliseconds(1_760_000_000_000)

    static func name<Name: CheckedName>(_ text: String) -> Name {
        guard let name = Name(rawValue: text) else { preconditionFailure("\(text): \(Name.rule)") }
        return name
    }

    static func round(_ number: Int) -> Round {
        guard let round = Round(number) else { preconditionFailure("no round \(number)") }
        return round
    }

    static func digest(_ text: String) -> Digest { Digest.of(Array(text.utf8)) }

    static func task(_ text: String) -> TaskID { name(text) }

    /// A file whose content is `content`, its own name unless said otherwise.
    static func file(_ file: String, _ content: String? = nil) -> Statement.Subject {
        .init(name: file, digest: digest(content ?? file))
    }

    static func attachment(_ file: Statement.Subject) -> Attachment {
        Attachment(name: name(file.name), size: 1, digest: file.digest)
    }

    /// nano → sg → jp → main, each stage done by the node of that name unless `nodes` says otherwise.
    static func route(_ nodes: [String: String] = [:]) -> Route {
        let legs = ["nano", "sg", "jp", "main"].map { stage in
            Route.Leg(stage: name(stage), node: name(nodes[stage] ?? stage))
        }
        guard let route = Route(legs: legs) else { preconditionFailure("four legs are a route") }
        return route
    }

    static let contracts = Dictionary(
        uniqueKeysWithValues: route().legs.map { ($0.stage, digest("contract of \($0.stage)")) }
    )

    /// The keys of the nodes of `route`.
    static let keyring: Keyring = {
        let nodes = ["main", "nano", "sg", "jp"].map { name in
            JSON.Member(name, .members(["role": .string(name), "keys": TestKeys.list(of: name)]))
        }
        let json = JSON.members(["baton": 1, "nodes": .object(nodes)])
        guard let keyring = try? Keyring(parsing: json.encoded) else { preconditionFailure("\(json.text)") }
        return keyring
    }()

    static let brief = file("brief.md")
    static let source = file("source-01.md")
    /// What each stage makes.
    static let products = [
        "nano": [file("candidate-list.md"), file("de-raw-output.txt")], "sg": [file("sg-review.md")],
        "jp": [file("jp-final.txt")],
    ]

    /// What a stage is given in an undisturbed job.
    static func inputs(of stage: String) -> [Statement.Subject] {
        switch stage {
        case "nano": [brief, source]
        case "sg": products["nano"] ?? []
        case "jp": inputs(of: "sg") + (products["sg"] ?? [])
        default: inputs(of: "jp") + (products["jp"] ?? [])
        }
    }

    static func order(
        job: String = "weekly-brief",
        round: Int = 1,
        stage: String = "nano",
        route: Route = route(),
        contracts: [StageName: Digest] = contracts,
        inputs: [Statement.Subject] = inputs(of: "nano"),
        deadline: UnixMilliseconds = now.advanced(by: .seconds(60)),
        previous: Digest? = nil
    ) -> Order {
        Order(
            job: name(job),
            round: self.round(round),
            stage: name(stage),
            route: route,
            contracts: contracts,
            inputs: inputs,
            issued: now,
            deadline: deadline,
            previous: previous
        )
    }

    static func link(
        _ task: String,
        under order: Order,
        previous: Digest?,
        materials: [Statement.Subject]? = nil,
        products: [Statement.Subject]? = nil
    ) -> Link {
        let id = self.task(task)
        return Link(
            task: id,
            node: order.route.node(of: id.stage) ?? name("nobody"),
            epoch: 1,
            by: .consumer,
            processor: "builtin:\(id.stage)",
            order: order.sealed.digest,
            previous: previous,
            contract: contracts[id.stage] ?? digest("none"),
            receipt: Receipt(task: id, digest: digest("document of \(id)"), seq: 7),
            claimedAt: now,
            producedAt: now.advanced(by: .seconds(1)),
            materials: materials ?? inputs(of: id.stage.rawValue),
            products: products ?? self.products[id.stage.rawValue] ?? []
        )
    }
}

extension Order {
    /// The digest that others name it by.
    var digest: Digest { sealed.digest }
}

extension Link {
    /// The digest that others name it by.
    var digest: Digest { sealed.digest }

    /// The same link with some of it changed.
    func altered(
        task: TaskID? = nil,
        node: NodeName? = nil,
        order: Digest? = nil,
        previous: Digest?? = nil,
        contract: Digest? = nil,
        materials: [Statement.Subject]? = nil,
        products: [Statement.Subject]? = nil
    ) -> Link {
        Link(
            task: task ?? self.task,
            node: node ?? self.node,
            epoch: epoch,
            by: by,
            processor: processor,
            order: order ?? self.order,
            previous: previous ?? self.previous,
            contract: contract ?? self.contract,
            receipt: receipt,
            claimedAt: claimedAt,
            producedAt: producedAt,
            materials: materials ?? self.materials,
            products: products ?? self.products
        )
    }
}

/// A task document in parts, each of which a test may falsify before it is put together.
struct Forgery {
    var task: TaskID
    var from: NodeName
    var to: NodeName
    var attachments: [Statement.Subject]
    var order: Order
    var earlier: [Order] = []
    var links: [Link]
    /// Who signs the order, the earlier orders, and a link by its index, where it is not the one who must; nobody for
    /// the empty name.
    var orderSigner = "main"
    var earlierSigner = "main"
    var linkSigners: [Int: String] = [:]

    /// The honest document that hands `stage` of round 1 to its node.
    init(_ stage: String) {
        let order = Sample.order()
        task = Sample.task("weekly-brief.\(stage).1")
        let route = order.route
        from = route.feeder(of: task.stage) ?? Sample.name("nobody")
        to = route.node(of: task.stage) ?? Sample.name("nobody")
        attachments = Sample.inputs(of: stage)
        self.order = order
        links = []
        for leg in route.legs.prefix(while: { $0.stage.rawValue != stage }) {
            links.append(
                Sample.link("weekly-brief.\(leg.stage).1", under: order, previous: links.last?.digest)
            )
        }
    }

    /// Lets each link name the one before it again, as whoever has all keys would.
    mutating func rechain() {
        for index in links.indices.dropFirst() {
            links[index] = links[index].altered(previous: .some(links[index - 1].digest))
        }
    }

    /// Lets every link name the order as it is now.
    mutating func reorder() {
        for index in links.indices { links[index] = links[index].altered(order: order.digest) }
        rechain()
    }

    var document: RelayDocument {
        RelayDocument(
            task: task,
            from: from,
            to: to,
            contract: Sample.contracts[task.stage] ?? Sample.digest("none"),
            attachments: attachments.map(Sample.attachment),
            order: Self.seal(order.statement, by: orderSigner),
            evidence: earlier.map { Self.seal($0.statement, by: earlierSigner) }
                + links.enumerated().map { Self.seal($1.statement, by: linkSigners[$0] ?? $1.node.rawValue) }
        )
    }

    private static func seal(_ statement: Statement, by name: String) -> Envelope {
        name.isEmpty ? statement.unsigned : statement.signed(by: name)
    }

    /// `holds`, or the subject and the rule of the first fault.
    func verdict(now: UnixMilliseconds = Sample.now) -> String {
        let document = document
        do throws(SealFault) {
            let chain = try EvidenceChain(of: document)
            try chain.verifyOrder(for: document, by: Sample.keyring, now: now)
            try chain.verifyLinks(for: document, by: Sample.keyring, now: now)
            return "holds"
        } catch {
            return "\(error.subject): \(error.rule.rawValue)"
        }
    }
}
