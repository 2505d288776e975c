import RelayServer
import Synchronization
import Testing

@Suite("Time", .timeLimit(.minutes(10)))
struct TimeTests {
    private static let short = ServerLimits(
        headDeadline: .milliseconds(200),
        requestDeadline: .milliseconds(400),
        rateGrace: .seconds(30),
        answerDeadline: .seconds(30),
        idleTimeout: .milliseconds(200)
    )

    /// Sends `bytes` one by one until the server closes, and gives how long that took.
    private func dribble(_ start: String, _ bytes: String, to running: Running) throws -> Duration {
        let client = try running.client()
        try client.send(start)
        let outgoing = client.outgoing
        let begin = ContinuousClock.now
        let sender = Worker {
            for byte in bytes.utf8 {
                // Ends as soon as the server has closed; the pace is kept by waiting for nothing in particular.
                guard (try? outgoing.send([byte])) != nil else { return }
                pause(milliseconds: 5)
            }
        }
        #expect(client.endsAfterRest())
        let taken = ContinuousClock.now - begin
        sender.join()
        return taken
    }

    @Test(arguments: ["", "G", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: node\r\nX-A: "])
    func aDribbledHeadIsCut(_ start: String) throws {
        try withServer(limits: Self.short, { _, _ in .respond(.text("reached")) }) { running in
            let taken = try dribble(start, String(repeating: "a", count: 2000), to: running)
            #expect(taken > .milliseconds(150))
            #expect(taken < .seconds(5))
            #expect(running.handler.faults.isEmpty)
        }
    }

    @Test func aDribbledBodyIsCutAndAbandoned() throws {
        let sink = RecordingSink()
        try withServer(limits: Self.short, { _, _ in .stream(sink) }) { running in
            let start = "POST / HTTP/1.1\r\nHost: node\r\nContent-Length: 2000\r\n\r\n"
            let taken = try dribble(start, String(repeating: "a", count: 1999), to: running)
            #expect(taken > .milliseconds(300))
            #expect(taken < .seconds(5))
            #expect(sink.ended.wait())
        }
        #expect(sink.record.abandoned == 1)
        #expect(sink.record.finished == 0)
    }

    @Test func aBodyBelowTheMinimumRateIsCutLongBeforeTheDeadline() throws {
        var limits = ServerLimits()
        limits.rateGrace = .milliseconds(100)
        limits.minimumBytesPerSecond = 1_000_000
        let sink = RecordingSink()
        try withServer(limits: limits, { _, _ in .stream(sink) }) { running in
            let start = "POST / HTTP/1.1\r\nHost: node\r\nContent-Length: 2000\r\n\r\n"
            let taken = try dribble(start, String(repeating: "a", count: 1999), to: running)
            #expect(taken < .seconds(5))
            #expect(sink.ended.wait())
        }
        #expect(sink.record.abandoned == 1)
    }

    @Test func aSinkThatNeverResumesIsAbandonedAtTheDeadline() throws {
        let sink = RecordingSink(resumesAtOnce: false)
        try withServer(limits: Self.short, { _, _ in .stream(sink) }) { running in
            let client = try running.client()
            try client.send("POST / HTTP/1.1\r\nHost: node\r\nContent-Length: 200000\r\n\r\n")
            try client.send([UInt8](repeating: 1, count: 150_000))
            #expect(sink.ended.wait())
            #expect(client.endsAfterRest())
            sink.record.resumes.forEach { $0() }
        }
        #expect(sink.record.abandoned == 1)
    }

    @Test func aRequestWithoutAnAnswerIsCutAtItsOwnDeadlineOnly() throws {
        var limits = Self.short
        limits.answerDeadline = .seconds(1)
        let responders = Mutex<[Responder]>([])
        try withServer(
            limits: limits,
            { _, responder in
                responders.withLock { $0.append(responder) }
                return .later
            }
        ) { running in
            let client = try running.client()
            let begin = ContinuousClock.now
            try client.send("GET / HTTP/1.1\r\nHost: node\r\n\r\n")
            #expect(client.isClosed())
            #expect(ContinuousClock.now - begin > .milliseconds(900))
            #expect(responders.withLock { $0.first?.isGone } == true)
        }
    }

    @Test func anIdleConnectionIsClosed() throws {
        try withServer(limits: Self.short, { _, _ in .respond(.text("ok")) }) { running in
            let client = try running.client()
            try client.send("GET / HTTP/1.1\r\nHost: node\r\n\r\n")
            #expect(try client.answer().text == "ok")
            #expect(client.isClosed())
        }
    }

    @Test func anAnswerThatIsNotReadIsCut() throws {
        var limits = ServerLimits()
        limits.rateGrace = .milliseconds(100)
        limits.minimumBytesPerSecond = 1_000_000_000
        let large = Response(status: 200, body: [UInt8](repeating: 7, count: 30_000_000))
        let responders = Mutex<[Responder]>([])
        try withServer(
            limits: limits,
            { _, responder in
                responders.withLock { $0.append(responder) }
                return .respond(large)
            }
        ) { running in
            let client = try running.client()
            client.narrowReceiving()
            try client.send("GET / HTTP/1.1\r\nHost: node\r\n\r\n")
            let gone = Signal()
            waitUntil(running.server, gone) { responders.withLock { $0.first?.isGone } == true }
            #expect(gone.wait())
        }
    }

    @Test func timersRunInTheOrderOfTheirTimes() throws {
        try withServer({ _, _ in .later }) { running in
            let order = Mutex<[Int]>([])
            let done = Signal()
            let begin = ContinuousClock.now
            for delay in [40, 10, 30, 20] {
                _ = running.server.schedule(after: .milliseconds(delay)) {
                    order.withLock { $0.append(delay) }
                    done.fire()
                }
            }
            let cancelled = running.server.schedule(after: .milliseconds(15)) {
                order.withLock { $0.append(15) }
            }
            running.server.cancel(cancelled)
            running.server.cancel(cancelled)
            for _ in 0..<4 { #expect(done.wait()) }
            #expect(order.withLock { $0 } == [10, 20, 30, 40])
            #expect(ContinuousClock.now - begin >= .milliseconds(40))
        }
    }

    @Test func manyTimersThatAreCancelledLeaveTheOthersAlone() throws {
        try withServer({ _, _ in .later }) { running in
            let ran = Mutex(0)
            let done = Signal()
            for number in 0..<10_000 {
                let id = running.server.schedule(after: .milliseconds(number % 50)) {
                    ran.withLock { $0 += 1 }
                }
                if number % 100 != 0 { running.server.cancel(id) }
            }
            _ = running.server.schedule(after: .milliseconds(60)) { done.fire() }
            #expect(done.wait())
            #expect(ran.withLock { $0 } >= 100)
        }
    }
}

/// Asks `condition` on the loop every few milliseconds and fires when it holds.
func waitUntil(_ server: Server, _ signal: Signal, _ condition: @escaping @Sendable () -> Bool) {
    if condition() { return signal.fire() }
    _ = server.schedule(after: .milliseconds(5)) { waitUntil(server, signal, condition) }
}
