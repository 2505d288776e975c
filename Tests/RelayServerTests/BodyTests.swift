import RelayServer
import Synchronization
import Testing

/// A sink that remembers everything and resumes when told to.
final class RecordingSink: BodySink {
    struct Record {
        var bytes: [UInt8] = []
        var pieces = 0
        var finished = 0
        var abandoned = 0
        var resumes: [@Sendable () -> Void] = []
    }

    let took = Signal()
    let ended = Signal()
    private let state = Mutex(Record())
    private let resumesAtOnce: Bool
    private let onFinish: @Sendable () -> Void

    init(resumesAtOnce: Bool = true, onFinish: @escaping @Sendable () -> Void = {}) {
        self.resumesAtOnce = resumesAtOnce
        self.onFinish = onFinish
    }

    var record: Record { state.withLock { $0 } }

    func take(_ piece: [UInt8], resume: @escaping @Sendable () -> Void) {
        state.withLock {
            $0.bytes += piece
            $0.pieces += 1
            $0.resumes.append(resume)
        }
        if resumesAtOnce { resume() }
        took.fire()
    }

    func finish() {
        state.withLock { $0.finished += 1 }
        onFinish()
        ended.fire()
    }

    func abandon() {
        state.withLock { $0.abandoned += 1 }
        ended.fire()
    }
}

private func upload(_ size: Int, _ more: String = "") -> String {
    "POST /upload HTTP/1.1\r\nHost: node\r\nContent-Length: \(size)\r\n\(more)\r\n"
}

