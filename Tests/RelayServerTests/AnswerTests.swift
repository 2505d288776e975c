import Glibc
import RelayServer
import Synchronization
import Testing

private func get(_ path: String = "/", _ more: String = "") -> String {
    "GET \(path) HTTP/1.1\r\nHost: node\r\n\(more)\r\n"
}

@Suite("Answers", .timeLimit(.minutes(10)))
struct AnswerTests {
    @Test(arguments: ["node", "NODE", "node:80", "127.0.0.1:18100", "[::1]:80", "[::1]"])
    func everyNameOfTheListenerIsTaken(_ host: String) throws {
        let listener = try Listener.tcp(address: "127.0.0.1", port: 0, hosts: ["node", "127.0.0.1", "::1"])
        try withServer(listener: listener, { _, _ in .respond(.text("ok")) }) { running in
            let client = try running.client()
            try client.send("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n")
            #expect(try client.answer().text == "ok")
        }
    }

    @Test func theHeadIsHandedOnAsItWasSent() throws {
        let heads = Mutex<[RequestHead]>([])
        try withServer({ head, _ in
            heads.withLock { $0.append(head) }
            return .respond(.text("ok"))
        }) { running in
            let client = try running.client()
            try client.send(
                get("/a%20b/c?x=1+2%2B&y=%ff&z", "X-One:  two \t\r\nX-Two: \r\nX-Three:\u{fc}\r\n")
            )
            #expect(try client.answer().status == 200)
        }
        let head = try #require(heads.withLock { $0.first })
        #expect(head.method == "GET")
        #expect(head.path == "/a%20b/c")
        #expect(head.query.map(\.name) == ["x", "y", "z"])
        #expect(head.query.map(\.value) == [Array("1+2+".utf8), [0xFF], []])
        #expect(head.headers.map(\.name) == ["host", "x-one", "x-two", "x-three"])
        #expect(head.header("x-one") == "two")
        #expect(head.header("x-two") == "")
        #expect(head.header("x-three") == "\u{fc}")
        #expect(head.contentLength == nil)
        guard case .tcp("127.0.0.1", let port) = head.peer else {
            Issue.record("the peer is \(head.peer)")
            return
        }
        #expect(port != 0)
    }

    @Test func oneConnectionServesManyRequests() throws {
        try withServer({ head, _ in .respond(.text(head.path)) }) { running in
            let client = try running.client()
            for number in 0..<100 {
                try client.send(get("/\(number)"))
                #expect(try client.answer().text == "/\(number)")
            }
            #expect(running.server.openConnections == 1)
        }
    }

    @Test func pipelinedRequestsAreAnsweredInOrder() throws {
        try withServer({ head, responder in
            if head.method == "POST" {
                return .collect(limit: 100) { responder.respond(.text(String(decoding: $0, as: UTF8.self))) }
            }
            let path = head.path
            _ = Worker { responder.respond(.text(path)) }
            return .later
        }) { running in
            let client = try running.client()
            let post = "POST / HTTP/1.1\r\nHost: node\r\nContent-Length: 4\r\n\r\nbody"
            let empty = "POST / HTTP/1.1\r\nHost: node\r\nContent-Length: 0\r\n\r\n"
            try client.send(get("/1") + post + get("/2") + empty + get("/3"))
            #expect(try (0..<5).map { _ in try client.answer().text } == ["/1", "body", "/2", "", "/3"])
        }
    }

    @Test func aSmuggledRequestIsNotServed() throws {
        let paths = Mutex<[String]>([])
        try withServer({ head, _ in
            paths.withLock { $0.append(head.path) }
            return .respond(.text("no", status: 405))
        }) { running in
            let client = try running.client()
            let inner = get("/inner")
            try client.send(
                "DELETE /outer HTTP/1.1\r\nHost: node\r\nContent-Length: \(inner.utf8.count)\r\n\r\n\(inner)"
            )
            #expect(try client.answer().status == 405)
            client.finishSending()
            #expect(client.isClosed())
        }
        #expect(paths.withLock { $0 } == ["/outer"])
    }

