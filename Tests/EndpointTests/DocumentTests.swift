import RelayWire
import Testing

/// Bodies of `/task` that are no document of version 1.
@Suite(.timeLimit(.minutes(10))) struct DocumentTests {
    private static let sample = RelaySample("json-1")
    private static let text = sample.json.text

    private static func bad(_ what: String, _ body: [UInt8], _ says: String? = nil) -> Row {
        Row("JSON: \(what)", .task(body), .problem(400, "malformed"), says: says)
    }

    private static func bad(_ what: String, _ body: String, _ says: String? = nil) -> Row {
        bad(what, Array(body.utf8), says)
    }

    /// The sample with one member changed.
    private static func with(_ name: String, _ value: JSON?, _ what: String, _ says: String? = nil) -> Row {
        bad(what, sample.json.with(name, value).encoded, says ?? name)
    }

    /// The sample's text with a piece replaced.
    private static func replaced(_ old: String, _ new: String, _ what: String, _ says: String? = nil) -> Row {
        bad(what, text.replacing(old, with: new, maxReplacements: 1), says)
    }

    private static func utf16(_ text: String, bigEndian: Bool) -> [UInt8] {
        text.utf16.flatMap { unit -> [UInt8] in
            let bytes = [UInt8(unit >> 8), UInt8(unit & 0xFF)]
            return bigEndian ? bytes : bytes.reversed()
        }
    }

    static let syntax: [Row] = [
        bad("no byte", ""), bad("only blanks", "  \n"), bad("a text", "\"relay\""), bad("a number", "1"),
        bad("null", "null"),
        bad("an array", "[\(text)]"), bad("half a document", String(text.prefix(text.count / 2))),
        bad("trailing bytes", text + "x", "behind the document"),
        bad("a second document", text + text, "behind the document"),
        bad("a trailing NUL", text + "\0", "behind the document"),
        bad("a byte order mark", "\u{FEFF}" + text),
        bad("UTF-16, little end first", utf16(text, bigEndian: false)),
        bad("UTF-16, big end first", utf16(text, bigEndian: true)),
        bad("UTF-16 with its mark", [0xFF, 0xFE] + utf16(text, bigEndian: false)),
        bad("UTF-32", text.unicodeScalars.flatMap { [0, 0, 0, UInt8($0.value & 0xFF)] }),
        bad("a comment", "/**/" + text), bad("single quotes", text.replacing("\"", with: "'")),
        bad("a comma too many", text.dropLast() + ",}"),
        bad("no comma", text.replacing(",\"kind\"", with: " \"kind\"")),
        bad("NaN", "{\"baton\":NaN}"), bad("Infinity", "{\"baton\":Infinity}"),
        bad("True", "{\"baton\":True}"),
        replaced("\"baton\":1", "\"baton\":1.0", "1.0", "without fraction"),
        replaced("\"baton\":1", "\"baton\":1e0", "an exponent", "without fraction"),
        replaced("\"baton\":1", "\"baton\":01", "a leading zero"),
        replaced("\"baton\":1", "\"baton\":+1", "a plus sign"),
        replaced("\"baton\":1", "\"baton\":1.0000000000000000001", "a long fraction"),
        replaced("\"round\":1", "\"round\":18446744073709551617", "a number over 64 bits", "64 bits"),
        replaced(
            "\"round\":1",
            "\"round\":\(String(repeating: "9", count: 100_000))",
            "a number of 100,000 digits",
            "64 bits"
        ),
        replaced("\"round\":1", "\"round\":-1", "a negative round"),
        replaced("\"round\":1", "\"round\":1,\"round\":1", "a key twice", "twice"),
        replaced("\"round\":1", "\"round\":1,\"\\u0072ound\":2", "a key twice, once escaped", "twice"),
        replaced("\"job\":\"json-1\"", "\"job\":\"json-1\\u0000\"", "an escaped NUL", "NUL"),
        replaced("\"job\":\"json-1\"", "\"job\":\"json-1\0\"", "a NUL", "control character"),
        replaced("\"job\":\"json-1\"", "\"job\":\"json-1\n\"", "a line break in a text", "control character"),
        replaced("\"job\":\"json-1\"", "\"job\":\"\\ud800\"", "half of a surrogate pair", "surrogate"),
        replaced("\"job\":\"json-1\"", "\"job\":\"\\x41\"", "an unknown escape", "escape"),
        bad(
            "bytes that are not UTF-8",
            Array("{\"baton\":1,\"kind\":\"".utf8) + [0xFF] + Array("\"}".utf8),
            "UTF-8"
        ),
        bad(
            "an overlong slash",
            Array("{\"baton\":1,\"kind\":\"".utf8) + [0xC0, 0xAF] + Array("\"}".utf8),
            "UTF-8"
        ),
        bad("17 levels", String(repeating: "[", count: 17) + String(repeating: "]", count: 17), "16 levels"),
        bad(
            "17 levels of objects",
            String(repeating: "{\"a\":", count: 17) + "1" + String(repeating: "}", count: 17),
            "16 levels"
        ), bad("100,000 levels", String(repeating: "[", count: 100_000), "16 levels"),
        bad(
            "40,000 members",
            "{" + (0..<20_000).map { "\"\($0)\":1" }.joined(separator: ",") + "}",
            "1024 members"
        ), bad("120,000 elements", "{\"attachments\":[" + String(repeating: "1,", count: 120_000) + "1]}"),
    ]

    static let fields: [Row] = [
        with("extra", 1, "an unknown field", "extra"), with("Job", "x", "a field in another case", "Job"),
        with("n", 1, "a field of another kind", "unknown"),
        with("instance", nil, "no field too few").answering(.problem(422, "attachments-missing")),
        with("baton", nil, "no version"), with("baton", 2, "another version"), with("baton", 0, "version 0"),
        with("baton", "1", "a version in quotes"), with("baton", true, "true as version"),
        with("kind", nil, "no kind"), with("kind", "Relay", "a kind in another case"),
        with("kind", "relays", "a kind with a near miss", "relay"), with("kind", 1, "a number as kind"),
        with("job", nil, "no job"), with("job", "../x", "a job with a way up"),
        with("job", .string(String(repeating: "a", count: 64)), "a job of 64 characters"),
        with("job", .null, "null as job"),
        with("stage", nil, "no stage"), with("stage", "SG", "a stage in capitals"),
        with("stage", "../sg", "a stage with a way up"), with("round", 0, "round 0"),
        with("round", 17, "round 17"), with("round", "1", "a round in quotes"),
        with("from", nil, "no sender"), with("to", nil, "no receiver"), with("to", "", "an empty receiver"),
        with("contract", nil, "no contract"), with("contract", "sha256:abc", "a short contract"),
        with("contract", .string("SHA256:" + String(repeating: "a", count: 64)), "a contract in capitals"),
        with("contract", .string(String(repeating: "a", count: 64)), "a contract without its label"),
        with("order", nil, "no order"), with("order", .object([]), "an empty order"),
        with("order", "x", "a text as order"), with("evidence", "x", "a text as evidence"),
        with("evidence", .array([.object([])]), "empty evidence"),
        with(
            "evidence",
            .array(Array(repeating: sample.document.order.json, count: 33)),
            "too much evidence"
        ),
        with(
            "order",
            sample.document.order.json.with("signatures", nil),
            "an order without signatures",
            "signatures"
        ),
        with(
            "order",
            sample.document.order.json.with("payload", "e30"),
            "an order in base64 without padding",
            "payload"
        ),
        with(
            "order",
            sample.document.order.json.with("payload", "e31="),
            "an order in base64 with spare bits",
            "payload"
        ),
        with(
            "order",
            sample.document.order.json.with("payloadType", "text/plain"),
            "an order of another type",
            "payloadType"
        ),
        with("attachments", .object([]), "an object as attachments"),
        with("attachments", .array(Array(repeating: file("a.md"), count: 65)), "65 attachments"),
        with("attachments", .array([file("a.md"), file("a.md")]), "an attachment twice", "twice"),
        with("attachments", .array([file("../a.md")]), "an attachment with a way up", "attachment name"),
        with("attachments", .array([file("a\u{301}.md")]), "an attachment in NFD", "attachment name"),
        with("attachments", .array([file("\u{E1}.md")]), "an attachment in NFC", "attachment name"),
        with("attachments", .array([file("a.part")]), "a .part", "attachment name"),
        with("attachments", .array([file(".a")]), "a leading dot", "attachment name"),
        with("attachments", .array([file("a.md").with("size", -1)]), "a negative size", "size"),
        with("attachments", .array([file("a.md").with("size", nil)]), "no size", "size"),
        with("attachments", .array([file("a.md").with("size", .integer(.max))]), "a huge size", "size"),
        with("attachments", .array([file("a.md").with("sha256", "ABC")]), "a short digest", "sha256"),
        with(
            "attachments",
            .array([file("a.md").with("path", "/etc/passwd")]),
            "an attachment with a path",
            "path"
        ),
        with("traceparent", .string(String(repeating: "0", count: 129)), "a long traceparent"),
    ]

    private static func file(_ name: String) -> JSON {
        .members(["name": .string(name), "size": 1, "sha256": .string(String(repeating: "a", count: 64))])
    }

    private static func typed(_ type: String?, _ answer: Row.Answer) -> Row {
        let headers = type.map { ["Content-Type: \($0)"] } ?? []
        return Row("type: \(type ?? "none")", .post("/task", sample.bytes, headers), answer)
    }

    private static let noJSON = Row.Answer.problem(415, "unsupported-media-type")
    private static let missing = Row.Answer.problem(422, "attachments-missing")

    static let types: [Row] = [
        typed(nil, noJSON), typed("", noJSON), typed("text/plain", noJSON), typed("text/json", noJSON),
        typed("application/x-www-form-urlencoded", noJSON), typed("application/jsonx", noJSON),
        typed("application/json, text/plain", noJSON),
        typed("application/json; charset=iso-8859-1", noJSON),
        typed("application/json; charset=utf-16", noJSON), typed("application/json; q=1", noJSON),
        typed("application/json;", noJSON), typed("application/ json", noJSON),
        typed("multipart/form-data; boundary=x", noJSON),
        typed("application/json; charset=utf-8", missing),
        typed("Application/JSON;Charset=\"UTF-8\"", missing),
        Row(
            "type: two",
            .post("/task", sample.bytes, ["Content-Type: application/json", "Content-Type: text/plain"]),
            .problem(400, "bad-request")
        ),
        Row(
            "a parameter of /task",
            .post("/task?job=json-1", sample.bytes, ["Content-Type: application/json"]),
            .problem(400, "bad-parameter")
        ),
        Row(
            "a document of 262,145 bytes",
            .task(sample.bytes + [UInt8](repeating: 0x20, count: 262_145 - sample.bytes.count)),
            .problem(413, "too-large")
        ),
        Row(
            "a document of 262,144 bytes",
            .task(sample.bytes + [UInt8](repeating: 0x20, count: 262_144 - sample.bytes.count)),
            missing
        ),
    ]

    static var count: Int { syntax.count + fields.count + types.count }

    @Test func whatIsNoDocumentIsRefused() async throws {
        try await withNode { try $0.check(Self.syntax + Self.fields + Self.types) }
    }
}

extension Row {
    /// The same row with another answer and nothing to be said.
    func answering(_ answer: Answer) -> Row { Row(what, request, from: sender, answer) }
}
