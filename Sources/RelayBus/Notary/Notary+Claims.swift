import RelayCore
import RelayDepot
import RelayLedger
import RelaySeal
import RelayWire

extension Notary {
    /// Whether a claim is still its caller's.
    enum Held {
        case holds(TaskRecord)
        case refused(Answer)
    }

    /// The task of `claim` while it is claimed in that epoch by the calling process.
    func held(_ claim: Claim, by caller: Caller, _ reader: inout LedgerReader) throws(LedgerError) -> Held {
        guard let task = try reader.task(claim.task) else {
            return .refused(.refusal(404, "unknown-task", "No task \(claim.task) is at \(node)."))
        }
        guard task.state == .claimed, task.epoch == claim.epoch else {
            if task.state == .cancelled, let code = task.reason?.code {
                let ended = code == "superseded" ? "superseded" : "job-ended"
                return .refused(.refusal(409, ended, "The task \(task.id) was cancelled: \(code)."))
            }
            return .refused(
                .refusal(
                    409,
                    task.epoch == claim.epoch ? "illegal-transition" : "stale-epoch",
                    "The task \(task.id) is \(task.state.rawValue) in epoch \(task.epoch), not claimed in epoch \(claim.epoch)."
                )
            )
        }
        guard case .local(let local) = caller else {
            return .refused(.refusal(403, "local-only", "Claims are held through the Unix socket only."))
        }
        if let holder = task.process, holder != local.process, isAlive(holder) {
            return .refused(
                .refusal(
                    403,
                    "not-the-holder",
                    "Epoch \(claim.epoch) of \(task.id) belongs to process \(holder.pid)."
                )
            )
        }
        return .holds(task)
    }

    /// Gives the oldest claimable task to the caller, or says until when there is none.
    func claim(
        _ request: ClaimRequest,
        by caller: LocalCaller,
        in writer: inout LedgerWriter
    ) throws(LedgerError) -> Answer {
        guard request.by == .consumer || caller.role == .operator else {
            return .refusal(403, "not-allowed", "Only an operator claims as a human.")
        }
        if let wanted = request.task, try writer.reader.task(wanted) == nil {
            return .refusal(404, "unknown-task", "No task \(wanted) is at \(node).")
        }
        let claimed = try writer.reader.claimedTasks()
        let lapsed = claimed.filter { hasLapsed($0, at: writer.steady) }
        let parallel = configuration.role.parallel
        // What humans hold, for as long as they like, does not keep the consumer from its work.
        let held = claimed.count { $0.holder == .consumer } - lapsed.count
        if request.by == .consumer, held >= parallel {
            return nothing(until: earliestLapse(of: claimed))
        }
        guard let task = try choose(request, lapsed, &writer.reader, now: writer.steady) else {
            let due = try writer.reader.nextDue(after: writer.steady)
            return nothing(until: [due, earliestLapse(of: claimed)].compactMap(\.self).min())
        }
        guard task.state == .stored || task.state == .claimed else {
            return .refusal(409, "illegal-transition", "The task \(task.id) is \(task.state.rawValue).")
        }
        guard request.by == .human || task.attempts < configuration.role.limits.attempts else {
            try giveUp(task, in: &writer)
            // Whoever asked looks again at once: there may be another task.
            return nothing(until: writer.steady).then(waking: .claims)
        }
        return try give(task, to: caller, by: request.by, in: &writer)
    }

    /// A task that ends each attempt without a result would be tried for ever, and take its consumer with it.
    private func giveUp(_ task: TaskRecord, in writer: inout LedgerWriter) throws(LedgerError) {
        let last =
            task.state == .claimed
            ? "the holder of epoch \(task.epoch) ended or went silent"
            : "in epoch \(task.epoch) its processor asked for another try"
        let reason = Reason(
            code: "attempts-exhausted",
            text:
                "\(task.attempts) attempts of at most \(configuration.role.limits.attempts) ended without a result; at last \(last). See work/logs/\(task.id).*.log, then resolve it for a new count."
        )
        try advance(task, by: .blocked, who: "bus", reason: reason, in: &writer)
    }