private func pattern(_ size: Int) -> [UInt8] {
    (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
}

@Suite("Bodies", .timeLimit(.minutes(10)))
struct BodyTests {
    @Test(arguments: [0, 1, 1000, 32 * 1024, 100_000, 3_000_000])
    func aCollectedBodyArrivesWhole(_ size: Int) throws {
        let body = pattern(size)
        try withServer({ _, responder in
            .collect(limit: 4_000_000) { bytes in responder.respond(.text(bytes == body ? "same" : "other")) }
        }) { running in
            let client = try running.client()
            for _ in 0..<2 {
                try client.send(upload(size))
                try client.send(body)
                #expect(try client.answer().text == "same")
            }
        }
    }

    @Test(arguments: ["", "Expect: 100-continue\r\n"])
    func aBodyOverTheLimitIsRefusedBeforeItComes(_ expect: String) throws {
        try withServer({ _, _ in .collect(limit: 10) { _ in } }) { running in
            let client = try running.client()
            try client.send(upload(11, expect))
            let answer = try client.answer()
            #expect(answer.status == 413)
            #expect(answer.headers["connection"] == "close")
            #expect(running.handler.faults == [.bodyTooLarge(limit: 10)])
            #expect(client.isClosed())
        }
    }

    @Test func anEarlyAnswerSurvivesABodyThatIsSentAllTheSame() throws {
        try withServer({ _, _ in .respond(.text("no", status: 403)) }) { running in
            let client = try running.client()
            try client.send(upload(1_000_000))
            try client.send(pattern(1_000_000))
            #expect(try client.answer().status == 403)
            client.finishSending()
            #expect(client.isClosed())
        }
    }

    @Test func aRefusalByTheLibrarySurvivesABodyThatIsSentAllTheSame() throws {
        try withServer({ _, _ in .respond(.text("reached")) }) { running in
            for _ in 0..<20 {
                let client = try running.client()
                let head = "POST / HTTP/1.1\r\nHost: node\r\nContent-Length: +4000000\r\n\r\n"
                try client.send(Array(head.utf8) + [UInt8](repeating: 65, count: 4_000_000))
                #expect(try client.answer().status == 400)
            }
        }
    }

    @Test func anExpectedBodyIsAskedFor() throws {
        try withServer({ _, responder in
            .collect(limit: 10) { _ in responder.respond(.text("done")) }
        }) { running in
            let client = try running.client()
            try client.send(upload(5, "Expect: 100-continue\r\n"))
            #expect(try client.answer().status == 100)
            try client.send("hello")
            #expect(try client.answer().text == "done")
        }
    }

    @Test func aStreamWaitsForEveryResume() throws {
        let body = pattern(1_000_000)
        let kept = Mutex<RecordingSink?>(nil)
        let begun = Signal()
        try withServer({ _, responder in
            let sink = RecordingSink(resumesAtOnce: false, onFinish: { responder.respond(.text("done")) })
            kept.withLock { $0 = sink }
            begun.fire()
            return .stream(sink)
        }) { running in
            let client = try running.client()
            let outgoing = client.outgoing
            // A failure shows as a body that never completes.
            let sender = Worker { try? outgoing.send(Array(upload(body.count).utf8) + body) }
            #expect(begun.wait())
            let sink = try #require(kept.withLock { $0 })
            var (pieces, seen) = (0, 0)
            while seen < body.count {
                #expect(sink.took.wait())
                pieces += 1
                // The loop goes on with other things while this sink holds its body back.
                let other = Signal()
                running.server.perform { other.fire() }
                #expect(other.wait())
                let record = sink.record
                #expect(record.pieces == pieces)
                #expect(record.finished == 0)
                seen = record.bytes.count
                record.resumes.forEach { $0() }
            }
            sender.join()
            #expect(try client.answer().text == "done")
            #expect(sink.record.bytes == body)
            #expect(sink.record.finished == 1)
            #expect(sink.record.abandoned == 0)
        }
    }

    @Test(arguments: [false, true])
    func aBodyThatStopsHalfWayIsAbandonedOnce(_ isReset: Bool) throws {
        let sink = RecordingSink()
        let responders = Mutex<[Responder]>([])
        try withServer({ _, responder in
            responders.withLock { $0.append(responder) }
            return .stream(sink)
        }) { running in
            do {
                let client = try running.client()
                if isReset { client.resetOnClose() }
                try client.send(upload(1_000_000))
                try client.send(pattern(500_000))
                #expect(sink.took.wait())
            }
            #expect(sink.ended.wait())
            #expect(responders.withLock { $0.first?.isGone } == true)
        }
        #expect(sink.record.abandoned == 1)
        #expect(sink.record.finished == 0)
    }

    @Test func aPeerThatLeavesWhileTheSinkIsBusyIsNoticedAfterTheResume() throws {
        let sink = RecordingSink(resumesAtOnce: false)
        try withServer({ _, _ in .stream(sink) }) { running in
            do {
                let client = try running.client()
                try client.send(upload(1_000_000))
                try client.send(pattern(200_000))
                #expect(sink.took.wait())
            }
            sink.record.resumes.forEach { $0() }
            #expect(sink.ended.wait())
        }
        #expect(sink.record.abandoned == 1)
    }

    @Test func anAnswerInTheMiddleOfABodyIsSentAfterTheRest() throws {
        let sink = RecordingSink(resumesAtOnce: false)
        let responders = Mutex<[Responder]>([])
        try withServer({ _, responder in
            responders.withLock { $0.append(responder) }
            return .stream(sink)
        }) { running in
            let client = try running.client()
            try client.send(upload(1_000_000))
            try client.send(pattern(200_000))
            #expect(sink.took.wait())
            responders.withLock { $0.first }?.respond(.text("full", status: 507))
            #expect(sink.ended.wait())
            try client.send(pattern(800_000))
            #expect(try client.answer().status == 507)
        }
        #expect(sink.record.abandoned == 1)
        #expect(sink.record.finished == 0)
    }

    @Test func aBodyForNobodyIsThrownAwayBeforeTheAnswer() throws {
        try withServer({ _, responder in
            responder.respond(.text("late"))
            return .later
        }) { running in
            let client = try running.client()
            try client.send(upload(300_000))
            try client.send(pattern(300_000))
            #expect(try client.answer().text == "late")
            try client.send("GET / HTTP/1.1\r\nHost: node\r\n\r\n")
            #expect(try client.answer().text == "late")
        }
    }
}
