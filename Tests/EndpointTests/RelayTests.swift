import RelayCore
import RelaySeal
import RelayWire
import Testing

/// Relays that are refused for their order, contract, names, files or evidence, and what comes after one is taken.
@Suite(.timeLimit(.minutes(10))) struct RelayTests {
    private static func refused(
        _ what: String,
        _ status: Int,
        _ code: String,
        says: String? = nil,
        from sender: Sender = .nano,
        _ change: (inout RelaySample) -> Void
    ) -> Row {
        Row(
            "relay: \(what)",
            RelaySample("relay-1", change).request,
            from: sender,
            .problem(status, code),
            says: says
        )
    }

    private static func order(_ what: String, says: String? = nil, _ change: (inout OrderSample) -> Void)
        -> Row
    {
        refused("an order \(what)", 403, "order-invalid", says: says) { change(&$0.order) }
    }

    private static func link(_ what: String, rule: String, _ change: (inout LinkSample) -> Void) -> Row {
        refused("a link \(what)", 422, "evidence-invalid", says: "\"rule\":\"\(rule)\"") { sample in
            var link = LinkSample()
            change(&link)
            sample.link = link
        }
    }

    private static let text = Array("# Candidates\n".utf8)
    private static let other = Digest.of([7])

    static let orders: [Row] = [
        order("of another job", says: "relay-2") { $0.job = "relay-2" },
        order("of another round", says: "round 2") { $0.round = 2 },
        order("of a later stage") { $0.stage = "jp" },
        order("that gives the stage to another node", says: "another node than sg") { $0.route[1].1 = "jp" },
        order("that has another node feed it", says: "another node than nano") { $0.route[0].1 = "jp" },
        order("without the stage") { order in
            order.route.remove(at: 1)
            order.pins["sg"] = nil
        },
        order("whose deadline is over", says: "deadline") { $0.lasts = .seconds(-1) },
        order("without a pin for a stage", says: "pin") { $0.pins["jp"] = nil },
        order("with a pin too many", says: "pin") { order in
            let text = String(decoding: order.envelope("relay-1", 1).payload, as: UTF8.self)
            let more = "\"contracts\":{\"extra\":\"\(other.labelled)\","
            order.payload = Array(text.replacing("\"contracts\":{", with: more).utf8)
        },
        order("that is no JSON") { $0.payload = [0x7B] },
        order("that is an empty object") { $0.payload = Array("{}".utf8) },
        order("that is not canonical", says: "canonical") { order in
            order.payload = Array(" ".utf8) + order.envelope("relay-1", 1).payload
        },
        order("with an unknown field") { order in
            let text = String(decoding: order.envelope("relay-1", 1).payload, as: UTF8.self)
            order.payload = Array(text.replacing("\"round\":1", with: "\"round\":1,\"command\":\"x\"").utf8)
        },
        order("that is a link") { order in
            order.payload = LinkSample().envelope("relay-1", 1, other, RelaySample.goodFiles).payload
        },
        refused("main in nano's place", 403, "order-invalid", from: .main) { $0.from = "main" },
        refused("other inputs of the first stage", 403, "order-invalid", says: "inputs") { sample in
            sample.order.stage = "sg"
            sample.link = nil
        },
        refused("a bad order and wrong names", 403, "order-invalid") { sample in
            sample.order.job = "relay-2"
            sample.files = ["other.md": text]
        },
        refused("a bad order in a document for another node", 403, "not-for-this-node") { sample in
            sample.order.job = "relay-2"
            sample.to = "jp"
        },
    ]

    static let contracts: [Row] = [
        refused("another pin than the order's", 409, "contract-mismatch", says: "expected") {
            $0.pin = other
        },
        refused("a pin that is not in force", 409, "contract-mismatch", says: "expected") { sample in
            sample.pin = other
            sample.order.pins["sg"] = other
        },
        refused("another stage's contract", 409, "contract-mismatch") { sample in
            sample.pin = RelaySample.pins["nano"]
            sample.order.pins["sg"] = RelaySample.pins["nano"]
        },
        refused("no file", 422, "contract-broken", says: "missing") { $0.files = [:] },
        refused("a file too few", 422, "contract-broken", says: "add de-raw-output.txt") {
            $0.files["de-raw-output.txt"] = nil
        },
        refused("a file too many", 422, "contract-broken", says: "unexpected-name") {
            $0.files["extra.md"] = text
        },
        refused("a name with a near miss", 422, "contract-broken", says: "did you mean candidate-list.md?") {
            sample in
            sample.files["candidate-list.md"] = nil
            sample.files["candidate-lists.md"] = text
        },
        refused("a name in another case", 422, "contract-broken", says: "did you mean candidate-list.md?") {
            sample in
            sample.files["candidate-list.md"] = nil
            sample.files["Candidate-List.md"] = text
        },
        refused("a case twin", 422, "contract-broken", says: "case-twin") {
            $0.files["Candidate-List.md"] = text
        },
        refused("a wrong name and no upload", 422, "contract-broken") { $0.files = ["other.md": text] },
        refused(
            "no upload",
            422,
            "attachments-missing",
            says: "\"missing\":[\"candidate-list.md\",\"de-raw-output.txt\"]"
        ) { _ in },
    ]

    static let evidence: [Row] = [
        refused("no link", 422, "evidence-invalid", says: "incomplete") { $0.link = nil },
        link("of another node", rule: "mismatch") { $0.node = "jp" },
        link("under another contract", rule: "mismatch") { $0.contract = other },
        link("under another order", rule: "unchained") { $0.order = other },
        link("that names a link before it", rule: "unchained") { $0.previous = other },
        link("from other materials", rule: "other-files") { $0.materials["brief.md"] = text },
        link("from no materials", rule: "other-files") { $0.materials = [:] },
        link("with other products", rule: "other-files") {
            $0.products = ["candidate-list.md": text, "de-raw-output.txt": text]
        },
        link("with a product too few", rule: "other-files") {
            $0.products = ["de-raw-output.txt": Array("one\n".utf8)]
        },
        link("of another stage", rule: "incomplete") { $0.stage = "jp" },
        link("that is no JSON", rule: "malformed") { $0.payload = [] },
        link("that is a control statement", rule: "malformed") {
            $0.payload = Array("{\"_type\":\"x\"}".utf8)
        },
        refused("two links", 422, "evidence-invalid", says: "incomplete") { sample in
            let order = sample.order.envelope("relay-1", 1).digest
            sample.evidence = [LinkSample().envelope("relay-1", 1, order, sample.files)]
        },
        refused("a link before an order", 422, "evidence-invalid") { sample in
            let order = sample.order.envelope("relay-1", 1)
            sample.evidence = [LinkSample().envelope("relay-1", 1, order.digest, sample.files), order]
        },
    ]

    private static func contents(
        _ what: String,
        _ job: String,
        _ name: String,
        _ bytes: [UInt8],
        _ says: String
    ) -> (RelaySample, Row) {
        let sample = RelaySample(job) { $0.files[name] = bytes }
        return (sample, Row("relay: \(what)", sample.request, .problem(422, "contract-broken"), says: says))
    }

    /// Files of one job each, whose contents break the contract.
    static let broken = [
        contents(
            "no heading",
            "broken-1",
            "candidate-list.md",
            Array("no heading\n".utf8),
            "heading-missing"
        ),
        contents(
            "a heading with a near miss",
            "broken-2",
            "candidate-list.md",
            Array("# Candidate\n".utf8),
            "Candidate"
        ),
        contents(
            "a heading in a code fence",
            "broken-3",
            "candidate-list.md",
            Array("```\n# Candidates\n```\n".utf8),
            "heading-missing"
        ),
        contents("an empty file", "broken-4", "de-raw-output.txt", [], "too-small"),
        contents("a text that is not UTF-8", "broken-5", "de-raw-output.txt", [0x61, 0xFF], "not-utf-8"),
        contents("an overlong text", "broken-6", "de-raw-output.txt", [0xC0, 0xAF], "not-utf-8"),
        contents(
            "a large file",
            "broken-7",
            "candidate-list.md",
            text + [UInt8](repeating: 0x61, count: 1_048_576),
            "too-large"
        ),
    ]

    private static let taken = RelaySample("taken-1")
    private static let list = Array("# Candidates\n\n- one\n".utf8)
    private static func upload(_ name: String, _ bytes: [UInt8]) -> Request {
        .upload(name, bytes, job: "taken-1", round: 1)
    }

    static let after: [Row] = [
        Row("taken: the same document", taken.request, .success(200), says: "\"duplicate\":true"),
        Row(
            "taken: the same document with a blank",
            .task(taken.bytes + [0x20]),
            .problem(409, "task-conflict"),
            says: "here with other bytes"
        ),
        Row(
            "taken: a traceparent more",
            .task(taken.json.with("traceparent", "00").encoded),
            .problem(409, "task-conflict")
        ),
        Row(
            "taken: other files",
            RelaySample("taken-1") { $0.files["candidate-list.md"] = text }.request,
            .problem(409, "task-conflict")
        ),
        Row(
            "taken: a bad order under the id",
            RelaySample("taken-1") { $0.order.job = "x" }.request,
            .problem(409, "task-conflict")
        ),
        Row("taken: the same bytes of a bound file", upload("candidate-list.md", list), .success(200)),
        Row(
            "taken: other bytes of a bound file",
            upload("candidate-list.md", text),
            .problem(409, "name-conflict"),
            says: "bound"
        ),
        Row(
            "taken: a case twin of a bound file",
            upload("Candidate-List.md", list),
            .problem(409, "name-conflict")
        ),
        Row(
            "taken: another sender's bytes of that name",
            upload("candidate-list.md", text),
            from: .main,
            .success(201),
            changes: true
        ),
        Row(
            "taken: another round's bytes of that name",
            .upload("candidate-list.md", text, job: "taken-1", round: 2),
            .success(201),
            changes: true
        ),
        Row(
            "taken: another round with these bytes",
            RelaySample("taken-1") { sample in
                sample.round = 2
                sample.files["candidate-list.md"] = list
            }.request,
            .problem(422, "attachments-missing"),
            says: "candidate-list.md"
        ),
    ]

    static let missing: [Row] = [
        Row(
            "missing: one of two",
            RelaySample("missing-1").request,
            .problem(422, "attachments-missing"),
            says: "\"missing\":[\"de-raw-output.txt\"]"
        ),
        Row(
            "missing: uploaded by another",
            RelaySample("missing-2").request,
            .problem(422, "attachments-missing")
        ),
        Row(
            "missing: uploaded with other bytes",
            RelaySample("missing-1") { $0.files["candidate-list.md"] = text }.request,
            .problem(422, "attachments-missing"),
            says: "candidate-list.md"
        ),
        Row(
            "missing: uploaded in another round",
            RelaySample("missing-1") { $0.round = 2 }.request,
            .problem(422, "attachments-missing")
        ),
        Row(
            "missing: another size",
            sizes(),
            .problem(422, "attachments-missing"),
            says: "candidate-list.md"
        ),
    ]

    private static func sizes() -> Request {
        .task(Array(RelaySample("missing-1").json.text.replacing("\"size\":20", with: "\"size\":21").utf8))
    }

    static var count: Int {
        orders.count + contracts.count + evidence.count + broken.count + after.count + missing.count
    }

    @Test func aRelayIsHeldAgainstOrderContractNamesAndEvidence() async throws {
        try await withNode { node in
            try node.check(Self.orders + Self.contracts)
            try node.upload(RelaySample("relay-1"))
            try node.check(Self.evidence)
            for (sample, row) in Self.broken {
                try node.upload(sample)
                try node.check([row])
            }
        }
    }

    @Test func aTaskStaysWhatItWasTakenAs() async throws {
        try await withNode { node in
            try node.store(Self.taken)
            try node.check(Self.after)
            try node.upload(RelaySample("missing-1"), only: ["candidate-list.md"])
            try node.upload(RelaySample("missing-2"), from: .main)
            try node.check(Self.missing)
        }
    }
}