    @Test func aHeadIsAnsweredWithoutTheBody() throws {
        try withServer({ head, _ in .respond(.text("12345", status: head.method == "HEAD" ? 200 : 404)) }) {
            running in
            let client = try running.client()
            for _ in 0..<2 {
                try client.send("HEAD / HTTP/1.1\r\nHost: node\r\n\r\n")
                let answer = try client.answer(head: true)
                #expect(answer.status == 200)
                #expect(answer.headers["content-length"] == "5")
            }
        }
    }

    @Test func anAnswerFromAnotherThreadReachesItsRequest() throws {
        let waiting = Mutex<[(String, Responder)]>([])
        let came = Signal()
        try withServer({ head, responder in
            waiting.withLock { $0.append((head.path, responder)) }
            came.fire()
            return .later
        }) { running in
            let clients = try (0..<5).map { _ in try running.client() }
            for (number, client) in clients.enumerated() { try client.send(get("/\(number)")) }
            for _ in clients { #expect(came.wait()) }
            for (path, responder) in waiting.withLock({ $0 }).reversed() {
                responder.respond(.text(path))
                responder.respond(.text("the second call is ignored"))
            }
            for (number, client) in clients.enumerated() { #expect(try client.answer().text == "/\(number)") }
        }
    }

    @Test func theHeadersOfAnAnswerArriveButForThoseOfTheServer() throws {
        let headers = [
            ("X-One", "1"), ("X-Empty", ""), ("Content-Length", "77"), ("Connection", "upgrade"),
            ("Transfer-Encoding", "chunked"), ("Retry-After", "5"),
        ]
        try withServer({ _, _ in .respond(Response(status: 503, headers: headers, body: [65])) }) { running in
            let client = try running.client()
            for _ in 0..<2 {
                try client.send(get())
                let answer = try client.answer()
                #expect(answer.status == 503)
                #expect(answer.text == "A")
                #expect(
                    answer.headers.filter { $0.key != "date" } == [
                        "x-one": "1", "content-length": "1", "retry-after": "5",
                    ]
                )
            }
        }
    }

    @Test func anAnswerMayAskForTheConnectionToClose() throws {
        try withServer({ _, _ in
            var response = Response.text("bye")
            response.closes = true
            return .respond(response)
        }) { running in
            let client = try running.client()
            try client.send(get())
            #expect(try client.answer().headers["connection"] == "close")
            #expect(client.isClosed())
        }
    }

    @Test(arguments: ["a\r\nSet-Cookie: b", "a\nb", "a\0b"])
    func anAnswerThatWouldSplitIsReplacedByABareOne(_ value: String) throws {
        try withServer({ _, _ in .respond(Response(status: 200, headers: [("Location", value)])) }) {
            running in
            let client = try running.client()
            try client.send(get())
            #expect(try client.answer().status == 500)
        }
    }

    @Test func aPeerThatResetsWhileItIsAnsweredHarmsNobody() throws {
        let large = Response(status: 200, body: [UInt8](repeating: 7, count: 8_000_000))
        try withServer({ head, _ in .respond(head.path == "/large" ? large : .text("ok")) }) { running in
            for _ in 0..<20 {
                let rude = try running.client()
                rude.narrowReceiving()
                rude.resetOnClose()
                try rude.send(get("/large"))
            }
            let client = try running.client()
            try client.send(get("/large"))
            #expect(try client.answer().body == large.body)
            try client.send(get())
            #expect(try client.answer().text == "ok")
        }
    }

    @Test func aLongPollWhosePeerLeavesIsGone() throws {
        let responders = Mutex<[Responder]>([])
        let came = Signal()
        try withServer(
            limits: ServerLimits(idleTimeout: .milliseconds(100)),
            { _, responder in
                responders.withLock { $0.append(responder) }
                came.fire()
                return .later
            }
        ) { running in
            do {
                let client = try running.client()
                try client.send(get())
                #expect(came.wait())
            }
            let responder = try #require(responders.withLock { $0.first })
            let gone = Signal()
            waitUntil(running.server, gone) { responder.isGone }
            #expect(gone.wait())
            responder.respond(.text("for nobody"))
        }
    }
}
