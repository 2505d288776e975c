import RelayWire
import TestSupport
import Testing

/// Parameters of `/status`, events and pages.
@Suite(.timeLimit(.minutes(10))) struct StatusTests {
    private static func bad(_ query: String, says: String? = nil) -> Row {
        Row("status?\(query)", .get("/status?\(query)"), .problem(400, "bad-parameter"), says: says)
    }

    private static func good(_ query: String, says: String? = nil) -> Row {
        Row("status?\(query)", .get("/status?\(query)"), .success(200), says: says)
    }

    static let refused: [Row] = [
        bad("limit=0"), bad("limit=501"), bad("limit=-1"), bad("limit=%2B1"), bad("limit=1.0"),
        bad("limit=x"), bad("limit="), bad("limit=99999999999999999999"),
        bad("after=0"), bad("after=-1"), bad("after=x"), bad("state=done", says: "stored"),
        bad("state=storde", says: "Did you mean stored?"), bad("state=STORED"), bad("state="),
        bad("task=page-1"), bad("task=page-1.sg.0"), bad("task=page-1.sg.1.json"),
        bad("task=..%2Fpage-1.sg.1"), bad("job=Page"), bad("job="), bad("job=%C0%AF"),
        bad("stat=stored", says: "Did you mean state?"), bad("limit=1&limit=2"),
        bad("format=xml", says: "json"),
        bad("since=-1"), bad("since=x"), bad("since=9223372036854775808"), bad("since=0&wait=61"),
        bad("since=0&wait=-1"), bad("wait=1", says: "since"), bad("since=0&job=page-1", says: "job"),
        bad("since=0&limit=1", says: "limit"),
        Row(
            "events of the future",
            .get("/status?since=999"),
            .problem(410, "events-gone"),
            says: "\"oldest\":1"
        ),
        Row(
            "events of the future that are waited for",
            .get("/status?since=999&wait=60"),
            .problem(410, "events-gone"),
            says: "\"seq\":"
        ),
    ]

    static let answered: [Row] = [
        good("limit=1", says: "\"next\":"), good("limit=500"), good("format=json"),
        good("state=stored", says: "page-3.sg.1"), good("state=settled", says: "\"tasks\":[]"),
        good("state=open"),
        good("task=page-1.sg.1", says: "candidate-list.md"), good("task=none.sg.1", says: "\"tasks\":[]"),
        good("job=page-2", says: "page-2.sg.1"), good("job=none", says: "\"tasks\":[]"),
        good("task=page-1.sg.1&job=page-2", says: "\"tasks\":[]"),
        good("task=page-1.sg.1&state=settled", says: "\"tasks\":[]"), good("after=1", says: "\"tasks\":[]"),
        good("since=0", says: "\"kind\":\"stored\""), good("since=0&wait=60", says: "\"events\":[{"),
        Row("status from a shared address", .get("/status"), from: .twins, .success(200)),
        Row("HEAD of events", .get("/status?since=0", method: "HEAD"), .success(200)),
        Row(
            "HEAD of a bad parameter",
            .get("/status?limit=0", method: "HEAD"),
            .problem(400, "bad-parameter")
        ),
    ]

    static var count: Int { refused.count + answered.count }

    @Test func parametersAreCheckedAndCombined() async throws {
        try await withNode { node in
            for number in 1...3 { try node.store(RelaySample("page-\(number)")) }
            try node.check(Self.refused + Self.answered)
        }
    }

    /// The tasks on each page, following `next` from page to page.
    private func pages(_ node: TestNode, _ query: String) throws -> [[String]] {
        var pages: [[String]] = []
        var after = ""
        while pages.count < 10 {
            let body = try JSON(parsing: node.ask(.get("/status?\(query)\(after)"), from: .nano).body)
            pages.append((body["tasks"]?.elements ?? []).compactMap { $0["task"]?.stringValue })
            guard let next = body["next"]?.integerValue else { break }
            after = "&after=\(next)"
        }
        return pages
    }

    @Test func everyTaskIsOnOnePage() async throws {
        try await withNode { node in
            for round in 1...3 { try node.store(RelaySample("page-1") { $0.round = round }) }
            try node.store(RelaySample("page-2"))
            let all = try pages(node, "limit=3")
            #expect(all == [["page-2.sg.1", "page-1.sg.3", "page-1.sg.2"], ["page-1.sg.1"]])
            let ofJob = try pages(node, "job=page-1&limit=2")
            #expect(ofJob == [["page-1.sg.2", "page-1.sg.3"], ["page-1.sg.1"]])
            let one = try pages(node, "task=page-1.sg.1&limit=1")
            #expect(one == [["page-1.sg.1"]])
        }
    }
}
