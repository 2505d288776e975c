import RelayCore
import RelaySeal
import RelayWire
import Testing

/// Main's word about a job, and what a job takes after it.
@Suite(.timeLimit(.minutes(10))) struct ControlTests {
    private static func row(
        _ what: String,
        _ sample: ControlSample,
        _ answer: Row.Answer,
        says: String? = nil,
        changes: Bool = false
    ) -> Row {
        Row("control: \(what)", sample.request, from: .main, answer, says: says, changes: changes)
    }

    private static func malformed(_ what: String, _ json: JSON, _ says: String) -> Row {
        Row("control: \(what)", .task(json.encoded), from: .main, .problem(400, "malformed"), says: says)
    }

    private static let cancel = ControlSample(.cancel, "gone-1")
    private static let receipt = Receipt(task: TaskID(rawValue: "gone-3.main.1"), digest: .of([3]), seq: 9)
    private static let invalid = Row.Answer.problem(403, "order-invalid")

    static let refused: [Row] = [
        row(
            "a nudge of an unknown job",
            ControlSample(.nudge, "gone-9"),
            .problem(404, "unknown-job"),
            says: "gone-9"
        ),
        row(
            "for another node",
            ControlSample(.cancel, "gone-9") { $0.to = "jp" },
            .problem(403, "not-for-this-node")
        ),
        row("a close without a receipt", ControlSample(.close, "gone-9"), invalid, says: "receipt"),
        malformed("number 0", cancel.json.with("n", 0), "n: "),
        malformed("no number", cancel.json.with("n", nil), "n: "),
        malformed("no statement", cancel.json.with("statement", nil), "statement"),
        malformed("files", cancel.json.with("attachments", .array([])), "attachments"),
        malformed(
            "a reorder without an order",
            ControlSample(.reorder, "gone-9") {
                $0.stage = "jp"; $0.round = 2
            }.json,
            "needs stage, round and order"
        ),
        malformed(
            "a long reason",
            cancel.json.with("reason", .string(String(repeating: "a", count: 4097))),
            "reason"
        ),
        malformed(
            "a missing file with a way up",
            cancel.json.with("missing", .array(["../x"])),
            "attachment name"
        ),
        Row(
            "control: another reason than the statement's",
            .task(cancel.json.with("reason", "x").encoded),
            from: .main,
            invalid,
            says: "something else"
        ),
        Row(
            "control: another job than the statement's",
            .task(cancel.json.with("job", "gone-9").encoded),
            from: .main,
            invalid
        ),
        Row(
            "control: another kind than the statement's",
            .task(cancel.json.with("kind", "nudge").encoded),
            from: .main,
            invalid
        ),
        Row(
            "control: a round more than the statement's",
            .task(cancel.json.with("round", 1).encoded),
            from: .main,
            invalid
        ),
        Row(
            "control: another number than the statement's",
            .task(cancel.json.with("n", 2).encoded),
            from: .main,
            invalid
        ),
        Row(
            "control: an order as statement",
            .task(cancel.json.with("statement", OrderSample().envelope("gone-1", 1).json).encoded),
            from: .main,
            invalid
        ),
        row(
            "a reorder of another job's order",
            ControlSample(.reorder, "gone-9") { sample in
                sample.stage = "jp"
                sample.round = 2
                sample.order = OrderSample(job: "gone-8", stage: "jp").envelope("gone-8", 2)
            },
            invalid
        ),
        row(
            "a reorder whose statement names another order",
            ControlSample(.reorder, "gone-9") { sample in
                sample.stage = "jp"
                sample.round = 2
                sample.order = OrderSample(stage: "jp").envelope("gone-9", 2)
                sample.names = .of([8])
            },
            invalid
        ),
        row(
            "a reorder of a job that is not here",
            ControlSample(.reorder, "gone-9") { sample in
                sample.stage = "jp"
                sample.round = 2
                sample.order = OrderSample(stage: "jp").envelope("gone-9", 2)
            },
            .problem(409, "illegal-transition")
        ),
    ]

    static let taken: [Row] = [
        row("a cancel before the relay", cancel, .success(202), changes: true),
        row("the same cancel again", cancel, .success(200), says: "duplicate"),
        row(
            "another cancel of that number",
            ControlSample(.cancel, "gone-1") { $0.reason = "other" },
            .problem(409, "task-conflict")
        ),
        Row(
            "control: a relay of a cancelled job",
            RelaySample("gone-1").request,
            .problem(409, "job-ended"),
            says: "cancelled"
        ),
        Row(
            "control: a later round of a cancelled job",
            RelaySample("gone-1") { $0.round = 2 }.request,
            .problem(409, "job-ended")
        ),
        row(
            "a cancel of one round",
            ControlSample(.cancel, "gone-2") { $0.round = 1 },
            .success(202),
            changes: true
        ),
        Row(
            "control: a relay of a cancelled round",
            RelaySample("gone-2").request,
            .problem(409, "superseded"),
            says: "round 1"
        ),
        Row(
            "control: the round after a cancelled one",
            RelaySample("gone-2") { $0.round = 2 }.request,
            .problem(422, "attachments-missing")
        ),
        row(
            "a close of an unknown job",
            ControlSample(.close, "gone-3") { $0.receipt = receipt },
            .success(202),
            changes: true
        ),
        Row(
            "control: a relay of a closed job",
            RelaySample("gone-3").request,
            .problem(409, "job-ended"),
            says: "closed"
        ),
        row(
            "a reorder of a cancelled job",
            ControlSample(.reorder, "gone-1") { sample in
                sample.n = 2
                sample.stage = "jp"
                sample.round = 2
                sample.order = OrderSample(stage: "jp").envelope("gone-1", 2)
            },
            .problem(409, "job-ended")
        ),
        Row(
            "control: a bad order of a cancelled job",
            RelaySample("gone-1") { $0.order.job = "x" }.request,
            .problem(409, "job-ended")
        ),
        row("a cancel of a live task", ControlSample(.cancel, "live-1"), .success(202), changes: true),
        Row(
            "control: the live task's document again",
            RelaySample("live-1").request,
            .success(200),
            says: "duplicate"
        ),
        Row(
            "control: a later round of the live task's job",
            RelaySample("live-1") { $0.round = 2 }.request,
            .problem(409, "job-ended")
        ),
    ]

    static var count: Int { refused.count + taken.count }

    @Test func mainsWordCountsOnlyAsItWasStated() async throws {
        try await withNode { node in
            try node.check(Self.refused)
            try node.store(RelaySample("live-1"))
            try node.check(Self.taken)
        }
    }
}
