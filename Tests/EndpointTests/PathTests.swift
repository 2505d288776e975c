import TestSupport
import Testing

/// Methods and paths: the four endpoints and nothing else.
@Suite(.timeLimit(.minutes(10))) struct PathTests {
    private static func missing(_ path: String) -> Row {
        Row("GET \(path)", .get(path), .problem(404, "not-found"))
    }

    private static func refused(_ method: String, _ path: String) -> Row {
        Row(
            "\(method) \(path)",
            .get(path, ["Content-Length: 0"], method: method),
            .problem(405, "method-not-allowed")
        )
    }

    static let paths: [Row] =
        [
            "/", "//", "/tasks", "/task/", "/task/job-1", "/Task", "/STATUS", "/status/", "//status",
            "/./status",
            "/status/../task", "/%73tatus", "/status%2F", "/status;x", "/..", "/../../etc/passwd", "/inbox/",
            "/uploads",
            "/%2e%2e/status", "/healthz", "/metrics", "/favicon.ico",
        ].map(missing)
        + [
            Row("a path with a near miss", .get("/uplaod"), .problem(404, "not-found"), says: "/upload"),
            Row("HEAD of nothing", .get("/tasks", method: "HEAD"), .problem(404, "not-found")),
            Row("POST to nothing", .post("/tasks", []), .problem(404, "not-found")),
        ]

    static let methods: [Row] =
        ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "post", "POSTS"].map {
            refused($0, "/task")
        }
        + ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"].map { refused($0, "/upload") }
        + ["POST", "PUT", "DELETE", "OPTIONS", "get"].map { refused($0, "/status") }
        + ["POST", "PUT", "DELETE", "TRACE", "BREW"].map { refused($0, "/health") }

    static let reads: [Row] = [
        Row("GET /status", .get("/status"), .success(200)),
        Row("HEAD /status", .get("/status", method: "HEAD"), .success(200)),
        Row("GET /health", .get("/health"), .success(200)),
        Row("HEAD /health", .get("/health", method: "HEAD"), .success(200)),
        Row("GET /health from a stranger", .get("/health"), from: .stranger, .success(200)),
        Row("GET /health with a parameter", .get("/health?x=1"), .problem(400, "bad-parameter")),
        Row(
            "GET /status in HTTP/1.0",
            Request(raw: "GET /status HTTP/1.0\r\nHost: sg\r\n\r\n"),
            .success(200)
        ),
        Row(
            "GET /status by address and port",
            Request(raw: "GET /status HTTP/1.1\r\nHost: 127.0.77.3:1\r\n\r\n"),
            .success(200)
        ),
        Row("GET /status through the socket", .get("/status"), from: .local, .success(200)),
        Row(
            "GET /status through the socket as localhost",
            Request(raw: "GET /status HTTP/1.1\r\nHost: localhost\r\n\r\n"),
            from: .local,
            .success(200)
        ),
        Row(
            "a foreign host through the socket",
            Request(raw: "GET /status HTTP/1.1\r\nHost: evil\r\n\r\n"),
            from: .local,
            .problem(400, "bad-request")
        ),
    ]

    static var count: Int { paths.count + methods.count + reads.count }

    @Test func onlyTheFourEndpointsAnswer() async throws {
        try await withNode { try $0.check(Self.paths + Self.methods + Self.reads) }
    }

    @Test func aRefusedMethodNamesTheAllowedOnes() async throws {
        try await withNode { node in
            let posts = try node.ask(.get("/task"), from: .nano).header("Allow")
            #expect(posts == "POST")
            let reads = try node.ask(.get("/status", method: "PUT"), from: .nano).header("Allow")
            #expect(reads == "GET, HEAD")
        }
    }
}
