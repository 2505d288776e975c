import Glibc
import RelayServer
import Synchronization
import Testing

private let ask = "GET / HTTP/1.1\r\nHost: node\r\n\r\n"

@Suite("Server", .timeLimit(.minutes(10)))
struct ServerTests {
    @Test func aStopLetsTheRequestInHandFinish() throws {
        let responders = Mutex<[Responder]>([])
        let came = Signal()
        let running = try Running { _, responder in
            responders.withLock { $0.append(responder) }
            came.fire()
            return .later
        }
        let idle = try running.client()
        let busy = try running.client()
        try busy.send(ask)
        #expect(came.wait())
        running.server.stop(within: .seconds(20))
        #expect(idle.isClosed())
        #expect(throws: RawClient.Failure.system(call: "connect", code: ECONNREFUSED)) {
            try running.client()
        }
        responders.withLock { $0.first }?.respond(.text("done"))
        let answer = try busy.answer()
        #expect(answer.text == "done")
        #expect(answer.headers["connection"] == "close")
        running.stop(within: .seconds(20))
        #expect(running.server.openConnections == 0)
    }

    @Test func strangersFindOnlySoManyConnections() throws {
        let limits = ServerLimits(connectionsOfStrangers: 2)
        try withServer(limits: limits, knowsPeers: false, { _, _ in .respond(.text("ok")) }) { running in
            var held = [try running.client(), try running.client()]
            for client in held {
                try client.send(ask)
                #expect(try client.answer().text == "ok")
            }
            #expect(try running.client().isClosed())
            // Whoever goes makes room; the loop sees that in its own time.
            held.removeLast()
            let deadline = ContinuousClock.now + .seconds(10)
            var answer: String?
            while answer == nil, ContinuousClock.now < deadline {
                let next = try running.client()
                guard (try? next.send(ask)) != nil else { continue }
                answer = try? next.answer().text
            }
            #expect(answer == "ok")
            withExtendedLifetime(held) {}
        }
    }

    @Test func requestsInHandAreCountedFromAMoment() throws {
        let came = Signal()
        let running = try Running { _, _ in
            came.fire()
            return .later
        }
        defer { running.stop() }
        let before = ContinuousClock.now
        let client = try running.client()
        try client.send(ask)
        #expect(came.wait())
        let counts = Mutex<[Int]>([])
        for moment in [before, .now] {
            let counted = Signal()
            running.server.countRequests(before: moment) { count in
                counts.withLock { $0.append(count) }
                counted.fire()
            }
            #expect(counted.wait())
        }
        #expect(counts.withLock { $0 } == [0, 1])
    }

    @Test func aStopCutsWhatDoesNotFinish() throws {
        let sink = RecordingSink(resumesAtOnce: false)
        let came = Signal()
        let running = try Running { head, _ in
            came.fire()
            return head.method == "POST" ? .stream(sink) : .later
        }
        let polling = try running.client()
        try polling.send(ask)
        #expect(came.wait())
        let sending = try running.client()
        try sending.send("POST / HTTP/1.1\r\nHost: node\r\nContent-Length: 200000\r\n\r\n")
        try sending.send([UInt8](repeating: 1, count: 150_000))
        #expect(sink.took.wait())
        running.stop(within: .milliseconds(50))
        #expect(polling.endsAfterRest())
        #expect(sending.endsAfterRest())
        #expect(sink.record.abandoned == 1)
        #expect(running.server.openConnections == 0)
        sink.record.resumes.forEach { $0() }
    }

    @Test func aStopBeforeTheRunMakesItReturn() throws {
        let listener = try Listener.tcp(address: "127.0.0.1", port: 0, hosts: ["node"])
        let server = try Server(listeners: [listener], handler: ScriptedHandler { _, _ in .later })
        server.stop(within: .zero)
        server.stop(within: .seconds(5))
        try server.run()
        #expect(throws: ServerError.alreadyRun) { try server.run() }
    }

    @Test func oneLoopServesTcpAndUnixAtOnce() throws {
        let scratch = try Scratch()
        let path = "\(scratch.path)/bus.sock"
        let tcp = try Listener.tcp(address: "::1", port: 0, hosts: ["node"])
        let unix = try Listener.unix(path: path, hosts: ["localhost"])
        let handler = ScriptedHandler { head, _ in .respond(.text("\(head.peer)")) }
        let server = try Server(listeners: [tcp, unix], handler: handler)
        let worker = Worker { try? server.run() }
        defer {
            server.stop(within: .zero)
            worker.join()
        }
        let local = try RawClient(path: path)
        try local.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        #expect(try local.answer().text == "\(Peer.local(pid: getpid(), uid: getuid(), gid: getgid()))")
        try local.send(ask)
        #expect(try local.answer().status == 400)
        #expect(handler.faults == [.hostForeign("node")])
    }

    @Test func aSocketPathLongerThanAnAddressWorks() throws {
        let scratch = try Scratch()
        let directory = scratch.path + "/" + String(repeating: "d", count: 120)
        #expect(mkdir(directory, 0o755) == 0)
        let path = directory + "/bus.sock"
        #expect(path.utf8.count > 107)
        for _ in 0..<2 {
            // The second turn finds the socket that the first one left.
            let listener = try Listener.unix(path: path, hosts: ["localhost"])
            var found = stat()
            #expect(stat(path, &found) == 0)
            #expect(found.st_mode & 0o777 == 0o660)
            #expect(throws: ServerError.inUse(path)) { try Listener.unix(path: path, hosts: []) }
            try withServer(listener: listener, { _, _ in .respond(.text("ok")) }) { _ in
                let client = try RawClient(path: path)
                try client.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
                #expect(try client.answer().text == "ok")
            }
        }
    }

    @Test func whatIsNoSocketIsNotReplaced() throws {
        let scratch = try Scratch()
        let path = scratch.path + "/precious"
        #expect(close(open(path, O_CREAT | O_WRONLY, 0o600)) == 0)
        #expect(throws: ServerError.notASocket(path)) { try Listener.unix(path: path, hosts: []) }
        let long = scratch.path + "/" + String(repeating: "n", count: 120)
        #expect(throws: ServerError.pathTooLong(long)) { try Listener.unix(path: long, hosts: []) }
    }

    @Test(arguments: ["", "node", "127.0.0.1.1", "127.0.0.1:80", "1.2.3.4 "])
    func onlyNumericAddressesAreListenedOn(_ address: String) throws {
        #expect(throws: ServerError.notAnAddress(address)) {
            try Listener.tcp(address: address, port: 0, hosts: [])
        }
    }

    @Test func anIPv4PeerOfAnIPv6ListenerIsShownAsIPv4() throws {
        let listener = try Listener.tcp(address: "::", port: 0, hosts: ["node"])
        try withServer(
            listener: listener,
            { head, _ in
                if case .tcp(let address, _) = head.peer { return .respond(.text(address)) }
                return .later
            }
        ) { running in
            let client = try running.client()
            try client.send(ask)
            #expect(try client.answer().text == "127.0.0.1")
        }
    }

    @Test func connectionsBeyondThePeersShareAreClosed() throws {
        try withServer(limits: ServerLimits(connectionsPerPeer: 2), { _, _ in .respond(.text("ok")) }) {
            running in
            let kept = try (0..<2).map { _ in try running.client() }
            for client in kept {
                try client.send(ask)
                #expect(try client.answer().text == "ok")
            }
            let further = try running.client()
            #expect(further.isClosed())
        }
    }

    @Test func connectionsBeyondTheLimitWaitForTheirTurn() throws {
        try withServer(limits: ServerLimits(connections: 2), { _, _ in .respond(.text("ok")) }) { running in
            var open = try (0..<2).map { _ in try running.client() }
            for client in open {
                try client.send(ask)
                #expect(try client.answer().text == "ok")
            }
            for _ in 0..<20 {
                let next = try running.client()
                try next.send(ask)
                open.removeFirst()
                #expect(try next.answer().text == "ok")
                open.append(next)
            }
        }
    }

    @Test(arguments: [1, 64, 256, 400])
    func everyRequestOfManyClientsIsAnsweredFromAnotherThread(_ count: Int) throws {
        let queue = Mutex<[(String, Responder)]>([])
        let more = Signal()
        let answering = Worker {
            while true {
                guard more.wait() else { return }
                let batch = queue.withLock { waiting in
                    defer { waiting = [] }
                    return waiting
                }
                for (path, responder) in batch {
                    if path == "/end" { return responder.respond(.text(path)) }
                    responder.respond(.text(path))
                }
            }
        }
        try withServer(
            limits: ServerLimits(connectionsPerPeer: 1024),
            { head, responder in
                let isFirst = queue.withLock {
                    $0.append((head.path, responder))
                    return $0.count == 1
                }
                if isFirst { more.fire() }
                return .later
            }
        ) { running in
            let clients = try (0..<count).map { _ in try running.client() }
            for round in 0..<max(20, 8000 / count) {
                // All at once, so that as many requests are suspended together.
                for (number, client) in clients.enumerated() {
                    try client.send("GET /\(round)/\(number) HTTP/1.1\r\nHost: node\r\n\r\n")
                }
                for (number, client) in clients.enumerated() {
                    #expect(try client.answer().text == "/\(round)/\(number)")
                }
            }
            try clients[0].send("GET /end HTTP/1.1\r\nHost: node\r\n\r\n")
            #expect(try clients[0].answer().text == "/end")
        }
        answering.join()
    }
}
