import RelayWire

/// Who somebody says that he is, and what he asks for that no wire may ask for.
enum SenderAttacks {
    private static let relay = RelaySample("attack-1")

    /// What a proxy would say of a client; nobody may believe it.
    private static let lies = [
        "X-Forwarded-For: 127.0.77.2", "X-Real-IP: 127.0.77.2", "Forwarded: for=127.0.77.2",
        "X-Client-IP: 127.0.77.2", "Tailscale-User-Login: root@example.com", "Tailscale-User-Name: nano",
        "X-Remote-User: nano", "Authorization: Basic bmFubzpuYW5v", "Cookie: node=nano",
    ]

    private static func name(_ header: String) -> String { String(header.prefix { $0 != ":" }) }

    static let headers: [Row] = lies.flatMap { lie in
        let document = Request.post("/task", relay.bytes, ["Content-Type: application/json", lie])
        return [
            Row("a stranger with \(name(lie))", document, from: .stranger, .problem(403, "forbidden")),
            Row("jp as nano with \(name(lie))", document, from: .jp, .problem(403, "sender-mismatch")),
            Row(
                "a stranger who reads with \(name(lie))",
                .get("/status", [lie]),
                from: .stranger,
                .problem(403, "forbidden")
            ),
        ]
    }

    /// A page in a browser that has been told that its own name is our address (DNS rebinding).
    private static func rebinding(_ host: String) -> Row {
        let head = "POST /task HTTP/1.1\r\nHost: \(host)\r\nContent-Type: application/json\r\n"
        let length = "Content-Length: \(relay.bytes.count)\r\n\r\n"
        return Row(
            "a document for the host \(host)",
            Request(Array((head + length).utf8) + relay.bytes),
            .problem(400, "bad-request")
        )
    }

    static let hosts = [
        "evil.example", "sg.evil.example", "evil.example:18102", "127.0.0.1", "0.0.0.0", "[::1]",
        "127.0.77.2", "sg.", "xn--sg-", "sg,evil.example", "sg evil.example", "sg\tevil.example",
        "2130726147",
    ].map(rebinding)

    /// Documents that would have something run, or a file fetched, if anybody listened.
    static let commands: [Row] =
        ["exec", "shell", "run", "eval", "upload", "Claim", "claim ", "__proto__"].map { kind in
            Row(
                "a document of the kind \(kind)",
                .task(relay.json.with("kind", .string(kind)).encoded),
                .problem(400, "malformed"),
                says: kind == "claim " ? nil : "kind"
            )
        }
        + [
            ("command", JSON.array(["sh", "-c", "id"])), ("processor", "x"), ("path", "/etc/passwd"),
            ("url", "http://evil.example/"), ("environment", .object([])), ("key", "ed25519:AAAA"),
        ].map { name, value in
            Row(
                "a document with the field \(name)",
                .task(relay.json.with(name, value).encoded),
                .problem(400, "malformed"),
                says: name
            )
        }

    static let all: [Attack] =
        Attack.of(.spoofedHeader, headers + hosts) + Attack.of(.injectedCommand, commands)
        + Attack.of(.stranger, SenderTests.senders.filter(\.isRefused))
        + Attack.of(.compromisedNode, SenderTests.verbs)
}
