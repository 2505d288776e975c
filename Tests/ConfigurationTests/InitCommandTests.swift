import Foundation
import RelaySeal
import RelayWire
import TestSupport
import Testing

/// `baton init`, and what `batond` says of a node without the key that others know.
@Suite(.timeLimit(.minutes(10))) struct InitCommandTests {
    private func run(_ program: String, _ arguments: [String]) async throws -> FinishedProcess {
        try await SpawnedProcess(builtProduct(program), arguments).finish(within: .seconds(60))
    }

    private func initialize(_ data: String, _ more: [String] = []) async throws -> FinishedProcess {
        try await run("baton", ["init", "--role", "sg", "--data", data] + more)
    }

    @Test func itMakesADirectoryAndAKeyAndPrintsTheLineForTheFleet() async throws {
        let scratch = try ScratchDirectory()
        let data = scratch.path("sg")
        let done = try await initialize(data, ["--address", "100.64.0.3:18102"])
        #expect(done.status == .exited(0), "\(done.lines)")
        let attributes = try FileManager.default.attributesOfItem(atPath: "\(data)/key.pem")
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        let key = try SigningKey(pem: try Files.read("\(data)/key.pem"))
        let line = #"{"address":"100.64.0.3:18102","role":"sg","keys":[{"key":"\#(key.publicKey)"}]}"#
        #expect(done.output == ["\"sg\": \(line)"])
        #expect(!done.lines.contains { $0.text.contains("PRIVATE") })
        let again = try await initialize(data, ["--address", "100.64.0.3:18102"])
        #expect(again.output == done.output, "a key that is there is kept")
    }

    @Test func theKeyThatFollowsIsMadeBesideThePresentOne() async throws {
        let scratch = try ScratchDirectory()
        let data = scratch.path("sg")
        _ = try await initialize(data)
        let first = try SigningKey(pem: try Files.read("\(data)/key.pem")).publicKey
        let done = try await initialize(data, ["--next"])
        let next = try SigningKey(pem: try Files.read("\(data)/key-next.pem")).publicKey
        #expect(
            done.output.first?.hasSuffix("\"keys\":[{\"key\":\"\(first)\"},{\"key\":\"\(next)\"}]}") == true
        )
        #expect(first != next)
    }

    /// Each row: what is done to the key, the exit status, and what is said.
    @Test(
        arguments: [
            ("chmod", 78, "mode 644"), ("text", 78, "no private key in PEM"), ("parent", 73, "/none/sg"),
        ] as [(String, Int32, String)]
    )
    func whatCannotBeUsedIsSaid(damage: String, status: Int32, text: String) async throws {
        let scratch = try ScratchDirectory()
        var data = scratch.path("sg")
        _ = try await initialize(data)
        switch damage {
        case "chmod":
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o644],
                ofItemAtPath: "\(data)/key.pem"
            )
        case "text": try Files.write("no key", to: "\(data)/key.pem")
        default: data = scratch.path("none/sg")
        }
        let done = try await initialize(data)
        #expect(done.status == .exited(status))
        #expect(done.output == [] && done.errors.contains { $0.contains(text) }, "\(done.lines)")
    }

    /// Each row: whose key lies in sg's directory, and what the bus says of it.
    @Test(arguments: [(nil, "run baton init --role sg --data"), ("jp", "is not one of sg's in the fleet")])
    func theBusDoesNotStartWithoutTheKeyThatOthersKnow(owner: String?, text: String) async throws {
        let files = try NodeFiles()
        try files.change("roles/sg.json", "tailnet:18102", "127.0.0.3:18102")
        try files.change("roles/fleet.json", "100.64.0.3:18102", "127.0.0.3:18102")
        try files.change("roles/sg.json", "/var/lib/baton/sg", files.path("data"))
        if let owner {
            try TestKeys.write(owner, in: files.path("data"))
        } else {
            try Files.makeDirectory(files.path("data"))
        }
        let done = try await run("batond", ["--config", files.path("roles/sg.json")])
        #expect(done.status == .exited(78))
        #expect(done.errors.first?.contains(text) == true, "\(done.lines)")
    }
}
