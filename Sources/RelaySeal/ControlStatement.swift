package import RelayCore
package import RelayWire

/// What main says in a control document, in the form it is signed in.
package struct ControlStatement: SealedStatement {
    /// What main says.
    package let kind: ControlDocument.Kind
    /// The job.
    package let job: JobID
    /// The stage a `reorder` begins at.
    package let stage: StageName?
    /// The round meant.
    package let round: Round?
    /// The number of the control document.
    package let n: Int64
    /// The node it is for.
    package let to: NodeName
    /// Why, for people.
    package let reason: String?
    /// What a `nudge` misses.
    package let missing: [AttachmentName]
    /// Files the receiver is to upload to another node.
    package let want: ControlDocument.Want?
    /// With `close`: main's receipt of the final task.
    package let receipt: Receipt?
    /// When main issued it.
    package let issued: UnixMilliseconds
    /// The digest of the newest order of the job.
    package let order: Digest

    /// The type of its predicate, which says what the statement is.
    package static let predicateType = "https://baton.invalid/control/v1"

    package init(
        kind: ControlDocument.Kind,
        job: JobID,
        stage: StageName? = nil,
        round: Round? = nil,
        n: Int64,
        to: NodeName,
        reason: String? = nil,
        missing: [AttachmentName] = [],
        want: ControlDocument.Want? = nil,
        receipt: Receipt? = nil,
        issued: UnixMilliseconds,
        order: Digest
    ) {
        self.kind = kind
        self.job = job
        self.stage = stage
        self.round = round
        self.n = n
        self.to = to
        self.reason = reason
        self.missing = missing
        self.want = want
        self.receipt = receipt
        self.issued = issued
        self.order = order
    }

    package init(in envelope: Envelope) throws(SealFault) {
        let statement = try Statement(in: envelope, predicateType: Self.predicateType, called: "statement")
        do throws(WireError) {
            var fields = try Fields(statement.predicate, at: "predicate")
            kind = try fields.oneOf("kind")
            job = try fields.name("job")
            stage = try fields.optional("stage") { (fields, name) throws(WireError) in try fields.name(name) }
            round = try fields.optional("round") { (fields, name) throws(WireError) in try fields.round(name)
            }
            n = try fields.integer("n", 1...Int64.max)
            to = try fields.name("to")
            reason = try fields.optional("reason") { (fields, name) throws(WireError) in
                try fields.string(name)
            }
            missing = try fields.names("missing", atMost: Attachment.limit)
            want = try fields.optional("want") { (fields, name) throws(WireError) in try fields.object(name) }
            receipt = try fields.optional("receipt") { (fields, name) throws(WireError) in
                try fields.object(name)
            }
            issued = try fields.moment("issued")
            try fields.end()
        } catch {
            throw SealFault("statement", .malformed, error.description)
        }
        guard let order = statement.subject.first, statement.subject.count == 1, order.name == "order" else {
            throw SealFault("statement", .malformed, "its subject is the newest order and nothing else")
        }
        self.order = order.digest
        try requireForm(of: envelope, called: "statement")
    }

    package var statement: Statement {
        Statement(
            subject: [.init(name: "order", digest: order)],
            predicateType: Self.predicateType,
            predicate: .members([
                "kind": .string(kind.rawValue), "job": JSON(job), "stage": stage.map { JSON($0) },
                "round": round.map { JSON($0.number) }, "n": JSON(n), "to": JSON(to), "reason": JSON(reason),
                "missing": missing.isEmpty ? nil : .array(missing.map { JSON($0) }), "want": want?.json,
                "receipt": receipt?.json, "issued": JSON(issued),
            ])
        )
    }

    /// The document that carries the statement, sealed in `envelope`, to its node.
    package func document(from sender: NodeName, in envelope: Envelope, order: Envelope? = nil)
        -> ControlDocument
    {
        ControlDocument(
            kind: kind,
            job: job,
            stage: stage,
            round: round,
            n: n,
            from: sender,
            to: to,
            order: order,
            statement: envelope,
            reason: reason,
            missing: missing,
            want: want
        )
    }

    /// Whether the outer fields of `document` say, byte for byte, the same as the statement in it.
    package func agrees(with document: ControlDocument) -> Bool {
        self.document(from: document.from, in: document.statement, order: document.order).json.encoded
            == document.json.encoded
    }
}
