import RelayCore
import RelaySeal
import RelayWire

/// What the outside has seen of the fleet: everything that was acknowledged, and who was given what.
struct History {
    /// A task at a node.
    struct Spot: Hashable {
        let node: String
        let task: TaskID
    }

    /// The latest claim of a task that a bus gave.
    struct Grant {
        var epoch: Int64
        let process: SimulatedProcess
        let request: String
        let isHuman: Bool
        var until: UnixMilliseconds?
        /// Its holder gave it back, or made what was asked.
        var isOver = false
    }

    /// An attachment by its name.
    struct Slot: Hashable {
        let node: String
        let job: JobID
        let round: Int
        let name: String
        let sender: String
    }

    struct Upload {
        let digest: Digest
        let at: UnixMilliseconds
    }

    private(set) var tasks: [Spot: [UInt8]] = [:]
    private(set) var uploads: [Slot: Upload] = [:]
    private(set) var outputs: [Spot: [Int64: [String: Digest]]] = [:]
    private(set) var produced: [Spot: Int64] = [:]
    private var grants: [Spot: Grant] = [:]
    private var runs: [Digest: (claim: Claim, node: String)] = [:]
    private var lastRun = 0
    /// Local requests that were answered: what comes again is not a second act.
    private var seen: Set<String> = []

    // MARK: Runs

    mutating func began(_ claim: Claim, at node: String) -> Int {
        lastRun += 1
        for (_, text) in Work.outputs(of: claim.task, run: lastRun) {
            runs[Digest.of(Array(text.utf8))] = (claim, node)
        }
        return lastRun
    }

    /// The claim under which the bytes of that digest were made.
    func origin(of digest: Digest) -> Claim? { runs[digest]?.claim }

    // MARK: Answers

    mutating func took(_ message: Message, at node: SimulatedNode) throws {
        guard case .relay(let relay) = try TaskDocument(parsing: message.body) else { return }
        let spot = Spot(node: node.name, task: relay.task)
        if let known = tasks[spot], known != message.body {
            throw Violation(
                invariant: .acknowledgedTasksStay,
                text: "\(node.name) acknowledged \(relay.task) with two different documents"
            )
        }
        tasks[spot] = message.body
    }

    mutating func uploaded(_ message: Message, _ json: JSON, at node: SimulatedNode) throws {
        let digest = Digest.of(message.body)
        let name = json["name"]?.stringValue ?? ""
        if let task = json["task"]?.stringValue.flatMap(TaskID.init(rawValue:)),
            let epoch = json["epoch"]?.integerValue
        {
            let spot = Spot(node: node.name, task: task)
            try holds(spot, epoch, "an output")
            outputs[spot, default: [:]][epoch, default: [:]][name] = digest
            return
        }
        guard let job = json["job"]?.stringValue.flatMap(JobID.init(rawValue:)) else { return }
        let slot = Slot(
            node: node.name,
            job: job,
            round: Int(json["round"]?.integerValue ?? 1),
            name: name,
            sender: message.sender.node.name
        )
        uploads[slot] = Upload(digest: digest, at: node.wallClock)
    }

    /// The bus forgot an upload by rule.
    mutating func forgot(_ job: JobID, _ name: String, at node: SimulatedNode) {
        for slot in uploads.keys where slot.job == job && slot.node == node.name && slot.name == name {
            uploads[slot] = nil
        }
    }

    mutating func answered(_ message: Message, _ json: JSON, at node: SimulatedNode) throws {
        guard let request = try? LocalRequest(json: JSON(parsing: message.body)) else { return }
        let id = "\(node.name) \(request.instance) \(request.request)"
        switch request.body {
        case .claim(let body): try granted(body, json, id, message.sender, at: node)
        case .renew(let body):
            let spot = Spot(node: node.name, task: body.claim.task)
            try holds(spot, body.claim.epoch, "a renewal")
            grants[spot]?.until = json["lease_until"]?.stringValue.flatMap(UnixMilliseconds.init(rfc3339:))
        case .produced(let body): try ended(body.claim, id, "a result", at: node)
        case .blocked(let body): try ended(body.claim, id, "a report", at: node)
        case .released(let body): try ended(body.claim, id, "a release", at: node)
        case .closeout(let body): try ended(body.claim, id, "a closeout", at: node)
        default: break
        }
    }

    private mutating func granted(
        _ request: ClaimRequest,
        _ json: JSON,
        _ id: String,
        _ process: SimulatedProcess,
        at node: SimulatedNode
    ) throws {
        guard json["task"]?.stringValue != nil else { return }
        let claimed = try ClaimedTask(json: json, at: "")
        let spot = Spot(node: node.name, task: claimed.claim.task)
        if let old = grants[spot] {
            if old.request == id, old.epoch == claimed.claim.epoch { return }
            // An answer that was given before and is only told again.
            if seen.contains(id) { return }
            let isFree =
                old.isOver || request.by == .human || !old.process.isAlive
                || (old.until.map { $0 <= node.wallClock } ?? false)
            guard claimed.claim.epoch > old.epoch, isFree else {
                throw Violation(
                    invariant: .oneClaimHolds,
                    text:
                        "\(node.name) gave \(spot.task) as epoch \(claimed.claim.epoch) while epoch \(old.epoch) holds"
                )
            }
        }
        seen.insert(id)
        grants[spot] = Grant(
            epoch: claimed.claim.epoch,
            process: process,
            request: id,
            isHuman: request.by == .human,
            until: claimed.leaseUntil
        )
    }

    private mutating func ended(_ claim: Claim, _ id: String, _ what: String, at node: SimulatedNode) throws {
        guard seen.insert(id).inserted else { return }
        let spot = Spot(node: node.name, task: claim.task)
        try holds(spot, claim.epoch, what)
        grants[spot]?.isOver = true
        guard what == "a result" else { return }
        if let before = produced.updateValue(claim.epoch, forKey: spot) {
            throw Violation(
                invariant: .oneRunCounts,
                text: "\(node.name) took two results of \(claim.task), of epochs \(before) and \(claim.epoch)"
            )
        }
    }

    private func holds(_ spot: Spot, _ epoch: Int64, _ what: String) throws {
        guard let grant = grants[spot], grant.epoch != epoch else { return }
        throw Violation(
            invariant: .oneRunCounts,
            text:
                "\(spot.node) took \(what) of \(spot.task) for epoch \(epoch) when \(grant.epoch) was the newest"
        )
    }

    /// The lease ended with a resumption or a state of its own: whoever held it does so no more.
    mutating func freed(_ task: TaskID, at node: String) {
        grants[Spot(node: node, task: task)]?.isOver = true
    }
}
