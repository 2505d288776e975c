import Foundation
import RelayWire
import TestSupport
import Testing

@testable import RelayBus

/// Asking tailscaled, and reading what it says.
@Suite(.timeLimit(.minutes(10))) struct LocalAPITests {
    private let scratch: ScratchDirectory

    init() throws { scratch = try ScratchDirectory() }

    private var path: String { scratch.path("ts.sock") }

    private func failure(_ api: LocalAPI) -> LocalAPI.Failure? {
        do throws(LocalAPI.Failure) {
            _ = try api.get(WhoIs.target("100.64.0.2", port: 5))
            return nil
        } catch {
            return error
        }
    }

    @Test func theRequestIsTheDocumentedOne() throws {
        let server = try FakeTailscaled(at: path) { _ in .body(404, "no match for IP:port") }
        let answer = try LocalAPI(at: path).get(WhoIs.target("100.64.0.2", port: 41))
        #expect(answer == LocalAPI.Answer(status: 404, body: Array("no match for IP:port".utf8)))
        #expect(
            server.requests == [
                "GET /localapi/v0/whois?addr=100.64.0.2:41 HTTP/1.0\r\nHost: local-tailscaled.sock\r\n\r\n"
            ]
        )
        #expect(
            WhoIs.target("fd7a:115c:a1e0::2", port: 1) == "/localapi/v0/whois?addr=%5Bfd7a:115c:a1e0::2%5D:1"
        )
    }

    /// Tailscale's own build for macOS: a port that a link names, and a token that a file holds.
    @Test func aDirectoryHoldsPortAndToken() throws {
        let server = try FakeTailscaled(at: nil) { _ in .body(200, "{}") }
        let directory = scratch.path("Tailscale")
        try Files.makeDirectory(directory)
        try FileManager.default.createSymbolicLink(
            atPath: "\(directory)/ipnport",
            withDestinationPath: "\(server.port)"
        )
        #expect(failure(LocalAPI(at: directory))?.description.contains("sameuserproof") == true)
        try Files.write("s3cret\n", to: "\(directory)/sameuserproof-\(server.port)")
        #expect(failure(LocalAPI(at: directory)) == nil)
        let token = Base64.encoded(Array(":s3cret".utf8))
        #expect(server.requests.last?.contains("\r\nAuthorization: Basic \(token)\r\n") == true)
    }

    @Test func nobodyThereIsToldFromOneWhoDoesNotAnswer() throws {
        #expect(failure(LocalAPI(at: path)) == .absent(path))
        try Files.write("", to: path)
        #expect(failure(LocalAPI(at: path))?.description.contains("connect") == true)
    }

    @Test(arguments: [
        "", "HTTP/1.0 200 OK\r\n", "garbage\r\n\r\n{}", "HTTP/1.0 x\r\n\r\n",
        "HTTP/1.0 200 OK\r\nContent-Length: 9\r\n\r\n{}",
    ])
    func whatIsNoWholeAnswerIsNone(text: String) throws {
        let server = try FakeTailscaled(at: path) { _ in .raw(text) }
        #expect(failure(LocalAPI(at: path)) != nil)
        withExtendedLifetime(server) {}
    }

    @Test func silenceEndsWithThePatience() throws {
        let server = try FakeTailscaled(at: path) { _ in .silence }
        let found = failure(LocalAPI(at: path, patience: .milliseconds(100)))
        #expect(found == .unusable("not within 0.1 seconds"))
        withExtendedLifetime(server) {}
    }

    /// Each row: what the fleet expects, the caller's address, and whether that is the machine.
    @Test(
        arguments: [
            (nil, "100.64.0.2", true), ("tag:nano", "100.64.0.2", true), ("nano", "100.64.0.2", true),
            ("nano.tail0000.ts.net", "100.64.0.2", true), ("tag:nano", "fd7a:115c:a1e0::2", true),
            ("tag:sg", "100.64.0.2", false), ("sg", "100.64.0.2", false),
            ("nano.tail0000", "100.64.0.2", false),
            ("tag:nano", "100.64.0.3", false), (nil, "100.64.0.3", false), ("", "100.64.0.2", false),
        ] as [(String?, String, Bool)]
    )
    func theMachineIsTheOneThatTheFleetMeans(expected: String?, address: String, agrees: Bool) throws {
        guard case .body(_, let body) = FakeTailscaled.machine("nano", ["tag:nano"], at: "100.64.0.2") else {
            return
        }
        let found = try #require(WhoIs(Array(body.utf8)))
        #expect(found.agrees(with: expected, at: address) == agrees)
    }

    @Test(arguments: ["{\"Node\":", "{}", "{\"Node\": null}", "{\"Node\": {\"Name\": \"x\"}}", "[]", "7.5"])
    func whatNamesNoNodeIsNoAnswer(body: String) {
        #expect(WhoIs(Array(body.utf8)) == nil)
    }
}
