package import RelayCore

/// A request of a local program to its own bus, through the Unix socket only; fields: contracts/README.md.
package struct LocalRequest: Hashable, Sendable, WireWritable {
    /// The verbs, as `kind` names them.
    package enum Verb: String, CaseIterable, Hashable, Sendable {
        case claim, renew, produced, blocked, released
        case deliver, attempt
        case handedOn = "handed-on"
        case order, reorder, closeout, control, observed, resolve, examine
    }

    /// What is asked.
    package enum Body: Hashable, Sendable {
        case claim(ClaimRequest)
        case renew(RenewRequest)
        case produced(ProducedRequest)
        case blocked(BlockedRequest)
        case released(ReleasedRequest)
        case deliver(DeliverRequest)
        case attempt(AttemptRequest)
        case handedOn(HandedOnRequest)
        case order(OrderRequest)
        case reorder(ReorderRequest)
        case closeout(CloseoutRequest)
        case control(ControlRequest)
        case observed(ObservedRequest)
        case resolve(ResolveRequest)
        case examine(ExamineRequest)
    }

    /// The process that asks, chosen by it at its start.
    package let instance: String
    /// The request, chosen by the process; the same one again gets the same answer.
    package let request: String
    /// What is asked.
    package let body: Body

    package init(instance: String, request: String, body: Body) {
        self.instance = instance
        self.request = request
        self.body = body
    }

    /// Whether `json` is meant as a local request, which names its process, rather than a document between nodes.
    package static func isLocal(_ json: JSON) -> Bool { json["instance"] != nil }

    /// Reads one request, refusing unknown members.
    package init(json: JSON) throws(WireError) {
        var fields = try Fields(json, at: "")
        try fields.version()
        let verb: Verb = try fields.oneOf("kind")
        instance = try Self.token("instance", of: &fields)
        request = try Self.token("request", of: &fields)
        body = try Self.body(verb, from: &fields)
        try fields.end()
    }

    package var json: JSON {
        guard case .object(let members) = content.json else {
            preconditionFailure("every verb writes an object")
        }
        let head: [JSON.Member] = [
            .init("baton", 1), .init("kind", .string(verb.rawValue)),
            .init("instance", .string(instance)), .init("request", .string(request)),
        ]
        return .object(head + members)
    }

    /// The verb of the body.
    package var verb: Verb {
        switch body {
        case .claim: .claim
        case .renew: .renew
        case .produced: .produced
        case .blocked: .blocked
        case .released: .released
        case .deliver: .deliver
        case .attempt: .attempt
        case .handedOn: .handedOn
        case .order: .order
        case .reorder: .reorder
        case .closeout: .closeout
        case .control: .control
        case .observed: .observed
        case .resolve: .resolve
        case .examine: .examine
        }
    }

    private var content: any WireWritable {
        switch body {
        case .claim(let body): body
        case .renew(let body): body
        case .produced(let body): body
        case .blocked(let body): body
        case .released(let body): body
        case .deliver(let body): body
        case .attempt(let body): body
        case .handedOn(let body): body
        case .order(let body): body
        case .reorder(let body): body
        case .closeout(let body): body
        case .control(let body): body
        case .observed(let body): body
        case .resolve(let body): body
        case .examine(let body): body
        }
    }

    private static func body(_ verb: Verb, from fields: inout Fields) throws(WireError) -> Body {
        switch verb {
        case .claim: .claim(try ClaimRequest(from: &fields))
        case .renew: .renew(try RenewRequest(from: &fields))
        case .produced: .produced(try ProducedRequest(from: &fields))
        case .blocked: .blocked(try BlockedRequest(from: &fields))
        case .released: .released(try ReleasedRequest(from: &fields))
        case .deliver: .deliver(try DeliverRequest(from: &fields))
        case .attempt: .attempt(try AttemptRequest(from: &fields))
        case .handedOn: .handedOn(try HandedOnRequest(from: &fields))
        case .order: .order(try OrderRequest(from: &fields))
        case .reorder: .reorder(try ReorderRequest(from: &fields))
        case .closeout: .closeout(try CloseoutRequest(from: &fields))
        case .control: .control(try ControlRequest(from: &fields))
        case .observed: .observed(try ObservedRequest(from: &fields))
        case .resolve: .resolve(try ResolveRequest(from: &fields))
        case .examine: .examine(try ExamineRequest(from: &fields))
        }
    }

    private static func token(_ name: String, of fields: inout Fields) throws(WireError) -> String {
        try fields.value(name, "1 to 64 of A-Z a-z 0-9 -") { json in
            guard let text = json.stringValue, (1...64).contains(text.utf8.count),
                text.utf8.allSatisfy({
                    (0x30...0x39).contains($0) || (0x41...0x5A).contains($0 & 0xDF) || $0 == 0x2D
                })
            else { return nil }
            return text
        }
    }
}

/// A holder's exclusive right to a task: the task and the number of the claim.
package struct Claim: Hashable, Sendable {
    /// The task.
    package let task: TaskID
    /// How often the task had been claimed, this claim included; from 1.
    package let epoch: Int64

    package init(task: TaskID, epoch: Int64) {
        self.task = task
        self.epoch = epoch
    }

    init(from fields: inout Fields) throws(WireError) {
        task = try fields.name("task")
        epoch = try fields.integer("epoch", 1...Int64.max)
    }

    var members: [JSON.Member] { [.init("task", JSON(task)), .init("epoch", JSON(epoch))] }
}

/// Who holds a task.
package enum Holder: String, CaseIterable, Hashable, Sendable {
    /// `baton consume`, under a lease.
    case consumer
    /// A person, without a lease.
    case human
}
