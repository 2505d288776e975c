import RelayClient
import Synchronization
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite(.timeLimit(.minutes(10))) struct HTTPClientTests {
    /// Answers every request on a connection with what it was: first line, headers, then the body.
    static func echo(_ peer: Peer) {
        while let request = peer.readRequest() {
            let head = (request.lines + [peer.remoteAddress, ""]).joined(separator: "\n")
            peer.answer("200 OK", Array(head.utf8) + request.body)
        }
    }

    static func text(_ response: ClientResponse) -> [String] {
        String(decoding: response.body, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    @Test func aGetIsSentAsItWasWritten() throws {
        let server = TinyServer(Self.echo)
        let target = "/a/../b//c?x=%2F&y=\(percentEncoded("ü &"))"
        let headers = [("Accept", "text/plain"), ("X-Empty", "")]
        let response = try HTTPClient(to: server.destination).send(.init(target: target, headers: headers))
        #expect(response.status == 200)
        let lines = Self.text(response)
        #expect(lines.first == "GET /a/../b//c?x=%2F&y=%C3%BC%20%26 HTTP/1.1")
        guard case .tcp(_, let port, _) = server.destination else { return }
        let sent = Set(lines.dropFirst().dropLast())
        #expect(sent == ["Host: 127.0.0.1:\(port)", "Accept: text/plain", "X-Empty:"])
    }

    @Test func responseHeadersAreLowerCasedAndInterimAnswersLeftOut() throws {
        let server = TinyServer { peer in
            _ = peer.readRequest()
            peer.write("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")
            peer.answer("404 Not Found", Array("no".utf8), headers: ["X-A:  one \t", "x-a: two", "ETag:"])
            peer.waitForEnd()
        }
        let response = try HTTPClient(to: server.destination).send(.init(target: "/"))
        #expect(response.status == 404)
        #expect(response.headers.map(\.name) == ["content-length", "x-a", "x-a", "etag"])
        #expect(response.headers.map(\.value) == ["2", "one", "two", ""])
        #expect(response.header("X-A") == "one")
        #expect(response.header("absent") == nil)
        #expect(response.body == Array("no".utf8))
    }

    @Test(arguments: [0, 1, 1000, 3 << 20])
    func aPostOfBytesArrivesWhole(_ size: Int) throws {
        let server = TinyServer { peer in
            while let request = peer.readRequest() {
                let framed = request.values("content-length") == ["\(size)"]
                let typed = request.values("content-type") == ["application/octet-stream"]
                let whole = request.body == (0..<size).map { UInt8(truncatingIfNeeded: $0) }
                peer.answer(framed && typed && whole ? "201 Created" : "400 Bad Request")
            }
        }
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0) }
        let body = RequestBody.bytes(bytes, type: "application/octet-stream")
        let response = try HTTPClient(to: server.destination).send(
            .init(method: .post, target: "/upload", body: body)
        )
        #expect(response.status == 201)
    }

    @Test func aPostWithoutABodySaysSo() throws {
        let server = TinyServer(Self.echo)
        let response = try HTTPClient(to: server.destination).send(.init(method: .post, target: "/"))
        let lines = Self.text(response)
        #expect(lines.first == "POST / HTTP/1.1")
        #expect(lines.contains("Content-Length: 0"))
        #expect(!lines.contains { $0.hasPrefix("Content-Type") || $0.hasPrefix("Expect") })
    }

    @Test func aPostOfAFileArrivesWholeAndLeavesItsPosition() throws {
        let scratch = Scratch()
        let bytes = (0..<(6 << 20) + 5).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        let descriptor = scratch.file(bytes)
        defer { close(descriptor) }
        lseek(descriptor, 77, SEEK_SET)
        let server = TinyServer { peer in
            while let request = peer.readRequest() {
                peer.answer("200 OK", request.body == bytes ? "whole" : "not whole")
            }
        }
        let client = HTTPClient(to: server.destination)
        let body = RequestBody.file(descriptor: descriptor, size: Int64(bytes.count), type: "text/markdown")
        for _ in 0..<2 {
            let response = try client.send(.init(method: .post, target: "/upload", body: body))
            #expect(response.body == Array("whole".utf8))
        }
        #expect(lseek(descriptor, 0, SEEK_CUR) == 77)
    }

    @Test func aFileThatIsShorterThanPromisedIsToldAndNotPadded() throws {
        let scratch = Scratch()
        let descriptor = scratch.file(Array(repeating: 1, count: 1000))
        defer { close(descriptor) }
        let server = TinyServer { peer in #expect(peer.readRequest() == nil) }
        let body = RequestBody.file(descriptor: descriptor, size: 1001, type: "text/plain")
        #expect(throws: ClientError.unreadableBody("it ends after 1000 bytes")) {
            try HTTPClient(to: server.destination).send(.init(method: .post, target: "/", body: body))
        }
    }

    @Test func aHeadHasALengthButNoBody() throws {
        let server = TinyServer { peer in
            while let lines = peer.readHead() {
                #expect(lines.first == "HEAD / HTTP/1.1")
                peer.write("HTTP/1.1 200 OK\r\nContent-Length: 12345\r\n\r\n")
            }
        }
        let client = HTTPClient(to: server.destination)
        for _ in 0..<2 {
            let response = try client.send(.init(method: .head, target: "/", maximumResponseBytes: 10))
            #expect(response.header("content-length") == "12345")
            #expect(response.body.isEmpty)
        }
    }

    @Test func theConnectionIsKeptBetweenCalls() throws {
        let connections = Counter()
        let server = TinyServer { peer in
            connections.add()
            Self.echo(peer)
        }
        let client = HTTPClient(to: server.destination)
        for number in 0..<20 {
            let body = RequestBody.bytes([UInt8(number)], type: "x/y")
            let request = ClientRequest(
                method: number % 2 == 0 ? "PUT" : .post,
                target: "/\(number)",
                body: body
            )
            #expect(try client.send(request).body.last == UInt8(number))
        }
        #expect(connections.value == 1)
    }

    @Test func aConnectionTheServerClosedIsReplaced() throws {
        let connections = Counter()
        let server = TinyServer { peer in
            connections.add()
            _ = peer.readRequest()
            peer.answer("200 OK", [], headers: ["Connection: close"])
        }
        let client = HTTPClient(to: server.destination)
        for _ in 0..<3 { #expect(try client.send(.init(method: .post, target: "/")).status == 200) }
        #expect(connections.value == 3)
    }

    @Test func threadsDoNotWaitForEachOther() {
        let waiting = Counter()
        // Answers only once all three have arrived.
        let server = TinyServer { peer in
            _ = peer.readRequest()
            waiting.add()
            waiting.wait(for: 3)
            peer.answer("200 OK")
            peer.waitForEnd()
        }
        let client = HTTPClient(to: server.destination)
        let answered = Counter()
        for _ in 0..<3 {
            inThread {
                // A failure leaves the count short, and the test at its time limit.
                if (try? client.send(.init(target: "/"))) != nil { answered.add() }
            }
        }
        answered.wait(for: 3)
    }

    @Test func theLocalAddressIsBound() throws {
        let server = TinyServer(Self.echo)
        let plain = try HTTPClient(to: server.destination).send(.init(target: "/"))
        #expect(Self.text(plain).last == "127.0.0.1")
        let bound = try HTTPClient(to: server.destination(from: "127.0.0.3")).send(.init(target: "/"))
        #expect(Self.text(bound).last == "127.0.0.3")
    }

    @Test func aUnixSocketIsSpokenToAsLocalhost() throws {
        let scratch = Scratch()
        let server = TinyServer(at: scratch.path + "/bus.sock", Self.echo)
        let response = try HTTPClient(to: server.destination).send(.init(target: "/status"))
        #expect(Self.text(response).starts(with: ["GET /status HTTP/1.1", "Host: localhost"]))
    }

    #if os(Linux)
        @Test func aUnixSocketWithALongPathWorks() throws {
            let scratch = Scratch()
            #expect(mkdir(scratch.longDirectory, 0o700) == 0)
            let connections = Counter()
            let server = TinyServer(at: scratch.longDirectory + "/bus.sock") { peer in
                connections.add()
                Self.echo(peer)
            }
            let client = HTTPClient(to: server.destination)
            for _ in 0..<3 { #expect(try client.send(.init(target: "/")).status == 200) }
            #expect(connections.value == 1)
            let absent = HTTPClient(to: .unix(path: scratch.longDirectory + "/none/bus.sock"))
            let error = #expect(throws: ClientError.self) { try absent.send(.init(target: "/")) }
            #expect(error?.maybeSent == false)
        }
    #endif

    @Test func valuesOfAQueryAreEncoded() {
        #expect(percentEncoded("aZ09-._~") == "aZ09-._~")
        #expect(percentEncoded("a b/c?&=+%#") == "a%20b%2Fc%3F%26%3D%2B%25%23")
        #expect(percentEncoded([0, 0x7F, 0xFF]) == "%00%7F%FF")
    }
}

/// A number that threads count up and wait for.
final class Counter: Sendable {
    private let count = Mutex(0)

    func add() { count.withLock { $0 += 1 } }
    var value: Int { count.withLock { $0 } }

    func wait(for number: Int) {
        while value < number { sched_yield() }
    }
}
