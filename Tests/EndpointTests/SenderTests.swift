import RelayWire
import Testing

/// Who may do what: strangers, nodes that share an address, `accepts`, and the local verbs over TCP.
@Suite(.timeLimit(.minutes(10))) struct SenderTests {
    private static let relay = RelaySample("who-1")
    private static let file = Request.upload("a.md", "x", job: "who-1")

    private static func uploadFrom(_ node: String) -> Request {
        .post("/upload?job=who-1&name=a.md&from=\(node)", [1])
    }

    static let senders: [Row] = [
        Row("a stranger's document", relay.request, from: .stranger, .problem(403, "forbidden")),
        Row("a stranger's upload", file, from: .stranger, .problem(403, "forbidden")),
        Row("a stranger's question", .get("/status"), from: .stranger, .problem(403, "forbidden")),
        Row(
            "a stranger's question for events",
            .get("/status?since=0"),
            from: .stranger,
            .problem(403, "forbidden")
        ),
        Row("a stranger who says who it is", uploadFrom("nano"), from: .stranger, .problem(403, "forbidden")),
        Row("a stranger with a broken document", .task([0x7B]), from: .stranger, .problem(403, "forbidden")),
        Row(
            "an upload of a node that is not accepted",
            file,
            from: .jp,
            .problem(403, "not-accepted"),
            says: "accepts.jp"
        ),
        Row(
            "an upload in another's name",
            uploadFrom("main"),
            from: .nano,
            .problem(403, "sender-mismatch"),
            says: "nano"
        ),
        Row(
            "an upload of nobody's name",
            uploadFrom("nobody"),
            from: .nano,
            .problem(403, "sender-mismatch")
        ),
        Row(
            "an upload from a shared address",
            file,
            from: .twins,
            .problem(400, "bad-parameter"),
            says: "left, right"
        ),
        Row(
            "an upload of one of two",
            uploadFrom("left"),
            from: .twins,
            .problem(403, "not-accepted"),
            says: "accepts.left"
        ),
        Row(
            "an upload of a third from a shared address",
            uploadFrom("nano"),
            from: .twins,
            .problem(403, "sender-mismatch")
        ),
        Row(
            "an upload through the socket in another's name",
            uploadFrom("nano"),
            from: .local,
            .problem(403, "sender-mismatch")
        ),
        Row("an upload of the node itself over TCP", file, from: .sg, .success(201), changes: true),
        Row(
            "an upload through the socket",
            .upload("b.md", "x", job: "who-1"),
            from: .local,
            .success(201),
            changes: true
        ),
        Row(
            "a document in another's name",
            relay.request,
            from: .jp,
            .problem(403, "sender-mismatch"),
            says: "jp"
        ),
        Row(
            "a document in another's name through the socket",
            relay.request,
            from: .local,
            .problem(403, "sender-mismatch")
        ),
        Row(
            "a document from a shared address",
            relay.request,
            from: .twins,
            .problem(403, "sender-mismatch"),
            says: "left, right"
        ),
        Row(
            "a document of a node that is not accepted",
            RelaySample("who-1") { $0.from = "jp" }.request,
            from: .jp,
            .problem(403, "not-accepted"),
            says: "accepts.jp"
        ),
        Row(
            "a document of one of two that is not accepted",
            RelaySample("who-1") { $0.from = "left" }.request,
            from: .twins,
            .problem(403, "not-accepted"),
            says: "accepts.left"
        ),
        Row(
            "a document for another node",
            RelaySample("who-1") { $0.to = "jp" }.request,
            .problem(403, "not-for-this-node")
        ),
        Row(
            "a cancel from nano",
            ControlSample(.cancel, "who-1") { $0.from = "nano" }.request,
            .problem(403, "not-accepted"),
            says: "cancel"
        ),
        Row(
            "a cancel in main's name",
            ControlSample(.cancel, "who-1").request,
            .problem(403, "sender-mismatch")
        ),
    ]

    /// Each verb as far as the door looks at it.
    static let verbs: [Row] =
        LocalRequest.Verb.allCases.map { verb in
            let body = "{\"baton\":1,\"kind\":\"\(verb.rawValue)\",\"instance\":\"i\",\"request\":\"r\"}"
            return Row("\(verb.rawValue) over TCP", .task(Array(body.utf8)), .problem(403, "local-only"))
        } + [
            Row("claim over TCP without an instance", local("claim", ""), .problem(403, "local-only")),
            Row("claim over TCP from main", local("claim"), from: .main, .problem(403, "local-only")),
            Row(
                "claim over TCP from the node itself",
                local("claim"),
                from: .sg,
                .problem(403, "local-only")
            ),
            Row(
                "claim over TCP from a stranger",
                local("claim"),
                from: .stranger,
                .problem(403, "forbidden")
            ),
        ]

    /// A local request; `more` are its members behind the kind.
    static func local(_ verb: String, _ more: String = ",\"instance\":\"i\",\"request\":\"r\"") -> Request {
        .task(Array("{\"baton\":1,\"kind\":\"\(verb)\"\(more)}".utf8))
    }

    private static func local(_ verb: String, fields: String) -> Request {
        local(verb, ",\"instance\":\"i\",\"request\":\"\(verb)\",\(fields)")
    }

    private static func malformed(_ what: String, _ request: Request, _ says: String) -> Row {
        Row("local: \(what)", request, from: .local, .problem(400, "malformed"), says: says)
    }

    private static func unknown(_ verb: String, _ fields: String, _ code: String = "unknown-task") -> Row {
        Row("local: \(verb) of nothing", local(verb, fields: fields), from: .local, .problem(404, code))
    }

    private static let claim = "\"task\":\"none.sg.1\",\"epoch\":1"

    static let requests: [Row] = [
        malformed("an unknown verb", local("claims"), "claim"),
        malformed("no request", local("claim", ",\"instance\":\"i\""), "request"),
        malformed("an empty instance", local("claim", ",\"instance\":\"\",\"request\":\"r\""), "instance"),
        malformed(
            "an instance with a slash",
            local("claim", ",\"instance\":\"a/b\",\"request\":\"r\""),
            "instance"
        ),
        malformed("an unknown field", local("claim", fields: "\"wait\":1"), "wait"),
        malformed("a wait of 61 s", local("claim", fields: "\"wait_s\":61"), "wait_s"),
        malformed("a task that is no id", local("claim", fields: "\"task\":\"a.b\""), "task"),
        malformed("renew without an epoch", local("renew", fields: "\"task\":\"none.sg.1\""), "epoch"),
        malformed("epoch 0", local("renew", fields: "\"task\":\"none.sg.1\",\"epoch\":0"), "epoch"),
        malformed(
            "a control that is none",
            local("control", fields: "\"control\":\"close\",\"job\":\"x\""),
            "nudge or cancel"
        ),
        unknown("renew", claim), unknown("produced", claim + ",\"outputs\":[],\"processor\":\"x\""),
        unknown("blocked", claim + ",\"reason\":{\"code\":\"x\",\"text\":\"x\",\"expected\":[]}"),
        unknown("released", claim + ",\"why\":\"x\",\"delays\":false"), unknown("closeout", claim),
        unknown("resolve", "\"task\":\"none.sg.1\",\"why\":\"x\""),
        unknown("attempt", "\"delivery\":7,\"error\":\"x\"", "unknown-delivery"),
        unknown(
            "handed-on",
            "\"delivery\":7,\"receipt\":{\"state\":\"stored\",\"digest\":\"\(String(repeating: "a", count: 64))\",\"seq\":1}",
            "unknown-delivery"
        ),
        Row(
            "local: an order at sg",
            local("order", fields: "\"job\":\"who-1\",\"attachments\":[]"),
            from: .local,
            .problem(403, "not-main")
        ),
        Row(
            "local: a reorder at sg",
            local("reorder", fields: "\"job\":\"who-1\",\"stage\":\"sg\""),
            from: .local,
            .problem(404, "unknown-job")
        ),
        Row(
            "local: a control at sg",
            local("control", fields: "\"control\":\"cancel\",\"job\":\"who-1\""),
            from: .local,
            .problem(404, "unknown-job")
        ),
        Row(
            "local: observed at sg",
            local("observed", fields: "\"node\":\"nano\",\"seq\":1,\"events\":[]"),
            from: .local,
            .success(200)
        ),
        Row("local: a claim of nothing", local("claim"), from: .local, .success(200), says: "\"task\":null"),
        Row("local: a delivery of nothing", local("deliver"), from: .local, .success(200)),
    ]

    static var count: Int { senders.count + verbs.count + requests.count }

    @Test func everybodyMayDoWhatAcceptsSays() async throws {
        try await withNode { try $0.check(Self.senders + Self.verbs + Self.requests) }
    }
}