    /// Whether the claim of a consumer is over without its word.
    func hasLapsed(_ task: TaskRecord, at now: UnixMilliseconds) -> Bool {
        guard task.holder == .consumer else { return false }
        if let until = task.leaseUntil, until <= now { return true }
        return task.process.map { !isAlive($0) } ?? true
    }

    private func earliestLapse(of claimed: [TaskRecord]) -> UnixMilliseconds? {
        claimed.compactMap(\.leaseUntil).min()
    }

    private func choose(
        _ request: ClaimRequest,
        _ lapsed: [TaskRecord],
        _ reader: inout LedgerReader,
        now: UnixMilliseconds
    ) throws(LedgerError) -> TaskRecord? {
        if let wanted = request.task {
            guard let task = try reader.task(wanted) else { return nil }
            // A human may take a task from a running consumer, whose epoch is stale from then on.
            let isFree = task.state != .claimed || request.by == .human || hasLapsed(task, at: now)
            return isFree ? task : nil
        }
        let stored = try reader.claimable(stages: request.stages, now: now)
        let again = lapsed.filter { request.stages.isEmpty || request.stages.contains($0.id.stage) }
        // What took two holders with it waits behind what took none, so that the others go on.
        let harmless = again.filter { $0.attempts < 2 } + [stored].compactMap(\.self)
        return (harmless.isEmpty ? again : harmless).min { $0.seq < $1.seq }
    }

    private func nothing(until moment: UnixMilliseconds?) -> Answer {
        var answer = Answer(200, .members(["task": .null]))
        answer.nothingUntil = moment ?? UnixMilliseconds(.max)
        return answer
    }

    private func give(
        _ task: TaskRecord,
        to caller: LocalCaller,
        by holder: Holder,
        in writer: inout LedgerWriter
    ) throws(LedgerError) -> Answer {
        guard hasRoom() else {
            return .refusal(507, "no-room", "Nothing is claimable while the free disk is below the floor.")
        }
        let inputs = try writer.reader.inputs(of: task.id)
        let document = try relay(task.id, &writer.reader)
        var located: [LocatedFile] = []
        for input in inputs {
            let place = place(ofInput: input.name, of: task.id)
            settle(place, input: input.name, of: task.id, from: task.sender)
            located.append(LocatedFile(file: input, path: depot.path(of: place)))
        }
        let until = holder == .consumer ? writer.steady.advanced(by: lease) : nil
        // Written out, as the compiler crashes over a method of the writer that is passed to `map`.
        let shown: UnixMilliseconds? = if let until { writer.shown(until) } else { nil }
        let process = holder == .consumer ? caller.process : nil
        let claim = try writer.claim(task, by: holder, process: process, leaseUntil: until)
        try writer.note(task.id, state: TaskState.claimed.rawValue, "claimed_at", at: writer.now)
        return Answer(
            200,
            ClaimedTask(
                claim: claim,
                leaseUntil: shown,
                contract: document.contract,
                inputs: located,
                work: depot.workDirectory(task.id, epoch: claim.epoch)
            ).json
        )
    }

    /// Where an input lies once it is bound: at main, evidence is kept with the artifacts of its job.
    func place(ofInput name: AttachmentName, of task: TaskID) -> Place {
        task.stage == .main ? .artifact(task.job, name) : .bound(task.job, task.round, name)
    }

    /// Brings an input to its place; what is missing is found by whoever opens it.
    func settle(_ place: Place, input name: AttachmentName, of task: TaskID, from sender: NodeName) {
        // The error has no reader here: the holder opens the path and reports what it finds there.
        try? depot.settle(at: place, from: places(onTheWayOf: name, of: task, from: sender))
    }

    /// Where an input that `sender` uploaded may lie, its own place last.
    func places(onTheWayOf name: AttachmentName, of task: TaskID, from sender: NodeName) -> [Place] {
        let bound = Place.bound(task.job, task.round, name)
        let own = place(ofInput: name, of: task)
        return [.unbound(task.job, task.round, name, sender: sender), bound] + (own == bound ? [] : [own])
    }

