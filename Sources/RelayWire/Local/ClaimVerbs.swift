package import RelayCore

/// `claim`: the oldest claimable task, the named one, or one of some stages.
package struct ClaimRequest: Hashable, Sendable, WireReadable, WireWritable {
    /// The task wanted; `nil` for the oldest.
    package let task: TaskID?
    /// The stages wanted; none for all.
    package let stages: [StageName]
    /// Who will hold it.
    package let by: Holder
    /// How long to wait for a task, in seconds, at most 60.
    package let waitSeconds: Int64

    package init(
        task: TaskID? = nil,
        stages: [StageName] = [],
        by: Holder = .consumer,
        waitSeconds: Int64 = 0
    ) {
        self.task = task
        self.stages = stages
        self.by = by
        self.waitSeconds = waitSeconds
    }

    package init(from fields: inout Fields) throws(WireError) {
        task = try fields.optional("task") { (fields, name) throws(WireError) in try fields.name(name) }
        stages = try fields.names("stages", atMost: Route.limit)
        by =
            try fields.optional("by") { (fields, name) throws(WireError) in try fields.oneOf(name) }
            ?? .consumer
        waitSeconds = try fields.waitSeconds()
    }

    package var json: JSON {
        .members([
            "task": task.map { JSON($0) },
            "stages": stages.isEmpty ? nil : .array(stages.map { JSON($0) }),
            "by": .string(by.rawValue), "wait_s": JSON(waitSeconds),
        ])
    }
}

extension Fields {
    /// `wait_s`, 0 to 60, 0 when absent.
    mutating func waitSeconds() throws(WireError) -> Int64 {
        try optional("wait_s") { (fields, name) throws(WireError) in try fields.integer(name, 0...60) } ?? 0
    }
}

/// `renew`: the holder lives; the lease starts anew.
package struct RenewRequest: Hashable, Sendable, WireReadable, WireWritable {
    /// The claim.
    package let claim: Claim
    /// What the consumer measured of its processor: bytes of log and output, processor time.
    package let progress: Progress?

    /// How far a processor has moved, as its consumer measured it.
    package struct Progress: Hashable, Sendable, WireReadable, WireWritable {
        /// Bytes in the log and in `out/`.
        package let bytes: Int64
        /// Processor time of the process group, in milliseconds.
        package let cpuMilliseconds: Int64

        package init(bytes: Int64, cpuMilliseconds: Int64) {
            self.bytes = bytes
            self.cpuMilliseconds = cpuMilliseconds
        }

        package init(from fields: inout Fields) throws(WireError) {
            bytes = try fields.integer("bytes", 0...Int64.max)
            cpuMilliseconds = try fields.integer("cpu_ms", 0...Int64.max)
        }

        package var json: JSON { .members(["bytes": JSON(bytes), "cpu_ms": JSON(cpuMilliseconds)]) }
    }

    package init(claim: Claim, progress: Progress?) {
        self.claim = claim
        self.progress = progress
    }

    package init(from fields: inout Fields) throws(WireError) {
        claim = try Claim(from: &fields)
        progress = try fields.optional("progress") { (fields, name) throws(WireError) in
            try fields.object(name)
        }
    }

    package var json: JSON {
        .object(claim.members + (progress.map { [.init("progress", $0.json)] } ?? []))
    }
}

/// `produced`: the outputs are uploaded; the bus holds the contract and signs the link.
package struct ProducedRequest: Hashable, Sendable, WireReadable, WireWritable {
    /// The claim.
    package let claim: Claim
    /// The outputs by name, size and digest.
    package let outputs: [Attachment]
    /// What made them: `builtin:nano`, the name of a command, or `human`.
    package let processor: String

    package init(claim: Claim, outputs: [Attachment], processor: String) {
        self.claim = claim
        self.outputs = outputs
        self.processor = processor
    }

    package init(from fields: inout Fields) throws(WireError) {
        claim = try Claim(from: &fields)
        outputs = try fields.objects("outputs", atMost: Attachment.limit)
        processor = try fields.string("processor", atMost: 256)
    }

    package var json: JSON {
        .object(
            claim.members + [
                .init("outputs", .array(outputs.map(\.json))), .init("processor", .string(processor)),
            ]
        )
    }
}

/// `blocked`: the holder cannot go on.
package struct BlockedRequest: Hashable, Sendable, WireReadable, WireWritable {
    /// The claim.
    package let claim: Claim
    /// Why.
    package let reason: Reason

    package init(claim: Claim, reason: Reason) {
        self.claim = claim
        self.reason = reason
    }

    package init(from fields: inout Fields) throws(WireError) {
        claim = try Claim(from: &fields)
        reason = try fields.object("reason")
    }

    package var json: JSON { .object(claim.members + [.init("reason", reason.json)]) }
}

/// `released`: the holder gives the task back for another try.
package struct ReleasedRequest: Hashable, Sendable, WireReadable, WireWritable {
    /// The claim.
    package let claim: Claim
    /// Whether the task is to wait, doubling from 1 s with each release (exit status 75).
    package let delays: Bool
    /// Why, for people.
    package let why: String

    package init(claim: Claim, delays: Bool, why: String) {
        self.claim = claim
        self.delays = delays
        self.why = why
    }

    package init(from fields: inout Fields) throws(WireError) {
        claim = try Claim(from: &fields)
        delays = try fields.bool("delays")
        why = try fields.string("why", atMost: 1024)
    }

    package var json: JSON {
        .object(claim.members + [.init("delays", .bool(delays)), .init("why", .string(why))])
    }
}

/// The answer to `claim`.
package struct ClaimedTask: Hashable, Sendable, WireReadable, WireWritable {
    /// The claim.
    package let claim: Claim
    /// When the lease ends unless it is renewed; `nil` for a human.
    package let leaseUntil: UnixMilliseconds?
    /// The digest of the contract the order pinned.
    package let contract: Digest
    /// The inputs.
    package let inputs: [LocatedFile]
    /// The directory the work belongs into: `<data>/work/<task>.<epoch>`.
    package let work: String

    package init(
        claim: Claim,
        leaseUntil: UnixMilliseconds?,
        contract: Digest,
        inputs: [LocatedFile],
        work: String
    ) {
        self.claim = claim
        self.leaseUntil = leaseUntil
        self.contract = contract
        self.inputs = inputs
        self.work = work
    }

    package init(from fields: inout Fields) throws(WireError) {
        claim = try Claim(from: &fields)
        leaseUntil = try fields.optional("lease_until") { (fields, name) throws(WireError) in
            try fields.moment(name)
        }
        contract = try fields.labelledDigest("contract")
        inputs = try fields.objects("inputs", atMost: Attachment.limit)
        work = try fields.string("work")
    }

    package var json: JSON {
        var members = claim.members
        if let leaseUntil { members.append(.init("lease_until", JSON(leaseUntil))) }
        return .object(
            members + [
                .init("contract", .string(contract.labelled)), .init("inputs", .array(inputs.map(\.json))),
                .init("work", .string(work)),
            ]
        )
    }
}
