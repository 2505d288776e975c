/// Requests that two readers would read in two ways, and floods of headers.
enum WireAttacks {
    private static func post(_ headers: String, _ body: String = "{}") -> Request {
        let head = "POST /task HTTP/1.1\r\nHost: sg\r\nContent-Type: application/json\r\n"
        return Request(raw: "\(head)\(headers)\r\n\(body)")
    }

    private static func bad(_ what: String, _ request: Request, _ answer: Row.Answer = bad) -> Row {
        Row("wire: \(what)", request, answer)
    }

    private static let bad = Row.Answer.problem(400, "bad-request")
    private static let chunked = Row.Answer.problem(411, "length-required")

    static let lengths: [Row] = [
        bad("an empty length", post("Content-Length:\r\n"), .library(400)),
        bad("a length with a blank in it", post("Content-Length: 2 2\r\n"), .library(400)),
        bad("a length with a letter behind it", post("Content-Length: 2x\r\n"), .library(400)),
        bad("a length in another script", post("Content-Length: \u{0662}\r\n"), .library(400)),
        bad("a length with a tab before the colon", post("Content-Length\t: 2\r\n")),
        bad(
            "a second length with a blank before the colon",
            post("Content-Length: 2\r\nContent-Length : 0\r\n")
        ),
        bad("a second length of nothing", post("Content-Length: 2\r\nContent-Length: 0\r\n")),
        bad("a second length in another case", post("Content-Length: 2\r\ncontent-LENGTH: 0\r\n")),
        bad("a folded length", post("Content-Length:\r\n 2\r\n")),
        bad(
            "a length in the fold of another header",
            post("X-A: b\r\n Content-Length: 0\r\nContent-Length: 2\r\n")
        ),
    ]

    static let codings: [Row] = [
        bad(
            "chunked before the length",
            post("Transfer-Encoding: chunked\r\nContent-Length: 2\r\n", "0\r\n\r\n"),
            chunked
        ),
        bad(
            "chunked twice",
            post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
            chunked
        ),
        bad(
            "chunked and identity",
            post("Content-Length: 2\r\nTransfer-Encoding: chunked, identity\r\n"),
            chunked
        ),
        bad("identity", post("Content-Length: 2\r\nTransfer-Encoding: identity\r\n"), chunked),
        bad(
            "a coding that nobody has",
            post("Content-Length: 2\r\nTransfer-Encoding: xchunked\r\n"),
            chunked
        ),
        bad("an empty coding", post("Content-Length: 2\r\nTransfer-Encoding:\r\n"), chunked),
        bad("chunked in capitals", post("Content-Length: 2\r\nTRANSFER-ENCODING: CHUNKED\r\n"), chunked),
        bad(
            "chunked behind a vertical tab",
            post("Content-Length: 2\r\nTransfer-Encoding: \u{0B}chunked\r\n")
        ),
        bad(
            "chunked with a blank before the colon",
            post("Content-Length: 2\r\nTransfer-Encoding : chunked\r\n")
        ),
        bad("chunked in a fold", post("Content-Length: 2\r\nTransfer-Encoding:\r\n chunked\r\n")),
        bad(
            "chunked in HTTP/1.0",
            Request(raw: "POST /task HTTP/1.0\r\nHost: sg\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            chunked
        ),
    ]

    static let heads: [Row] = [
        bad("a header before any name", post(": x\r\nContent-Length: 2\r\n")),
        bad(
            "a first header that is folded",
            Request(raw: "GET /status HTTP/1.1\r\n X: y\r\nHost: sg\r\n\r\n")
        ),
        bad("a header without a colon", post("Content-Length\r\nContent-Length: 2\r\n"), .library(400)),
        bad("two hosts in one line", Request(raw: "GET /status HTTP/1.1\r\nHost: sg, sg\r\n\r\n")),
        bad(
            "a foreign host in the target",
            Request(raw: "GET http://evil.example/status HTTP/1.1\r\nHost: sg\r\n\r\n")
        ),
        bad(
            "a second host in another case",
            Request(raw: "GET /status HTTP/1.1\r\nHost: sg\r\nHOST: evil\r\n\r\n")
        ),
        bad("10,000 headers", post((0..<10_000).map { "X-\($0): a\r\n" }.joined()), .library(431)),
        bad("10,000 hosts", post(String(repeating: "Host: sg\r\n", count: 10_000)), .library(431)),
        bad("a header of 1 MB", post("X: \(String(repeating: "a", count: 1_000_000))\r\n"), .library(431)),
        bad("a target of 1 MB", .get("/\(String(repeating: "a", count: 1_000_000))"), .library(414)),
        bad(
            "a version that is none",
            Request(raw: "GET /status HTTP/9.9x\r\nHost: sg\r\n\r\n"),
            .library(400)
        ),
        bad("two blanks in the request line", Request(raw: "GET  /status HTTP/1.1\r\nHost: sg\r\n\r\n")),
    ]

    /// What is no HTTP/1.1, and what a proxy in front of us would put before it.
    static let protocols: [Row] = [
        bad(
            "a proxy's line about another client",
            Request(raw: "PROXY TCP4 127.0.77.2 127.0.77.3 1 2\r\nGET /status HTTP/1.1\r\nHost: sg\r\n\r\n"),
            .library(400)
        ),
        bad("HTTP/2", Request(raw: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), .library(505)),
        bad(
            "HTTP/2 in the words of HTTP/1",
            Request(raw: "GET /status HTTP/2.0\r\nHost: sg\r\n\r\n"),
            .library(505)
        ),
        bad("HTTP/0.9", Request(raw: "GET /status\r\n\r\n"), .library(400)),
        bad(
            "a version in small letters",
            Request(raw: "GET /status http/1.1\r\nHost: sg\r\n\r\n"),
            .library(400)
        ),
    ]

    static let all: [Attack] =
        Attack.of(.oddLength, lengths + FramingTests.lengths)
        + Attack.of(.smuggling, codings + heads + protocols + FramingTests.heads + FramingTests.targets)

    /// What is tried with a second request hidden behind it.
    static let smugglers = lengths + codings + heads + protocols + FramingTests.lengths + FramingTests.heads
}
