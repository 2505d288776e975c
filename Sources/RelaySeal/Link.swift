package import RelayCore
package import RelayWire

/// The statement of a node that it made these files from those: an in-toto link, ours in `byproducts`.
package struct Link: SealedStatement {
    /// The task that was done.
    package let task: TaskID
    /// The node whose bus says so.
    package let node: NodeName
    /// The claim under which it was done.
    package let epoch: Int64
    /// Who held the claim.
    package let by: Holder
    /// What made the files.
    package let processor: String
    /// The digest of the order.
    package let order: Digest
    /// The digest of the link before; `nil` for the route's first stage.
    package let previous: Digest?
    /// The digest of the stage's contract.
    package let contract: Digest
    /// The node's receipt of the task.
    package let receipt: Receipt
    /// When the claim began.
    package let claimedAt: UnixMilliseconds
    /// When the outputs were durable and held the contract.
    package let producedAt: UnixMilliseconds
    /// The files it was made from.
    package let materials: [Statement.Subject]
    /// The files made.
    package let products: [Statement.Subject]

    /// The type of its predicate, which says what the statement is.
    package static let predicateType = "https://in-toto.io/attestation/link/v0.3"

    package init(
        task: TaskID,
        node: NodeName,
        epoch: Int64,
        by: Holder,
        processor: String,
        order: Digest,
        previous: Digest?,
        contract: Digest,
        receipt: Receipt,
        claimedAt: UnixMilliseconds,
        producedAt: UnixMilliseconds,
        materials: [Statement.Subject],
        products: [Statement.Subject]
    ) {
        self.task = task
        self.node = node
        self.epoch = epoch
        self.by = by
        self.processor = processor
        self.order = order
        self.previous = previous
        self.contract = contract
        self.receipt = receipt
        self.claimedAt = claimedAt
        self.producedAt = producedAt
        self.materials = materials
        self.products = products
    }

    package init(in envelope: Envelope) throws(SealFault) {
        let statement = try Statement(in: envelope, predicateType: Self.predicateType, called: "link")
        do throws(WireError) {
            var link = try Fields(statement.predicate, at: "predicate")
            let name: StageName = try link.name("name")
            _ = try link.array("command", atMost: 0) { (_, path) throws(WireError) -> Never in
                throw WireError(at: path, "nothing belongs here")
            }
            materials = try link.subjects("materials")
            var fields = try Fields(link.json("byproducts") ?? .null, at: "predicate.byproducts")
            task = try fields.name("task")
            node = try fields.name("node")
            epoch = try fields.integer("epoch", 1...Int64.max)
            by = try fields.oneOf("by")
            processor = try fields.string("processor", atMost: 256)
            order = try fields.digest("order")
            previous = try fields.optional("previous") { (fields, name) throws(WireError) in
                try fields.digest(name)
            }
            contract = try fields.labelledDigest("contract")
            receipt = try fields.object("receipt")
            claimedAt = try fields.moment("claimed_at")
            producedAt = try fields.moment("produced_at")
            try fields.end()
            guard try link.entries("environment").isEmpty, name == task.stage else {
                throw link.error("name", "the task's stage, and an empty environment")
            }
            try link.end()
        } catch {
            throw SealFault("link", .malformed, error.description)
        }
        products = statement.subject
        try requireForm(of: envelope, called: "link")
    }

    package var statement: Statement {
        Statement(
            subject: products,
            predicateType: Self.predicateType,
            predicate: .members([
                "name": JSON(task.stage), "command": .array([]),
                "materials": .array(materials.map(\.json)),
                "byproducts": .members([
                    "task": JSON(task), "node": JSON(node), "epoch": JSON(epoch), "by": .string(by.rawValue),
                    "processor": .string(processor), "order": JSON(order),
                    "previous": previous.map { JSON($0) }, "contract": .string(contract.labelled),
                    "receipt": receipt.json, "claimed_at": JSON(claimedAt), "produced_at": JSON(producedAt),
                ]),
                "environment": .object([]),
            ])
        )
    }

    /// What the next stage can be given: the products, and the materials that were not made anew.
    var passable: [String: Digest] {
        let materials = Dictionary(materials.map { ($0.name, $0.digest) }) { first, _ in first }
        return materials.merging(products.map { ($0.name, $0.digest) }) { _, product in product }
    }
}