    /// The document of a task that is here.
    func relay(_ task: TaskID, _ reader: inout LedgerReader) throws(LedgerError) -> RelayDocument {
        guard let bytes = try reader.document(of: task) else { throw .unknownTask(task) }
        do throws(WireError) {
            guard case .relay(let document) = try TaskDocument(parsing: bytes) else {
                throw WireError(at: "kind", "not a relay")
            }
            return document
        } catch {
            throw .unreadable("a document of \(task) that cannot be read: \(error)")
        }
    }

    /// The code of the reason of a task whose contract is not here any more.
    static let unknownContract = "contract-unknown"

    /// The contract that the order of a task pins, in force when the task was taken; `nil` once its file is gone.
    func contract(of task: TaskID, _ reader: inout LedgerReader) throws(LedgerError) -> Contract? {
        configuration.contracts[try relay(task, &reader).contract]
    }

    /// Why a task without its contract cannot go on.
    func missingContract(of task: TaskID, _ reader: inout LedgerReader) throws(LedgerError) -> Reason {
        Self.missing(contract: try relay(task, &reader).contract, of: "\(task)")
    }

    static func missing(contract: Digest, of what: String) -> Reason {
        let text =
            "The contract \(contract.labelled) of \(what) is not in contracts/ or contracts/kept/ any more; put its file back, restart the bus and resolve the task"
        return Reason(code: unknownContract, text: text)
    }

    func renew(
        _ request: RenewRequest,
        by caller: LocalCaller,
        in writer: inout LedgerWriter
    ) throws(LedgerError) -> Answer {
        switch try held(request.claim, by: .local(caller), &writer.reader) {
        case .refused(let answer): return answer
        case .holds(let task):
            guard task.holder == .consumer else {
                return .refusal(409, "illegal-transition", "A human holds \(task.id) without a lease.")
            }
            let until = writer.steady.advanced(by: lease)
            try writer.renew(request.claim, until: until, progress: request.progress)
            return Answer(200, .members(["lease_until": JSON(writer.shown(until))]))
        }
    }

    func block(
        _ request: BlockedRequest,
        by caller: LocalCaller,
        in writer: inout LedgerWriter
    ) throws(LedgerError) -> Answer {
        switch try held(request.claim, by: .local(caller), &writer.reader) {
        case .refused(let answer): return answer
        case .holds(let task):
            let seq = try advance(task, by: .blocked, who: who(task), reason: request.reason, in: &writer)
            return moved(task.id, to: .blocked, seq).then(waking: .claims)
        }
    }

    func release(
        _ request: ReleasedRequest,
        by caller: LocalCaller,
        in writer: inout LedgerWriter
    ) throws(LedgerError) -> Answer {
        switch try held(request.claim, by: .local(caller), &writer.reader) {
        case .refused(let answer): return answer
        case .holds(let task):
            let reason = Reason(code: "released", text: request.why)
            let seq = try advance(task, by: .released, who: who(task), reason: reason, in: &writer)
            if request.delays {
                let seconds = 1 << min(task.releases, 9)
                try writer.delay(task.id, until: writer.steady.advanced(by: .seconds(min(seconds, 300))))
            } else {
                try writer.takeBackAttempt(of: task.id)
            }
            return moved(task.id, to: .stored, seq).then(waking: .claims)
        }
    }

    func who(_ task: TaskRecord) -> String { (task.holder ?? .consumer).rawValue }

    func moved(_ task: TaskID, to state: TaskState, _ seq: Int64) -> Answer {
        Answer(200, .members(["task": JSON(task), "state": .string(state.rawValue), "seq": JSON(seq)]))
    }

    /// `resolve`: an operator ended what blocks a task.
    func resolve(_ request: ResolveRequest, in writer: inout LedgerWriter) throws(LedgerError) -> Answer {
        guard let task = try writer.reader.task(request.task) else {
            return .refusal(404, "unknown-task", "No task \(request.task) is at \(node).")
        }
        guard task.state == .blocked else {
            return .refusal(
                409,
                "illegal-transition",
                "The task \(task.id) is \(task.state.rawValue), not blocked."
            )
        }
        try resume(task, who: Holder.human.rawValue, why: request.why, in: &writer)
        let state = try writer.reader.task(task.id)?.state ?? .stored
        return Answer(200, .members(["task": JSON(task.id), "state": .string(state.rawValue)]))
            .then(waking: [.claims, .deliveries])
    }
}
