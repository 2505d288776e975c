import RelayCore
import RelaySeal
import RelayWire
import TestSupport

/// Evidence that is not what the nodes before jp made, tried by sg, whose address and key the attacker has.
enum LinkAttacks {
    static let job = "attack-1"
    private static let other = Digest.of([7])
    private static let text = Array("# Candidates\n\n- forged\n".utf8)

    private static func row(
        _ what: String,
        rule: String,
        _ change: (inout ChainSample) -> Void
    ) -> Row {
        Row(
            "evidence: \(what)",
            ChainSample(job, change).sample.request,
            from: .sg,
            .problem(422, "evidence-invalid"),
            says: "\"rule\":\"\(rule)\""
        )
    }

    private static func arranged(
        _ what: String,
        rule: String = "incomplete",
        _ arrange: @escaping ([Envelope]) -> [Envelope]
    ) -> Row {
        row(what, rule: rule) { $0.arrange = arrange }
    }

    /// Links that are not there, not in order, or too many.
    static let counts: [Row] = [
        arranged("no link at all") { _ in [] },
        arranged("nano's link removed") { [$0[1]] },
        arranged("sg's link removed") { [$0[0]] },
        arranged("the links in reverse") { $0.reversed() },
        arranged("nano's link twice") { [$0[0], $0[0], $0[1]] },
        arranged("sg's link twice") { $0 + [$0[1]] },
        arranged("sg's link in the place of nano's") { [$0[1], $0[1]] },
        arranged("a link of jp's own stage too") { $0 + [ChainSample(job).jp(after: $0)] },
    ]

    /// Signatures that are not nano's.
    static let signatures = Forgery.allCases.map { forgery in
        row("nano's link \(forgery.words)", rule: "signature") { chain in
            chain.nano.seal = { forgery.envelope($0, signer: "nano", another: "sg") }
        }
    }

    /// Keys that are right for something else.
    static let keys: [Row] = [
        row("jp's stolen key used for nano's stage", rule: "signature") { chain in
            chain.nano.seal = { $0.signed(by: "jp") }
        },
        row("jp's stolen key used for nano's stage in jp's name", rule: "mismatch") { $0.nano.node = "jp" },
        row("sg's own key used for nano's stage in sg's name", rule: "mismatch") { $0.nano.node = "sg" },
        row("main's key used for sg's stage in main's name", rule: "mismatch") { $0.sg.node = "main" },
        row("the key of a node that is not in the fleet", rule: "signature") { $0.nano.node = "nobody" },
        row("the key of a node that is not in the relay", rule: "mismatch") { $0.nano.node = "left" },
    ]

    /// Links of something else, and chains that do not hold together.
    static let chains: [Row] = [
        row("nano's link of another job", rule: "mismatch") { $0.nano.job = "attack-2" },
        row("nano's link of an earlier round", rule: "mismatch") { $0.nano.round = 2 },
        row("sg's link of another job", rule: "mismatch") { $0.sg.job = "attack-2" },
        row("nano's link under another order", rule: "unchained") { $0.nano.order = other },
        row("sg's link under another order", rule: "unchained") { $0.sg.order = other },
        row("nano's link under another contract", rule: "mismatch") { $0.nano.contract = other },
        row("another previous digest in sg's link", rule: "unchained") { $0.previous = other },
        row("a previous digest in nano's link", rule: "unchained") { $0.first = other },
        arranged("nano's link of another run", rule: "unchained") { evidence in
            [LinkSample(products: ["candidate-list.md": text]).envelope(job, 1, order, [:]), evidence[1]]
        },
        row("sg's link of what is no task of its stage", rule: "malformed") { chain in
            chain.sg.seal = { .byMain($0.json.text.replacing("\"name\":\"sg\"", with: "\"name\":\"jp\"")) }
        },
        row("a command in a link", rule: "malformed") { chain in
            chain.sg.seal = { statement in
                let text = statement.json.text.replacing("\"command\":[]", with: "\"command\":[\"id\"]")
                let bare = Envelope(
                    payloadType: Envelope.inTotoType,
                    payload: Array(text.utf8),
                    signatures: []
                )
                return bare.with([bare.signed(again: "sg")])
            }
        },
        arranged("main's order behind the links", rule: "malformed") { $0 + [ordered] },
        arranged("another job's order before the links", rule: "unchained") { [foreign] + $0 },
        arranged("an earlier order that no link names", rule: "unchained") { [earlier] + $0 },
        arranged("the order itself before the links", rule: "unchained") { [ordered] + $0 },
        arranged("an earlier order that nano signed", rule: "signature") { evidence in
            [OrderSample(job: "attack-2", seal: { $0.signed(by: "nano") }).envelope(job, 1)] + evidence
        },
    ]

    private static let ordered = OrderSample().envelope(job, 1)
    private static let order = ordered.digest
    private static let foreign = OrderSample(job: "attack-2").envelope(job, 1)
    private static let earlier = OrderSample(lasts: .seconds(90_000)).envelope(job, 1)

    /// Files that nobody made, or that somebody changed on the way.
    static let files: [Row] = [
        row("other products in nano's link", rule: "other-files") {
            $0.nano.products?["candidate-list.md"] = text
        },
        row("a product left out of nano's link", rule: "other-files") {
            $0.nano.products?["candidate-list.md"] = nil
        },
        row("other products in sg's link", rule: "other-files") { $0.sg.products?["sg-review.md"] = text },
        row("other materials in sg's link", rule: "other-files") {
            $0.sg.materials["candidate-list.md"] = text
        },
        row("a material that nobody handed on", rule: "other-files") { $0.sg.materials["secret.md"] = text },
        row("other inputs in nano's link", rule: "other-files") { $0.nano.materials["brief.md"] = text },
        row("an input of the order left out", rule: "other-files") { $0.nano.materials = [:] },
        row("nano's file made anew by sg", rule: "other-files") {
            $0.sg.products?["candidate-list.md"] = text
        },
    ]

    /// Files changed on the way, which sg uploads like the right ones; each is a job of its own.
    static let swapped: [(RelaySample, Row)] = ["candidate-list.md", "de-raw-output.txt", "sg-review.md"].map
    {
        name in
        let content = Array("# Candidates\n\n# Accepted\n\n# Rejected\n\nforged\n".utf8)
        let job = "swap-\(name.prefix(2))"
        let sample = ChainSample(job) { $0.files[name] = content }.sample
        let row = Row(
            "evidence: \(name) changed on the way",
            sample.request,
            from: .sg,
            .problem(422, "evidence-invalid"),
            says: "other-files"
        )
        return (sample, row)
    }

    static let all: [Attack] =
        Attack.of(.forgedJob, signatures)
        + Attack.of(.compromisedNode, counts + keys + chains + files)
}
