import Testing

/// Requests whose head breaks a rule of framing.
@Suite(.timeLimit(.minutes(10))) struct FramingTests {
    private static func get(_ more: String = "", host: String = "Host: sg\r\n") -> Request {
        Request(raw: "GET /status HTTP/1.1\r\n\(host)\(more)\r\n")
    }

    private static func post(_ headers: String, _ body: String = "") -> Request {
        Request(
            raw: "POST /task HTTP/1.1\r\nHost: sg\r\nContent-Type: application/json\r\n\(headers)\r\n\(body)"
        )
    }

    private static func bad(
        _ what: String,
        _ request: Request,
        _ status: Int = 400,
        _ code: String = "bad-request"
    ) -> Row {
        Row(what, request, .problem(status, code))
    }

    static let lengths: [Row] = [
        bad("two equal lengths", post("Content-Length: 2\r\nContent-Length: 2\r\n", "{}")),
        bad("two lengths", post("Content-Length: 2\r\nContent-Length: 3\r\n", "{}")),
        bad("a length of 20 digits", post("Content-Length: 00000000000000000002\r\n", "{}")),
        bad("a length over 63 bits", post("Content-Length: 9999999999999999999\r\n", "{}")),
        bad("a large length", post("Content-Length: 262145\r\n"), 413, "too-large"),
        bad("a huge length", post("Content-Length: 9223372036854775807\r\n"), 413, "too-large"),
        bad("no length", post(""), 411, "length-required"),
        bad(
            "chunked",
            post("Transfer-Encoding: chunked\r\n", "2\r\n{}\r\n0\r\n\r\n"),
            411,
            "length-required"
        ),
        bad(
            "length and chunked",
            post("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
            411,
            "length-required"
        ),
        bad("an unknown transfer coding", post("Transfer-Encoding: gzip\r\n"), 411, "length-required"),
        bad(
            "a coded body",
            post("Content-Length: 2\r\nContent-Encoding: gzip\r\n", "{}"),
            415,
            "unsupported-coding"
        ),
        bad(
            "an identity coding",
            post("Content-Length: 2\r\nContent-Encoding: identity\r\n", "{}"),
            415,
            "unsupported-coding"
        ),
        bad(
            "a GET with a body",
            Request(raw: "GET /status HTTP/1.1\r\nHost: sg\r\nContent-Length: 2\r\n\r\n{}")
        ),
        bad("a length with a blank before the colon", post("Content-Length : 2\r\n", "{}")),
        Row("a signed length", post("Content-Length: +2\r\n", "{}"), .library(400)),
        Row("a negative length", post("Content-Length: -2\r\n", "{}"), .library(400)),
        Row("a list of lengths", post("Content-Length: 2, 2\r\n", "{}"), .library(400)),
        Row("a hexadecimal length", post("Content-Length: 0x2\r\n", "{}"), .library(400)),
        Row("a fraction as length", post("Content-Length: 2.0\r\n", "{}"), .library(400)),
        Row("a length over 64 bits", post("Content-Length: 99999999999999999999\r\n", "{}"), .library(413)),
    ]

    static let heads: [Row] = [
        bad("no host", get(host: "")),
        bad("two hosts", get("Host: sg\r\n")),
        bad("two different hosts", get("Host: relay.example\r\n")),
        bad("a foreign host", get(host: "Host: evil.example\r\n")),
        bad("a host that begins like ours", get(host: "Host: sg.evil.example\r\n")),
        bad("a host with a user", get(host: "Host: evil@sg\r\n")),
        bad("a host with a path", get(host: "Host: sg/x\r\n")),
        bad("a host with a word as port", get(host: "Host: sg:http\r\n")),
        bad("an address that is not ours", get(host: "Host: 127.0.77.2\r\n")),
        bad("an empty host", get(host: "Host:\r\n")),
        bad("no host in HTTP/1.0", Request(raw: "GET /status HTTP/1.0\r\n\r\n")),
        bad("a folded header", get("X-A: b\r\n c\r\n")),
        bad("a header folded with a tab", get("X-A: b\r\n\tc\r\n")),
        bad("a blank before the colon", get("X-A : b\r\n")),
        bad("a bare LF", get("X-A: b\nX-B: c\r\n")),
        bad("only bare LFs", Request(raw: "GET /status HTTP/1.1\nHost: sg\n\n")),
        bad("a bare CR", get("X-A: b\rc\r\n")),
        bad("a NUL in a value", get("X-A: b\0c\r\n")),
        bad("a control character in a value", get("X-A: b\u{1B}[2Jc\r\n")),
        bad(
            "a value that is not UTF-8",
            Request(Array("GET /status HTTP/1.1\r\nHost: sg\r\nX-A: ".utf8) + [0xFF] + Array("\r\n\r\n".utf8))
        ),
        bad("a name that is no token", get("X(A): b\r\n")),
        bad("a huge header", get("X-A: \(String(repeating: "a", count: 17_000))\r\n"), 431, "head-too-large"),
        bad(
            "many headers",
            get((0..<200).map { "X-\($0): \(String(repeating: "a", count: 90))\r\n" }.joined()),
            431,
            "head-too-large"
        ),
        Row("very many headers", get((0..<1500).map { "X-\($0): abcdef\r\n" }.joined()), .library(431)),
        bad(
            "a huge target",
            Request(
                raw: "GET /status?task=\(String(repeating: "a", count: 17_000)) HTTP/1.1\r\nHost: sg\r\n\r\n"
            ),
            431,
            "head-too-large"
        ),
        Row(
            "a head beyond the library's buffer",
            get("X-A: \(String(repeating: "a", count: 90_000))\r\n"),
            .library(431)
        ),
    ]

    static let targets: [Row] = [
        bad("a target in absolute form", Request(raw: "GET http://sg/status HTTP/1.1\r\nHost: sg\r\n\r\n")),
        bad(
            "a target of another host",
            Request(raw: "GET http://evil.example/ HTTP/1.1\r\nHost: sg\r\n\r\n")
        ),
        bad("an asterisk", .get("*", method: "OPTIONS")),
        bad("an authority", .get("evil.example:443", method: "CONNECT")),
        bad("a target without a slash", .get("status")),
        bad("a fragment", .get("/status#x")),
        bad("a NUL in the path", .get("/status%00")),
        bad("a NUL in a parameter", .get("/status?task=%00")),
        bad("a percent sign alone", .get("/status?task=%")),
        bad("half of a percent-encoding", .get("/status?task=%4")),
        bad("letters that are no hexadecimal digits", .get("/status?task=%zz")),
        bad(
            "a byte outside ASCII",
            Request(
                Array("GET /status?task=".utf8) + [0xC3, 0xA9] + Array(" HTTP/1.1\r\nHost: sg\r\n\r\n".utf8)
            )
        ),
        bad("a parameter without a name", .get("/status?=x")),
        bad("an empty parameter", .get("/status?&")),
        bad("a method that is no token", .get("/status", method: "GE(T")),
    ]

    static var count: Int { lengths.count + heads.count + targets.count }

    @Test func aHeadThatBreaksFramingIsRefusedAndChangesNothing() async throws {
        try await withNode { try $0.check(Self.lengths + Self.heads + Self.targets) }
    }
}
