import Foundation
import RelayCore
import RelaySeal
import RelayWire
import TestSupport
import Testing

/// What only main answers: orders, jobs, and documents under orders that it did not issue.
@Suite(.timeLimit(.minutes(10))) struct MainTests {
    private static let brief = Array("# Brief\n".utf8)

    private static func order(_ job: String, _ files: [String: [UInt8]], _ more: String = "", request: String)
        -> Request
    {
        let list = JSON.array(RelaySample.attachments(files).map(\.json)).text
        return .verb("order", "\"job\":\"\(job)\",\"attachments\":\(list)\(more)", request: request)
    }

    private static func local(
        _ what: String,
        _ request: Request,
        _ answer: Row.Answer,
        says: String? = nil,
        changes: Bool = false
    ) -> Row {
        Row("main: \(what)", request, from: .local, answer, says: says, changes: changes)
    }

    static let orders: [Row] = [
        local(
            "an order without a brief",
            order("job-1", [:], request: "a1"),
            .problem(422, "contract-broken"),
            says: "brief.md"
        ),
        local(
            "an order of a near miss",
            order("job-1", ["brief.txt": brief], request: "a2"),
            .problem(422, "contract-broken"),
            says: "did you mean brief.md?"
        ),
        local(
            "an order of a file that is not here",
            order("job-1", ["brief.md": brief], request: "a3"),
            .problem(422, "attachments-missing")
        ),
        local(
            "an order of a job that is no id",
            order("Job", ["brief.md": brief], request: "a4"),
            .problem(400, "malformed"),
            says: "job id"
        ),
        local(
            "a route that ends elsewhere",
            order(
                "job-1",
                ["brief.md": brief],
                ",\"route\":[{\"stage\":\"nano\",\"node\":\"nano\"},{\"stage\":\"main\",\"node\":\"jp\"}]",
                request: "a5"
            ),
            .problem(403, "not-main")
        ),
        local(
            "a route over a node that is not there",
            order(
                "job-1",
                ["brief.md": brief],
                ",\"route\":[{\"stage\":\"nano\",\"node\":\"nobody\"},{\"stage\":\"main\",\"node\":\"main\"}]",
                request: "a6"
            ),
            .problem(400, "unknown-node")
        ),
        local(
            "a route of one leg",
            order(
                "job-1",
                ["brief.md": brief],
                ",\"route\":[{\"stage\":\"main\",\"node\":\"main\"}]",
                request: "a7"
            ),
            .problem(400, "malformed")
        ),
        local(
            "an upload through the socket",
            .upload("brief.md", brief, job: "job-1", round: 1),
            .success(201),
            changes: true
        ),
        local("an order", order("job-1", ["brief.md": brief], request: "a9"), .success(202), changes: true),
        local("the same request", order("job-1", ["brief.md": brief], request: "a9"), .success(202)),
        local(
            "the same request with other fields",
            order("job-2", ["brief.md": brief], request: "a9"),
            .problem(409, "request-reused")
        ),
        local(
            "the same order in another request",
            order("job-1", ["brief.md": brief], request: "a10"),
            .success(200),
            changes: true
        ),
        local(
            "the job with other inputs",
            order("job-1", ["brief.md": [0x61]], request: "a11"),
            .problem(409, "job-exists"),
            says: "reorder"
        ),
        local(
            "a reorder of no stage",
            .verb("reorder", "\"job\":\"job-1\",\"stage\":\"none\"", request: "a12"),
            .problem(400, "bad-route")
        ),
        local(
            "a reorder of no job",
            .verb("reorder", "\"job\":\"job-9\",\"stage\":\"sg\"", request: "a13"),
            .problem(404, "unknown-job")
        ),
        local(
            "a nudge of no job",
            .verb("control", "\"control\":\"nudge\",\"job\":\"job-9\"", request: "a14"),
            .problem(404, "unknown-job")
        ),
        local(
            "a nudge to a near miss",
            .verb("control", "\"control\":\"nudge\",\"job\":\"job-1\",\"to\":\"nanoo\"", request: "a15"),
            .problem(400, "unknown-node"),
            says: "Did you mean nano?"
        ),
    ]

    static let rest: [Row] = [
        Row(
            "main: a relay under an order of somebody else",
            MainTests.final("job-1").request,
            from: .jp,
            .problem(403, "order-invalid"),
            says: "main did not issue it"
        ),
        Row(
            "main: a relay of a job that it does not know",
            MainTests.final("job-9").request,
            from: .jp,
            .problem(403, "order-invalid")
        ),
        Row(
            "main: jobs",
            .get("/status"),
            .success(200),
            says: "\"jobs\":[{\"job\":\"job-1\",\"state\":\"open\""
        ),
        Row("main: one job", .get("/status?job=job-1"), .success(200), says: "\"ladder\":["),
        Row("main: open jobs", .get("/status?state=open"), .success(200), says: "\"job\":\"job-1\""),
        Row("main: closed jobs", .get("/status?state=closed"), .success(200), says: "\"jobs\":[]"),
        Row("main: no such job", .get("/status?job=job-9"), .success(200), says: "\"jobs\":[]"),
        Row(
            "main: a claim",
            .verb("claim", request: "b1"),
            from: .local,
            .success(200),
            says: "\"task\":null"
        ),
        Row(
            "main: the socket's delivery over TCP",
            .verb("deliver", request: "b2"),
            from: .main,
            .problem(403, "local-only")
        ),
    ]

    private static func final(_ job: String) -> RelaySample {
        RelaySample(job) { sample in
            sample.stage = "main"
            sample.from = "jp"
            sample.to = "main"
            sample.pin = RelaySample.pins["main"]
        }
    }

    static var count: Int { orders.count + rest.count }

    @Test func ordersAreHeldAgainstContractsAndFleet() async throws {
        try await withNode(.main) { node in
            try node.check(Self.orders)
            try node.check(Self.rest)
        }
    }
}
