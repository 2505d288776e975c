import RelayClient
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite(.timeLimit(.minutes(10))) struct FailureTests {
    private func failure(_ client: HTTPClient, _ request: ClientRequest) -> ClientError? {
        do throws(ClientError) {
            _ = try client.send(request)
            return nil
        } catch {
            return error
        }
    }

    @Test func aRefusedConnectionIsToldAndNothingWasSent() throws {
        let port = deadPort()
        let error = failure(HTTPClient(to: .tcp(host: "127.0.0.1", port: port)), .init(target: "/"))
        guard case .cannotConnect(let place, let reason) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(place == "127.0.0.1:\(port)")
        #expect(reason.contains("Connection refused"))
        #expect(error?.maybeSent == false)
        let scratch = Scratch()
        let absent = failure(HTTPClient(to: .unix(path: scratch.path + "/bus.sock")), .init(target: "/"))
        #expect(absent?.maybeSent == false)
    }

    @Test func aLocalAddressOfAnotherMachineCannotConnect() throws {
        let server = TinyServer { _ in }
        let error = failure(HTTPClient(to: server.destination(from: "192.0.2.1")), .init(target: "/"))
        guard case .cannotConnect = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func aSilentServerTimesOut() throws {
        let server = TinyServer { $0.waitForEnd() }
        let limit = Duration.milliseconds(150)
        let clock = ContinuousClock()
        let start = clock.now
        let error = failure(HTTPClient(to: server.destination), .init(target: "/", timeout: limit))
        #expect(error == .timedOut("\(server.destination)", after: limit, maybeSent: true))
        #expect(clock.now - start >= limit)
        #expect(clock.now - start < .seconds(10))
    }

    @Test func anAnswerThatDribblesTimesOutAsAWhole() throws {
        let server = TinyServer { peer in
            _ = peer.readRequest()
            peer.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
            // A byte every 5 ms until the other side closes.
            var ready = pollfd(fd: peer.descriptor, events: Int16(POLLIN), revents: 0)
            while poll(&ready, 1, 5) == 0 { peer.write(".") }
        }
        let limit = Duration.milliseconds(200)
        let error = failure(HTTPClient(to: server.destination), .init(target: "/", timeout: limit))
        #expect(error == .timedOut("\(server.destination)", after: limit, maybeSent: true))
    }

    @Test func cancellingEndsALongPollAtOnce() throws {
        let cancellation = Cancellation()
        let server = TinyServer { peer in
            _ = peer.readRequest()
            peer.answer("200 OK")
            _ = peer.readRequest()
            // Another thread than the client's, which is waiting now.
            cancellation.cancel()
            peer.waitForEnd()
        }
        let client = HTTPClient(to: server.destination, cancellation: cancellation)
        // On a fresh connection curl would wake up after 200 ms for reasons of its own.
        #expect(try client.send(.init(target: "/status")).status == 200)
        let clock = ContinuousClock()
        let start = clock.now
        let request = ClientRequest(target: "/status?wait=60", timeout: .seconds(20))
        #expect(failure(client, request) == .cancelled)
        #expect(clock.now - start < .seconds(2))
        #expect(cancellation.isCancelled)
        #expect(failure(client, request) == .cancelled)
        cancellation.cancel()
    }

    @Test func oneCancellationEndsAllItsTransfers() throws {
        let cancellation = Cancellation()
        let arrived = Counter()
        let server = TinyServer { peer in
            _ = peer.readRequest()
            arrived.add()
            peer.waitForEnd()
        }
        let client = HTTPClient(to: server.destination, cancellation: cancellation)
        let ended = Counter()
        for _ in 0..<4 {
            inThread {
                if failure(client, .init(target: "/", timeout: .seconds(50))) == .cancelled { ended.add() }
            }
        }
        arrived.wait(for: 4)
        cancellation.cancel()
        ended.wait(for: 4)
    }

    @Test(arguments: ["Content-Length: 1001\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n3e9\r\n", "\r\n"])
    func aResponseThatIsTooLargeIsRefused(_ framing: String) throws {
        let server = TinyServer { peer in
            _ = peer.readRequest()
            peer.write("HTTP/1.1 200 OK\r\n" + framing + String(repeating: "x", count: 1001))
            peer.waitForEnd()
        }
        let error = failure(
            HTTPClient(to: server.destination),
            .init(target: "/", maximumResponseBytes: 1000)
        )
        #expect(error == .responseTooLarge(limit: 1000))
    }

    @Test func aResponseOfExactlyTheLimitIsAccepted() throws {
        let server = TinyServer { peer in
            _ = peer.readRequest()
            peer.answer("200 OK", Array(repeating: 1, count: 1000))
        }
        let response = try HTTPClient(to: server.destination).send(
            .init(target: "/", maximumResponseBytes: 1000)
        )
        #expect(response.body.count == 1000)
    }

    @Test func headersWithoutEndAreRefused() throws {
        let server = TinyServer { peer in
            _ = peer.readRequest()
            peer.write("HTTP/1.1 200 OK\r\n")
            for _ in 0..<10_000 { peer.write("X-Filler: " + String(repeating: "x", count: 100) + "\r\n") }
            peer.waitForEnd()
        }
        let error = failure(HTTPClient(to: server.destination), .init(target: "/"))
        #expect(error == .unusableResponse("\(server.destination)", reason: "its headers are too large"))
    }

    @Test(arguments: [
        "", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n123",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n",
    ])
    func aTruncatedResponseIsAnUnknownOutcome(_ bytes: String) throws {
        let server = TinyServer { peer in
            _ = peer.readRequest()
            peer.write(bytes)
        }
        let body = RequestBody.bytes([1], type: "x/y")
        let error = failure(HTTPClient(to: server.destination), .init(method: .post, target: "/", body: body))
        guard case .interrupted = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(error?.maybeSent == true)
    }

    @Test func whatIsNotHTTPIsUnusable() throws {
        let server = TinyServer { peer in
            _ = peer.readRequest()
            peer.write("SSH-2.0-OpenSSH_9.2\r\n")
        }
        let error = failure(HTTPClient(to: server.destination), .init(target: "/"))
        guard case .unusableResponse = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func aPostIsNotSentTwiceOnAConnectionThatBreaks() throws {
        let requests = Counter()
        let server = TinyServer { peer in
            _ = peer.readRequest()
            peer.answer("200 OK")
            // The second request on this connection is read and never answered.
            if peer.readRequest() != nil { requests.add() }
        }
        let client = HTTPClient(to: server.destination)
        let request = ClientRequest(method: .post, target: "/", body: .bytes([1], type: "x/y"))
        #expect(try client.send(request).status == 200)
        guard case .interrupted = failure(client, request) else {
            Issue.record("not told as an unknown outcome")
            return
        }
        #expect(requests.value == 1)
    }

    @Test func anEarlyRefusalIsAResponse() throws {
        let scratch = Scratch()
        let bytes = [UInt8](repeating: 7, count: 8 << 20)
        let descriptor = scratch.file(bytes)
        defer { close(descriptor) }
        let server = TinyServer { peer in
            _ = peer.readHead()
            peer.answer("413 Content Too Large", Array("too big".utf8), headers: ["Connection: close"])
            shutdown(peer.descriptor, Int32(SHUT_WR))
            peer.waitForEnd()
        }
        // The first asks before it sends, the second does not.
        let bodies: [RequestBody] = [
            .file(descriptor: descriptor, size: Int64(bytes.count), type: "x/y"),
            .bytes(Array(bytes.prefix(256 << 10)), type: "x/y"),
        ]
        for body in bodies {
            let response = try HTTPClient(to: server.destination).send(
                .init(method: .post, target: "/upload", body: body)
            )
            #expect(response.status == 413)
            #expect(response.body == Array("too big".utf8))
        }
    }

    @Test func anEarlyRefusalInTheMiddleOfTheBodyIsAResponse() throws {
        let server = TinyServer { peer in
            _ = peer.readHead()
            peer.write("HTTP/1.1 100 Continue\r\n\r\n")
            var room = [UInt8](repeating: 0, count: 1 << 20)
            _ = recv(peer.descriptor, &room, room.count, Int32(MSG_WAITALL))
            peer.answer("413 Content Too Large", Array("too big".utf8), headers: ["Connection: close"])
            peer.waitForEnd()
        }
        let body = RequestBody.bytes(Array(repeating: 7, count: 64 << 20), type: "x/y")
        let response = try HTTPClient(to: server.destination).send(
            .init(method: .post, target: "/upload", body: body)
        )
        #expect(response.status == 413)
    }

    @Test func aRedirectIsAResponse() throws {
        let server = TinyServer { peer in
            _ = peer.readRequest()
            peer.answer("302 Found", [], headers: ["Location: http://127.0.0.1:1/", "Set-Cookie: a=b"])
            #expect(peer.readRequest()?.values("cookie") == [])
            peer.answer("200 OK")
        }
        let client = HTTPClient(to: server.destination)
        #expect(try client.send(.init(target: "/")).status == 302)
        #expect(try client.send(.init(target: "/")).status == 200)
    }
}
