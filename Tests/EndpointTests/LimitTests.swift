import RelayWire
import Testing

/// What a node answers that has no room, or too much in hand.
@Suite(.timeLimit(.minutes(2))) struct LimitTests {
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
