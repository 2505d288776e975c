import RelayWire
import Synchronization
import TestSupport
import Testing

/// What tailscaled says of a caller: who is not who the fleet means gets nothing, and nobody is trusted in doubt.
@Suite(.timeLimit(.minutes(10))) struct IdentityTests {
    /// Each row: what tailscaled answers, and what nano then gets.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let answer: FakeTailscaled.Answer
        let status: Int

        static let all = [
            Case(
                testDescription: "its tag",
                answer: FakeTailscaled.machine("n", ["tag:nano"], at: address),
                status: 200
            ),
            Case(
                testDescription: "another machine's tag",
                answer: FakeTailscaled.machine("nano", ["tag:phone"], at: address),
                status: 403
            ),
            Case(
                testDescription: "a person's machine of that name",
                answer: FakeTailscaled.machine("nano", [], at: address),
                status: 403
            ),
            Case(
                testDescription: "another address",
                answer: FakeTailscaled.machine("nano", ["tag:nano"], at: "127.0.77.66"),
                status: 403
            ),
            Case(testDescription: "nobody", answer: .body(404, "no match for IP:port"), status: 403),
            Case(testDescription: "an error", answer: .body(500, "oh"), status: 503),
            Case(testDescription: "garbage", answer: .body(200, "{\"Node\":"), status: 503),
            Case(testDescription: "nothing", answer: .silence, status: 503),
        ]
        static let address = Sender.nano.address
    }

    private static func requests(_ job: String) -> [Request] {
        [
            .get("/status"), .get("/status?since=0"), .upload("candidate-list.md", "x", job: job),
            RelaySample(job).request,
        ]
    }

    @Test(arguments: Case.all)
    func aCallerIsWhoTailscaledSays(row: Case) async throws {
        let scratch = try ScratchDirectory()
        let server = try FakeTailscaled(at: scratch.path("ts.sock")) { _ in row.answer }
        let node = try await TestNode(tailscaled: scratch.path("ts.sock"), whois: ["nano": "tag:nano"])
        let before = try Fingerprint(of: node)
        for request in Self.requests("who-is") {
            let response = try node.ask(request, from: .nano)
            if row.status == 200 {
                #expect(![403, 503].contains(response.status), "\(response.text)")
            } else {
                #expect(response.status == row.status, "\(response.text)")
                #expect(!response.text.contains("tag:"), "who asks learns nothing")
            }
        }
        #expect(server.requests.count == 1, "what was found is kept for a while")
        #expect(try node.ask(.get("/health"), from: .nano).status == 200)
        // The event follows the answer; where there is none, there is nothing to wait for.
        let wait = row.status == 403 ? 5 : 0
        let events = try node.ask(.get("/status?since=0&wait=\(wait)"), from: .local).text
        #expect(events.contains("caller-refused") == (row.status == 403))
        if row.status == 503 { #expect(try Fingerprint(of: node) == before) }
        try await node.stop()
    }

    @Test func aTailscaledThatTheRoleFileNamesMustBeThere() async throws {
        let scratch = try ScratchDirectory()
        let node = try await TestNode(tailscaled: scratch.path("none.sock"), whois: [:])
        #expect(try node.ask(.get("/status"), from: .nano).status == 503)
        #expect(try node.ask(.get("/status"), from: .stranger).status == 403)
        #expect(try node.ask(.get("/status"), from: .local).status == 200)
        try await node.stop()
    }
}
