import RelayCore
import RelaySeal
import RelayWire
import TestSupport

/// Words about jobs that main did not say, or not to sg, or not now.
enum ControlAttacks {
    private static let invalid = Row.Answer.problem(403, "order-invalid")

    /// One honest word of each kind, to sg about the job that it works on.
    private static func word(_ kind: ControlDocument.Kind) -> ControlSample {
        ControlSample(kind, AttackTests.liveJob) { sample in
            switch kind {
            case .nudge, .cancel: break
            case .close:
                let task = TaskID(rawValue: "\(AttackTests.liveJob).main.1")
                sample.receipt = Receipt(task: task, digest: .of([3]), seq: 9)
            case .reorder:
                sample.stage = "jp"
                sample.round = 2
                sample.order = OrderSample(stage: "jp").envelope(AttackTests.liveJob, 2)
            }
        }
    }

    /// Every kind with every signature that is not main's.
    static let signatures = ControlDocument.Kind.allCases.flatMap { kind in
        Forgery.allCases.map { forgery in
            var sample = word(kind)
            sample.seal = { forgery.envelope($0, signer: "main", another: "sg") }
            return Row(
                "\(kind.rawValue) \(forgery.words)",
                sample.request,
                from: .main,
                invalid,
                says: "signature"
            )
        }
    }

    /// An honest word with one of its outer fields changed.
    private static func outer(
        _ kind: ControlDocument.Kind,
        _ name: String,
        _ value: JSON?,
        _ answer: Row.Answer = invalid
    ) -> Row {
        let change = value.map { "saying \($0.text)" } ?? "left out"
        return Row(
            "\(kind.rawValue) with its outer \(name) \(change)",
            .task(word(kind).json.with(name, value).encoded),
            from: .main,
            answer
        )
    }

    static let outers: [Row] = [
        outer(.cancel, "job", "attack-1"), outer(.cancel, "kind", "nudge"), outer(.cancel, "round", 1),
        outer(.cancel, "n", 7), outer(.cancel, "reason", "another"), outer(.cancel, "reason", nil),
        outer(.cancel, "stage", "nano"), outer(.nudge, "kind", "cancel"),
        outer(.nudge, "missing", .array(["a.md"])), outer(.close, "n", 2), outer(.close, "job", "attack-1"),
        outer(.nudge, "want", .members(["to": "jp", "attachments": .array(["candidate-list.md"])])),
        outer(.reorder, "stage", "sg"), outer(.reorder, "round", 3),
        outer(.reorder, "order", OrderSample(stage: "jp").envelope(AttackTests.liveJob, 3).json),
        outer(.reorder, "order", nil, .problem(400, "malformed")),
        outer(.cancel, "statement", nil, .problem(400, "malformed")),
        outer(.cancel, "receipt", .object([]), .problem(400, "malformed")),
    ]

    /// Main's own words in the wrong hands or at the wrong node.
    static let replays: [Row] = [
        Row(
            "cancel of main for jp, tried at sg",
            ControlSample(.cancel, AttackTests.liveJob) { $0.to = "jp" }.request,
            from: .main,
            .problem(403, "not-for-this-node")
        ),
        Row(
            "cancel of main for jp, readdressed to sg",
            .task(ControlSample(.cancel, AttackTests.liveJob) { $0.to = "jp" }.json.with("to", "sg").encoded),
            from: .main,
            invalid
        ),
        Row(
            "cancel of main, sent on by nano as main's",
            word(.cancel).request,
            .problem(403, "sender-mismatch")
        ),
        Row(
            "cancel of main, sent on by nano as its own",
            .task(word(.cancel).json.with("from", "nano").encoded),
            .problem(403, "not-accepted"),
            says: "accepts.nano"
        ),
        Row(
            "close of main, sent on by jp as its own",
            .task(word(.close).json.with("from", "jp").encoded),
            from: .jp,
            .problem(403, "not-accepted")
        ),
        Row(
            "cancel of main from a stranger",
            word(.cancel).request,
            from: .stranger,
            .problem(403, "forbidden")
        ),
        Row(
            "reorder with an order that nano signed",
            ControlSample(.reorder, AttackTests.liveJob) { sample in
                sample.stage = "jp"
                sample.round = 2
                sample.order = OrderSample(stage: "jp", seal: { $0.signed(by: "nano") }).envelope(
                    AttackTests.liveJob,
                    2
                )
            }.request,
            from: .main,
            invalid,
            says: "signature"
        ),
    ]

    /// What is said again after the cancel `spent`.
    static let spent = ControlSample(.cancel, "spent-1")
    static let after: [Row] = [
        Row(
            "cancel under a number that was used for another reason",
            ControlSample(.cancel, "spent-1") { $0.reason = "another" }.request,
            from: .main,
            .problem(409, "task-conflict")
        ),
        Row(
            "cancel under a number that was used for another round",
            ControlSample(.cancel, "spent-1") { $0.round = 2 }.request,
            from: .main,
            .problem(409, "task-conflict")
        ),
        Row(
            "relay of the cancelled job under a good order",
            RelaySample("spent-1").request,
            .problem(409, "job-ended")
        ),
    ]

    static let all: [Attack] =
        Attack.of(.forgedJob, signatures) + Attack.of(.replay, outers + replays)
        + Attack.of(
            .replay,
            ControlTests.refused,
            "control: a close without a receipt",
            "control: an order as statement",
            "control: a reorder of another job's order",
            "control: a reorder whose statement names another order"
        )
}

extension ControlSample {
    /// Main's statement alone, as main signs it.
    var statement: Envelope {
        guard let envelope = try? Envelope(json: json["statement"] ?? .null, at: "statement") else {
            preconditionFailure("a sample's statement is an envelope")
        }
        return envelope
    }
}
