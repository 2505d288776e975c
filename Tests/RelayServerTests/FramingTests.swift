import RelayServer
import Testing

/// A request that must not reach a handler.
struct BadRequest: Sendable, CustomTestStringConvertible {
    let what: String
    let bytes: String
    let status: Int
    /// `nil` where the library refuses before it asks us.
    let fault: RequestFault?

    init(_ what: String, _ bytes: String, _ status: Int = 400, _ fault: RequestFault? = nil) {
        self.what = what
        self.bytes = bytes
        self.status = status
        self.fault = fault
    }

    var testDescription: String { what }

    private static func get(_ target: String, _ more: String = "") -> String {
        "GET \(target) HTTP/1.1\r\nHost: node\r\n\(more)\r\n"
    }

    private static func post(_ headers: String, _ body: String = "") -> String {
        "POST /task HTTP/1.1\r\nHost: node\r\n\(headers)\r\n\(body)"
    }

    static let lengths: [BadRequest] = [
        .init(
            "two equal lengths",
            post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"),
            400,
            .lengthRepeated
        ),
        .init(
            "two lengths",
            post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello!"),
            400,
            .lengthRepeated
        ),
        .init("a signed length", post("Content-Length: +5\r\n", "hello")),
        .init("a negative length", post("Content-Length: -5\r\n", "hello")),
        .init("a list of lengths", post("Content-Length: 5, 5\r\n", "hello")),
        .init("a hexadecimal length", post("Content-Length: 0x5\r\n", "hello")),
        .init("a fraction as length", post("Content-Length: 5.0\r\n", "hello")),
        .init("an empty length", post("Content-Length:\r\n", "hello")),
        .init(
            "a length of 20 digits",
            post("Content-Length: 00000000000000000005\r\n", "hello"),
            400,
            .lengthMalformed("00000000000000000005")
        ),
        .init(
            "a length over 63 bits",
            post("Content-Length: 9999999999999999999\r\n", "hello"),
            400,
            .lengthMalformed("9999999999999999999")
        ),
        .init("a length over 64 bits", post("Content-Length: 99999999999999999999\r\n", "hello"), 413),
        .init("no length", post(""), 411, .lengthMissing),
        .init(
            "length and chunked",
            post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
            411,
            .transferEncoding
        ),
        .init(
            "chunked",
            post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n"),
            411,
            .transferEncoding
        ),
        .init("an unknown transfer coding", post("Transfer-Encoding: gzip\r\n"), 411, .transferEncoding),
        .init("chunked on a GET", get("/", "Transfer-Encoding: chunked\r\n"), 411, .transferEncoding),
        .init(
            "a GET with a body",
            get("/", "Content-Length: 5\r\n") + "hello",
            400,
            .unexpectedBody(method: "GET")
        ),
        .init(
            "a coded body",
            post("Content-Length: 5\r\nContent-Encoding: gzip\r\n", "hello"),
            415,
            .contentEncoding("gzip")
        ),
    ]

