import RelayCore
import RelaySeal
import RelayWire
import TestSupport

/// Work that main did not order, tried at sg from nano's own address.
enum OrderAttacks {
    private static let job = "attack-1"
    private static let honest = OrderSample().envelope(job, 1)

    private static func row(
        _ what: String,
        _ request: Request,
        _ answer: Row.Answer = .problem(403, "order-invalid"),
        says: String? = nil
    ) -> Row {
        Row("order \(what)", request, answer, says: says)
    }

    private static func sealed(
        _ what: String,
        says: String? = nil,
        _ seal: @escaping @Sendable (Statement) -> Envelope
    ) -> Row {
        row(what, RelaySample(job) { $0.order.seal = seal }.request, says: says)
    }

    /// The honest document with another JSON in the place of the order's envelope.
    private static func written(_ what: String, _ order: JSON, _ says: String) -> Row {
        let document = RelaySample(job).json.with("order", order)
        return row(what, .task(document.encoded), .problem(400, "malformed"), says: says)
    }

    /// Signatures that are not main's.
    static let signatures = Forgery.allCases.map { forgery in
        sealed(forgery.words, says: "signature") {
            forgery.envelope($0, signer: "main", another: "nano")
        }
    }

    /// What main signed once, changed.
    static let changes: [Row] = [
        sealed("of main for another job", says: "signature") {
            $0.signed(by: "main").saying("\"job\":\"attack-2\"", insteadOf: "\"job\":\"attack-1\"")
        },
        sealed("of main with a later deadline", says: "signature") {
            $0.signed(by: "main").saying("\"deadline\":\"3", insteadOf: "\"deadline\":\"2")
        },
        sealed("of main with another route", says: "signature") {
            $0.signed(by: "main").saying("\"node\":\"nano\"", insteadOf: "\"node\":\"jp\"")
        },
        sealed("of main with another input", says: "signature") {
            $0.signed(by: "main").saying("\"name\":\"bribe.md\"", insteadOf: "\"name\":\"brief.md\"")
        },
        sealed("of main with its first bit changed") { $0.signed(by: "main").flipping(bit: 0) },
        sealed("of main with its last bit changed") { statement in
            let envelope = statement.signed(by: "main")
            return envelope.flipping(bit: envelope.payload.count * 8 - 1)
        },
    ]

    /// What main signed, but as something else or in another form.
    static let forms: [Row] = [
        sealed("that is a link which main signed", says: "predicateType") { _ in
            LinkSample { $0.signed(by: "main") }.envelope(job, 1, honest.digest, RelaySample.goodFiles)
        },
        sealed("that is main's word about the job", says: "predicateType") { _ in
            ControlSample(.cancel, job).statement
        },
        sealed("with a blank that main signed", says: "canonical") { .byMain(" " + $0.json.text) },
        sealed("with a surplus member that main signed", says: "unknown field") {
            .byMain($0.json.with("command", "id").text)
        },
        sealed("with a surplus member of its predicate that main signed", says: "unknown field") {
            .byMain($0.json.text.replacing("\"round\":1", with: "\"round\":1,\"run\":\"id\""))
        },
        sealed("with a key twice that main signed", says: "twice") {
            .byMain($0.json.text.replacing("\"round\":1", with: "\"round\":1,\"round\":1"))
        },
        sealed("with members in another order that main signed", says: "canonical") { statement in
            guard case .object(let members) = statement.json else { return statement.unsigned }
            return .byMain(JSON.object(members.reversed()).text)
        },
        sealed("with an escaped letter that main signed", says: "canonical") {
            .byMain($0.json.text.replacing("\"nano\"", with: "\"n\\u0061no\"", maxReplacements: 1))
        },
    ]

    private static func signature(_ what: String, _ name: String, _ value: JSON, _ says: String) -> Row {
        let signature = honest.signatures[0].json.with(name, value)
        return written(what, honest.json.with("signatures", .array([signature])), says)
    }

    private static let line = Base64.encoded(honest.signatures[0].bytes)

    /// Envelopes that are written in another way than ours.
    static let envelopes: [Row] = [
        written("with a surplus member of the envelope", honest.json.with("key", "x"), "unknown field"),
        written(
            "with its members in another order",
            .object([
                .init("signatures", .array(honest.signatures.map(\.json))),
                .init("payloadType", .string(honest.payloadType)),
                .init("payload", .string(Base64.encoded(honest.payload))),
            ]),
            "order"
        ),
        written(
            "with three signatures",
            honest.json.with("signatures", .array(Array(repeating: honest.signatures[0].json, count: 3))),
            "signatures"
        ),
        written(
            "of in-toto's older type",
            honest.json.with("payloadType", "application/vnd.in-toto.v0+json"),
            "payloadType"
        ),
        written("with its payload as an object", honest.json.with("payload", .object([])), "payload"),
        signature("with a surplus member of the signature", "cert", "x", "unknown field"),
        signature(
            "with a key id in capitals",
            "keyid",
            .string(honest.signatures[0].keyID.hex.uppercased()),
            "keyid"
        ),
        signature("with a labelled key id", "keyid", .string(honest.signatures[0].keyID.labelled), "keyid"),
        signature("with its signature in URL-safe base64", "sig", .string(urlSafe), "sig"),
        signature(
            "with a line break in its signature",
            "sig",
            .string(line.prefix(40) + "\n" + line.dropFirst(40)),
            "sig"
        ),
        signature(
            "with 63 bytes of signature",
            "sig",
            .string(Base64.encoded(Array(honest.signatures[0].bytes.dropLast()))),
            "sig"
        ),
        signature(
            "with 65 bytes of signature",
            "sig",
            .string(Base64.encoded(honest.signatures[0].bytes + [0])),
            "sig"
        ),
        signature("with spare bits in its signature", "sig", .string(spare), "sig"),
    ]

    /// A signature in the alphabet of RFC 4648, section 5, with one letter at least that the other one lacks.
    private static var urlSafe: String { "-_" + line.dropFirst(2) }

    /// 64 bytes leave four bits of the last digit unused.
    private static var spare: String {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        let last = line.dropLast(2).last.flatMap { digits.firstIndex(of: $0) } ?? 0
        return line.dropLast(3) + String(digits[last | 1]) + "=="
    }

    /// Orders that main did sign, tried where they do not belong.
    static let replays: [Row] = [
        row("of main for jp's stage, tried at sg", RelaySample(job) { $0.stage = "jp" }.request),
        row("of main for main's stage, tried at sg", RelaySample(job) { $0.stage = "main" }.request),
        row("of main for nano's stage, tried at sg", RelaySample(job) { $0.stage = "nano" }.request),
        row("of main for a stage that is nowhere", RelaySample(job) { $0.stage = "shell" }.request),
    ]

    static let all: [Attack] =
        Attack.of(.forgedJob, signatures + changes + forms + envelopes)
        + Attack.of(.replay, replays)
        + Attack.of(
            .replay,
            RelayTests.orders,
            "relay: an order of another job",
            "relay: an order of another round",
            "relay: an order of a later stage",
            "relay: an order that gives the stage to another node",
            "relay: an order that has another node feed it",
            "relay: an order without the stage",
            "relay: an order whose deadline is over",
            "relay: main in nano's place",
            "relay: other inputs of the first stage"
        )
        + Attack.of(.wrongDoor, RelayTests.contracts)
}

extension LinkSample {
    /// A link in an envelope of its own kind.
    init(seal: @escaping @Sendable (Statement) -> Envelope) {
        self.init()
        self.seal = seal
    }
}
