import RelayWire
import TestSupport
import Testing

/// What a node answers that has no room, or too much in hand.
@Suite(.timeLimit(.minutes(10))) struct LimitTests {
    static let noRoom: [Row] = [
        Row("full: an upload", .upload("a.md", "x"), .problem(507, "no-room"), says: "floor"),
        Row(
            "full: an upload as a form",
            .post(
                "/upload?job=job-1",
                MultipartTests.form(MultipartTests.disposition),
                ["Content-Type: multipart/form-data; boundary=XyZ"]
            ),
            .problem(507, "no-room")
        ),
        Row("full: a relay", RelaySample("full-1").request, .problem(507, "no-room")),
        Row(
            "full: a relay that is refused anyway",
            RelaySample("full-1") { $0.to = "jp" }.request,
            .problem(403, "not-for-this-node")
        ),
        Row(
            "full: a cancel",
            ControlSample(.cancel, "full-1").request,
            from: .main,
            .success(202),
            changes: true
        ),
        Row("full: status", .get("/status"), .success(200)),
    ]

    static let tooMuch: [Row] = [
        Row("much: the second task", RelaySample("much-2").request, .problem(429, "too-many-tasks")),
        Row("much: the first task again", RelaySample("much-1").request, .success(200)),
        Row("much: an upload", .upload("a.md", "x", job: "much-2"), .problem(429, "too-many-tasks")),
    ]

    static let tooMany: [Row] = [
        Row("many: the first upload", .upload("a.md", "x"), .success(201), changes: true),
        Row("many: the second upload", .upload("b.md", "x"), .success(201), changes: true),
        Row("many: the third upload", .upload("c.md", "x"), .problem(429, "too-many-uploads"), says: "nano"),
        Row(
            "many: another upload in the place of the second",
            .upload("b.md", "y"),
            .success(201),
            changes: true
        ),
        Row("many: another sender's upload", .upload("c.md", "x"), from: .main, .success(201), changes: true),
    ]

    static var count: Int { noRoom.count + tooMuch.count + tooMany.count }

    @Test func belowTheFloorOnlyWhatFreesWorkIsTaken() async throws {
        try await withNode(limits: .members(["free_disk_bytes": .integer(1 << 50)])) {
            try $0.check(Self.noRoom)
        }
    }

    @Test func anUploadIsRefusedByItsSizeBeforeItIsWritten() async throws {
        try await withNode(limits: .members(["free_disk_bytes": .integer(1 << 50)])) { node in
            let head =
                "POST /upload?job=vast&name=a.md HTTP/1.1\r\nHost: relay.example\r\nContent-Length: 1000000\r\n\r\n"
            var refused: RawResponse?
            // The first ones are read on, in vain, until somebody has looked at the disk.
            for _ in 0..<50 where refused == nil {
                let connection = try node.connect(from: .nano)
                try connection.send(Array(head.utf8) + [UInt8](repeating: 0x20, count: 1 << 18))
                refused = try? connection.readResponse(within: .milliseconds(300))
            }
            #expect(refused?.status == 507, "\(String(describing: refused))")
            #expect(try Files.names(in: "\(node.data)/inbox") == [])
        }
    }

    @Test func bodiesInHandAreLimitedAndProgramsOfTheMachineAreNot() async throws {
        try await withNode(limits: .members(["free_disk_bytes": 0, "in_hand_bytes": 1_048_576])) { node in
            let head =
                "POST /task HTTP/1.1\r\nHost: relay.example\r\nContent-Type: application/json\r\nContent-Length: 262144\r\n\r\n"
            var waiting: [RawConnection] = []
            for _ in 0..<4 {
                let connection = try node.connect(from: .nano)
                try connection.send(head)
                waiting.append(connection)
            }
            // Who comes behind them is read behind them.
            let refused = try node.ask(RelaySample("hand-1").request, from: .nano)
            #expect(refused.status == 503 && refused.header("retry-after") == "1", "\(refused)")
            let local = try node.ask(.verb("claim"), from: .local)
            #expect(local.status == 200, "\(local)")
            waiting = []
            var status = 503
            for _ in 0..<1000 where status == 503 {
                status = try node.ask(RelaySample("hand-1").request, from: .nano).status
            }
            #expect(status == 422, "its files are not here")
        }
    }

    @Test func tasksInHandAreLimited() async throws {
        try await withNode(limits: .members(["free_disk_bytes": 0, "inbox_tasks": 1])) { node in
            try node.store(RelaySample("much-1"))
            try node.check(Self.tooMuch)
        }
    }

    @Test func uploadsOfOneSenderAreLimited() async throws {
        try await withNode(limits: .members(["free_disk_bytes": 0, "unbound_uploads": 2])) {
            try $0.check(Self.tooMany)
        }
    }
}
