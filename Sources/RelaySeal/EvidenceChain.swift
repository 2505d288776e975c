package import RelayCore
package import RelayWire

/// An order, and the links of the stages that are done, as a task document carries them.
package struct EvidenceChain: Hashable, Sendable {
    /// The newest order.
    package let order: Order
    /// The digest of its envelope.
    package let orderDigest: Digest
    /// The orders of earlier rounds by the digests of their envelopes.
    package let earlier: [Digest: Order]
    /// The links of the route's stages so far, in their order.
    package let links: [Link]
    /// The digests of the links' envelopes.
    package let linkDigests: [Digest]
    /// The digests of the earlier orders, as they came.
    private let earlierDigests: [Digest]
    /// All the envelopes by their digests.
    private let envelopes: [Digest: Envelope]

    /// Reads the envelopes of `document`; that they prove anything is what `verify` says.
    package init(of document: RelayDocument) throws(SealFault) {
        order = try Order(in: document.order)
        orderDigest = document.order.digest
        var envelopes = [orderDigest: document.order]
        var earlier: [Digest: Order] = [:]
        var earlierDigests: [Digest] = []
        var links: [Link] = []
        var digests: [Digest] = []
        for envelope in document.evidence {
            let digest = envelope.digest
            envelopes[digest] = envelope
            if links.isEmpty, let order = try? Order(in: envelope) {
                earlier[digest] = order
                earlierDigests.append(digest)
            } else {
                // What is no order must be a link, whose fault is the one to report.
                links.append(try Link(in: envelope))
                digests.append(digest)
            }
        }
        self.envelopes = envelopes
        self.earlier = earlier
        self.earlierDigests = earlierDigests
        self.links = links
        self.linkDigests = digests
    }

    /// Reads the newest order alone.
    package init(orderOf document: RelayDocument) throws(SealFault) {
        order = try Order(in: document.order)
        orderDigest = document.order.digest
        earlier = [:]
        earlierDigests = []
        links = []
        linkDigests = []
        envelopes = [orderDigest: document.order]
    }

    /// The digest of the newest link, which the next one names; `nil` before the first.
    package var head: Digest? { linkDigests.last }

    /// Holds when main signed the order, and it is for `document` and still counts at `now`.
    ///
    /// - Parameters:
    ///   - document: the document that carries it.
    ///   - keyring: the keys of the fleet.
    ///   - now: our clock, at the door; `nil` for a document that was taken when its order still counted.
    /// - Throws: the first fault.
    package func verifyOrder(
        for document: RelayDocument,
        by keyring: Keyring,
        now: UnixMilliseconds?
    ) throws(SealFault) {
        try verify(order, orderDigest, by: keyring, now: now)
        let task = document.task
        guard order.job == task.job, order.round == task.round else {
            throw SealFault(
                "order",
                .mismatch,
                "it is for \(order.job) round \(order.round), the task is \(task)"
            )
        }
        guard let position = order.route.position(of: task.stage),
            let first = order.route.position(of: order.stage), position >= first
        else { throw SealFault("order", .mismatch, "its round does not hold the stage \(task.stage)") }
        guard order.route.node(of: task.stage) == document.to else {
            throw SealFault(
                "order",
                .mismatch,
                "its route gives \(task.stage) to another node than \(document.to)"
            )
        }
        guard order.route.feeder(of: task.stage) == document.from else {
            throw SealFault(
                "order",
                .mismatch,
                "its route has \(task.stage) fed by another node than \(document.from)"
            )
        }
        guard now.map({ $0 < order.deadline }) ?? true else {
            throw SealFault("order", .expired, "its deadline \(order.deadline) has passed")
        }
        if task.stage == order.stage {
            let given = Dictionary(
                uniqueKeysWithValues: document.attachments.map { ($0.name.rawValue, $0.digest) }
            )
            let ordered = Dictionary(order.inputs.map { ($0.name, $0.digest) }) { first, _ in first }
            guard given == ordered else {
                throw SealFault("order", .otherFiles, "the attachments are not the inputs that it names")
            }
        }
    }

    private func verify(
        _ order: Order,
        _ digest: Digest,
        by keyring: Keyring,
        now: UnixMilliseconds?
    ) throws(SealFault) {
        try keyring.verify(envelopes[digest], by: keyring.main, at: order.issued, now: now, called: "order")
    }

    /// Holds when there is one link for each stage before `document`'s, each signed by its node and made from what the
    /// one before handed on.
    ///
    /// - Parameters:
    ///   - document: the document that carries them.
    ///   - keyring: the keys of the fleet.
    ///   - now: as for `verifyOrder`.
    /// - Throws: the first fault.
    package func verifyLinks(
        for document: RelayDocument,
        by keyring: Keyring,
        now: UnixMilliseconds?
    ) throws(SealFault) {
        for (digest, order) in earlier { try verify(order, digest, by: keyring, now: now) }
        for (link, digest) in zip(links, linkDigests) {
            let name = "link \(link.task.stage)"
            try keyring.verify(envelopes[digest], by: link.node, at: link.producedAt, now: now, called: name)
        }
        let stages = order.route.legs.map(\.stage).prefix { $0 != document.task.stage }
        guard links.map(\.task.stage) == Array(stages) else {
            throw SealFault(
                "link",
                .incomplete,
                "links of \(stages.map(\.rawValue)) belong here, found \(links.map(\.task.stage.rawValue))"
            )
        }
        for index in links.indices { try verify(index) }
        try verifyEarlierOrders()
        guard let last = links.last else { return }
        let passable = last.passable
        for file in document.attachments where passable[file.name.rawValue] != file.digest {
            throw fault(last, .otherFiles, "\(file.name) is not the file that it made or passed on")
        }
    }

    /// Nothing travels along that no link speaks of: main would put it into the bundle, where it is a fault.
    private func verifyEarlierOrders() throws(SealFault) {
        let named = Set(links.map(\.order)).subtracting([orderDigest])
        let rounds = earlierDigests.compactMap { earlier[$0]?.round }
        guard earlierDigests.count == named.count, named == Set(earlierDigests), rounds == rounds.sorted()
        else {
            throw SealFault(
                "order",
                .unchained,
                "the earlier orders are not those that the links name, each once, oldest first"
            )
        }
    }

    private func verify(_ index: Int) throws(SealFault) {
        let link = links[index]
        let round = try order(of: link)
        guard link.task.job == order.job, link.task.round == round.round,
            link.node == round.route.node(of: link.task.stage),
            link.contract == round.contracts[link.task.stage]
        else { throw fault(link, .mismatch, "its task, node or contract is not what its order says") }
        guard link.previous == (index == 0 ? nil : linkDigests[index - 1]) else {
            throw fault(link, .unchained, "it does not name the link before it")
        }
        let names = (link.materials + link.products).map(\.name)
        guard Set(names).count == names.count else {
            throw fault(link, .otherFiles, "it names a file twice, or made one anew that it was given")
        }
        let given: [String: Digest]
        if link.task.stage == round.stage {
            given = Dictionary(round.inputs.map { ($0.name, $0.digest) }) { first, _ in first }
            guard link.materials.count == given.count else {
                throw fault(link, .otherFiles, "its materials are not the inputs of its order")
            }
        } else {
            given = index == 0 ? [:] : links[index - 1].passable
        }
        for file in link.materials where given[file.name] != file.digest {
            throw fault(link, .otherFiles, "\(file.name) is not the file that it was given")
        }
    }

    /// The order that `link` was made under: the newest for stages of its round, else an earlier one.
    private func order(of link: Link) throws(SealFault) -> Order {
        let first = order.route.position(of: order.stage) ?? 0
        let position = order.route.position(of: link.task.stage) ?? 0
        if link.order == orderDigest, position >= first { return order }
        guard position < first, let earlier = earlier[link.order], earlier.job == order.job,
            earlier.round < order.round
        else {
            throw fault(link, .unchained, "it does not name an order that is here and holds its stage")
        }
        return earlier
    }

    private func fault(_ link: Link, _ rule: SealFault.Rule, _ detail: String) -> SealFault {
        SealFault("link \(link.task.stage)", rule, detail)
    }
}
