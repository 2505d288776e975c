package import RelayCore
package import RelayLedger
package import RelayWire

/// What the notary answers, and what follows once it is durable.
package struct Answer: Sendable {
    /// The HTTP status.
    package var status: Int
    /// The body.
    package var body: JSON
    /// `Retry-After`, in seconds.
    package var retryAfter: Int?
    /// What is brought up to date off the path of the acknowledgement.
    package var effects: [Effect] = []
    /// Whom the change may concern.
    package var wakes: Wakes = []
    /// A `claim` or `deliver` found nothing; it may be asked again at that time, or when somebody is woken.
    package var nothingUntil: UnixMilliseconds?

    package init(_ status: Int, _ body: JSON) {
        self.status = status
        self.body = body
    }

    /// The refusal `problem`.
    package static func refusal(_ problem: Problem, retryAfter: Int? = nil) -> Answer {
        var answer = Answer(problem.status, problem.json)
        answer.retryAfter = retryAfter
        return answer
    }

    /// A refusal by its status and code.
    package static func refusal(
        _ status: Int,
        _ code: String,
        _ detail: String,
        _ members: [JSON.Member] = []
    ) -> Answer {
        let title = code.split(separator: "-").joined(separator: " ")
        return refusal(Problem(status, code, title, detail: detail, members: members))
    }

    /// The same answer, with effects and wakes added.
    package func then(_ effects: [Effect] = [], waking wakes: Wakes = []) -> Answer {
        var answer = self
        answer.effects += effects
        answer.wakes.formUnion(wakes)
        return answer
    }
}

/// Who may have something to do after a change.
package struct Wakes: OptionSet, Sendable {
    package let rawValue: UInt8
    /// A task may be claimable.
    package static let claims = Wakes(rawValue: 1)
    /// A delivery may be due.
    package static let deliveries = Wakes(rawValue: 2)

    package init(rawValue: UInt8) { self.rawValue = rawValue }
}

/// What the files are to follow of a change that is durable; each may be done twice, in any order of jobs.
package enum Effect: Hashable, Sendable {
    /// A task is stored: its document is shown in `inbox/`, its files take their bound names.
    case show(TaskID)
    /// A task has its outputs: they move to `artifacts/<job>/`.
    case settleOutputs(TaskID)
    /// A job's order has bound its inputs.
    case settleInputs(JobID, Round)
    /// The work of a job is over here: its files move to `archive/<job>/`.
    case archive(JobID)
}

/// Who asks.
package enum Caller: Hashable, Sendable {
    /// A node of the fleet, known by its address.
    case node(NodeName)
    /// A program of this machine.
    case local(LocalCaller)
}

/// A program of this machine that asks through the Unix socket.
package struct LocalCaller: Hashable, Sendable {
    /// What its user may ask.
    package let role: LocalRole
    /// Which process it is; `nil` when it is gone already.
    package let process: ProcessIdentity?

    package init(role: LocalRole, process: ProcessIdentity?) {
        self.role = role
        self.process = process
    }
}