    static let hosts: [BadRequest] = [
        .init("no host", "GET / HTTP/1.1\r\nAccept: *\r\n\r\n", 400, .hostMissing),
        .init("no header at all", "GET / HTTP/1.1\r\n\r\n", 400, .hostMissing),
        .init("two hosts", get("/", "Host: node\r\n"), 400, .hostRepeated),
        .init("a foreign host", "GET / HTTP/1.1\r\nHost: evil\r\n\r\n", 400, .hostForeign("evil")),
        .init(
            "a host like ours",
            "GET / HTTP/1.1\r\nHost: node.evil\r\n\r\n",
            400,
            .hostForeign("node.evil")
        ),
        .init(
            "a host with a name as port",
            "GET / HTTP/1.1\r\nHost: node:x\r\n\r\n",
            400,
            .hostForeign("node:x")
        ),
        .init("a host without its port", "GET / HTTP/1.1\r\nHost: node:\r\n\r\n", 400, .hostForeign("node:")),
        .init("an empty host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400, .hostForeign("")),
        .init("no host in HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", 400, .hostMissing),
    ]

    static let lines: [BadRequest] = [
        .init("a folded header", get("/", "X-A: b\r\n c\r\n"), 400, .lineEnding),
        .init("a blank before the colon", get("/", "X-A : b\r\n"), 400, .headerName),
        .init(
            "a length with a blank before the colon",
            post("Content-Length : 5\r\n", "hello"),
            400,
            .headerName
        ),
        .init("an empty header name", get("/", ": b\r\n"), 400, .lineEnding),
        .init("a header without a colon", get("/", "nonsense\r\n")),
        .init("a name in brackets", get("/", "X(A): b\r\n"), 400, .headerName),
        .init("a NUL in a value", get("/", "X-A: b\0c\r\nX-B: d\r\n"), 400, .lineEnding),
        .init("a NUL in the last value", get("/", "X-A: b\0c\r\n"), 400, .lineEnding),
        .init("a NUL at a value's end", get("/", "X-A: b\0\r\n"), 400, .lineEnding),
        .init("a NUL in a name", get("/", "X\0A: b\r\n")),
        .init("a control character in a value", get("/", "X-A: b\u{1}c\r\n"), 400, .headerValue(name: "x-a")),
        .init("a bare LF after a header", get("/", "X-A: b\nX-B: c\r\n"), 400, .lineEnding),
        .init("a bare LF after the last header", "GET / HTTP/1.1\r\nHost: node\n\r\n", 400, .lineEnding),
        .init("a bare LF after the request line", "GET / HTTP/1.1\nHost: node\r\n\r\n", 400, .lineEnding),
        .init("a bare LF as empty line", "GET / HTTP/1.1\r\nHost: node\r\n\n", 400, .lineEnding),
        .init(
            "a bare CR in a value",
            get("/", "X-A: b\rX-B: c\r\n"),
            400,
            .headerValue(name: "x-a")
        ),
        .init(
            "a head over the limit",
            get("/", "X-A: " + String(repeating: "a", count: 17_000) + "\r\n"),
            431,
            .headTooLarge(limit: 16 * 1024)
        ),
        .init(
            "a head over the buffer",
            get("/", "X-A: " + String(repeating: "a", count: 80_000) + "\r\n"),
            431
        ),
    ]

    static let targets: [BadRequest] = [
        .init("an absolute target", get("http://node/health"), 400, .targetForm),
        .init("an asterisk", "OPTIONS * HTTP/1.1\r\nHost: node\r\n\r\n", 400, .targetForm),
        .init("a target without a slash", get("health"), 400, .targetForm),
        .init("a %00 in the path", get("/a%00b"), 400, .percentNUL),
        .init("a %00 in the query", get("/a?b=%00"), 400, .percentNUL),
        .init("a % alone", get("/a%"), 400, .percentEncoding),
        .init("a % with one digit", get("/a%4"), 400, .percentEncoding),
        .init("a % with a letter past f", get("/a%4g"), 400, .percentEncoding),
        .init("a % with a sign", get("/a?b=%+1"), 400, .percentEncoding),
        .init("a NUL in the path", get("/a\0b"), 400, .lineEnding),
        .init("a NUL in the method", "GET\0 / HTTP/1.1\r\nHost: node\r\n\r\n", 400, .lineEnding),
        .init("two blanks before the target", "GET  / HTTP/1.1\r\nHost: node\r\n\r\n", 400, .lineEnding),
        .init("a blank in the target", get("/a b"), 400, .targetCharacter),
        .init("a fragment", get("/a#b"), 400, .targetCharacter),
        .init("raw UTF-8 in the path", get("/\u{e9}"), 400, .targetCharacter),
        .init("a parameter without a name", get("/a?=b"), 400, .queryName),
        .init("an empty parameter", get("/a?b=c&"), 400, .queryName),
        .init("a parameter's name not ASCII", get("/a?%c3%a9=b"), 400, .queryName),
        .init("a method in brackets", "G(T / HTTP/1.1\r\nHost: node\r\n\r\n", 400, .method),
        .init("an unknown version", "GET / HTTP/3.7\r\nHost: node\r\n\r\n", 505),
    ]
}

@Suite("Framing", .timeLimit(.minutes(10)))
struct FramingTests {
    @Test(arguments: BadRequest.lengths + BadRequest.hosts + BadRequest.lines + BadRequest.targets)
    func aBadRequestIsRefusedAndItsConnectionClosed(_ bad: BadRequest) throws {
        try withServer({ _, _ in .respond(.text("reached")) }) { running in
            let client = try running.client()
            try client.send(bad.bytes)
            #expect(try client.answer().status == bad.status)
            client.finishSending()
            // libmicrohttpd 0.9.75 sends the head of some answers of its own twice.
            #expect(bad.fault == nil ? client.endsAfterRest() : client.isClosed())
            #expect(running.handler.faults == (bad.fault.map { [$0] } ?? []))
        }
    }
}
