package import RelayCore

/// `deliver`: the oldest due delivery, under a lease of its own.
package struct DeliverRequest: Hashable, Sendable, WireReadable, WireWritable {
    /// How long to wait for one, in seconds, at most 60.
    package let waitSeconds: Int64

    package init(waitSeconds: Int64) { self.waitSeconds = waitSeconds }

    package init(from fields: inout Fields) throws(WireError) { waitSeconds = try fields.waitSeconds() }

    package var json: JSON { .members(["wait_s": JSON(waitSeconds)]) }
}

/// The answer to `deliver`.
package struct DueDelivery: Hashable, Sendable, WireReadable, WireWritable {
    /// The number of the delivery at this node.
    package let id: Int64
    /// The node it goes to.
    package let to: NodeName
    /// That node's address, `host:port`.
    package let address: String
    /// The job and the round the files belong to.
    package let job: JobID
    /// The round the files belong to.
    package let round: Round
    /// The document's exact bytes.
    package let document: [UInt8]
    /// The files to upload when the node lacks them.
    package let files: [LocatedFile]
    /// How many attempts failed so far.
    package let attempts: Int64

    package init(
        id: Int64,
        to: NodeName,
        address: String,
        job: JobID,
        round: Round,
        document: [UInt8],
        files: [LocatedFile],
        attempts: Int64
    ) {
        self.id = id
        self.to = to
        self.address = address
        self.job = job
        self.round = round
        self.document = document
        self.files = files
        self.attempts = attempts
    }

    package init(from fields: inout Fields) throws(WireError) {
        id = try fields.integer("id", 1...Int64.max)
        to = try fields.name("to")
        address = try fields.string("address", atMost: 256)
        job = try fields.name("job")
        round = try fields.round()
        document = try fields.value("document", "bytes in base64") { $0.stringValue.flatMap(Base64.decoded) }
        files = try fields.objects("files", atMost: Attachment.limit)
        attempts = try fields.integer("attempts", 0...Int64.max)
    }

    package var json: JSON {
        .members([
            "id": JSON(id), "to": JSON(to), "address": .string(address), "job": JSON(job),
            "round": JSON(round.number), "document": .string(Base64.encoded(document)),
            "files": .array(files.map(\.json)), "attempts": JSON(attempts),
        ])
    }
}

/// `attempt`: a delivery failed; the bus decides what follows.
package struct AttemptRequest: Hashable, Sendable, WireReadable, WireWritable {
    /// The delivery.
    package let delivery: Int64
    /// The peer's status; `nil` when it gave no answer.
    package let status: Int64?
    /// The last part of the peer's problem type, such as `job-ended`.
    package let problem: String?
    /// What happened, for people.
    package let error: String
    /// What the peer's `Retry-After` said, in seconds.
    package let retryAfterSeconds: Int64?

    package init(delivery: Int64, status: Int64?, problem: String?, error: String, retryAfterSeconds: Int64?)
    {
        self.delivery = delivery
        self.status = status
        self.problem = problem
        self.error = error
        self.retryAfterSeconds = retryAfterSeconds
    }

    package init(from fields: inout Fields) throws(WireError) {
        delivery = try fields.integer("delivery", 1...Int64.max)
        status = try fields.optional("status") { (fields, name) throws(WireError) in
            try fields.integer(name, 100...599)
        }
        problem = try fields.optional("problem") { (fields, name) throws(WireError) in
            try fields.string(name, atMost: 64)
        }
        error = try fields.string("error")
        retryAfterSeconds = try fields.optional("retry_after_s") { (fields, name) throws(WireError) in
            try fields.integer(name, 0...86_400)
        }
    }

    package var json: JSON {
        .members([
            "delivery": JSON(delivery), "status": status.map { JSON($0) }, "problem": JSON(problem),
            "error": .string(error), "retry_after_s": retryAfterSeconds.map { JSON($0) },
        ])
    }
}

/// `handed-on`: the receiver's receipt of a delivery.
package struct HandedOnRequest: Hashable, Sendable, WireReadable, WireWritable {
    /// The delivery.
    package let delivery: Int64
    /// The receipt.
    package let receipt: Receipt

    package init(delivery: Int64, receipt: Receipt) {
        self.delivery = delivery
        self.receipt = receipt
    }

    package init(from fields: inout Fields) throws(WireError) {
        delivery = try fields.integer("delivery", 1...Int64.max)
        receipt = try fields.object("receipt")
    }

    package var json: JSON { .members(["delivery": JSON(delivery), "receipt": receipt.json]) }
}
