import RelayWire
import TestSupport
import Testing

/// `baton check`, and what `batond` and `baton dispatch` say of the same files.
@Suite(.timeLimit(.minutes(10))) struct CheckCommandTests {
    private func run(_ program: String, _ arguments: String...) async throws -> FinishedProcess {
        try await SpawnedProcess(builtProduct(program), arguments).finish(within: .seconds(60))
    }

    @Test(arguments: ["main", "nano", "sg", "jp"])
    func theShippedFilesAreAccepted(_ node: String) async throws {
        let files = try NodeFiles()
        let done = try await run("baton", "check", "--config", files.path("roles/\(node).json"))
        #expect(done.status == .exited(0), "\(done.lines)")
        #expect(done.output.first?.hasPrefix("ok: \(node) (\(node)) listens at tailnet:1810") == true)
        #expect(done.output.contains("relay: main -> nano -> sg -> jp -> main"))
        #expect(done.output.contains { $0.hasPrefix("largest task document: ") })
        #expect(done.output.count { $0.contains("sha256:") } == 4)
    }

    @Test func theShippedFleetLacksItsKeysAndNothingElse() async throws {
        let done = try await run("baton", "check", "--config", "\(repositoryRoot)/roles/sg.json")
        #expect(done.status == .exited(78))
        #expect(
            done.errors.count { $0.contains(".keys") && $0.contains("run baton init on its machine") } == 4
        )
        #expect(done.errors.last == "4 faults", "\(done.lines)")
    }

    @Test func deIsSaidForNano() async throws {
        let files = try NodeFiles()
        let role = files.path("roles/de.json")
        let done = try await run("baton", "check", "--config", role, "--stage", "de", "--json")
        #expect(done.status == .exited(0), "\(done.lines)")
        let json = try JSON(parsing: Array((done.output.first ?? "").utf8))
        #expect(json["ok"] == true && json["node"] == "nano")
        guard case .object(let stages) = json["contracts"] else {
            Issue.record("\(json)")
            return
        }
        #expect(stages.map(\.name) == ["nano"])
    }

    @Test func allFaultsArePrintedByBothPrograms() async throws {
        let files = try NodeFiles()
        try files.change("roles/sg.json", "\"parallel\": 1", "\"parallel\": 0, \"paralel\": 1")
        try files.change("contracts/jp.json", "\"version\": 1", "\"version\": \"\\u001b[31m\"")
        let role = files.path("roles/sg.json")
        let check = try await run("baton", "check", "--config", role)
        #expect(check.status == .exited(78))
        #expect(check.errors.count == 4 && check.errors.last == "3 faults", "\(check.errors)")
        #expect(!check.errors.contains { $0.contains("\u{1B}") })
        let bus = try await run("batond", "--config", role)
        #expect(bus.status == .exited(78))
        #expect(check.errors.dropLast().allSatisfy { line in bus.errors.contains { $0.hasSuffix(line) } })
        let jobs = try await run("baton", "jobs", "--config", role)
        #expect(jobs.status == .exited(78))
        #expect(jobs.errors.count == 4)
        let json = try await run("baton", "check", "--config", role, "--json")
        #expect(json.status == .exited(78))
        let body = try JSON(parsing: Array((json.output.first ?? "").utf8))
        #expect(body["ok"] == false)
        #expect(body["faults"]?.elements.map { $0["key"] } == ["paralel", "parallel", "version"])
    }

    @Test func aChainThatCannotWorkIsSaidAndNotSent() async throws {
        let files = try NodeFiles()
        try files.change("contracts/nano.json", "1048576, \"headings\": [\"Candidates\"]", "2000000")
        try files.change("roles/main.json", "\"jp\": [\"relay\"]", "\"jp\": []")
        let role = files.path("roles/main.json")
        let check = try await run("baton", "check", "--config", role)
        #expect(check.status == .exited(1))
        #expect(check.errors.count == 4, "\(check.errors)")
        for text in [
            "makes[0].max_bytes: found 2000000", "makes[0].headings: found no headings", "accepts.jp",
        ] {
            #expect(check.errors.contains { $0.contains(text) }, "\(text) in \(check.errors)")
        }
        let brief = files.path("brief.md")
        try Files.write("# Brief\n", to: brief)
        let dispatch = try await run("baton", "dispatch", "a-job", "--brief", brief, "--config", role)
        #expect(dispatch.status == .exited(1))
        #expect(dispatch.errors.first?.contains("the relay cannot work; nothing was sent") == true)
        #expect(dispatch.errors.count == 4)
    }

    @Test func withoutATailnetTheBusSaysWhyItDoesNotListen() async throws {
        let files = try NodeFiles()
        try files.change("roles/sg.json", "\"tailscale0\"", "\"no-such-if0\"")
        let done = try await run("batond", "--config", files.path("roles/sg.json"))
        #expect(done.status == .exited(78))
        #expect(
            done.errors.first?.contains("the interface no-such-if0 has no address in the tailnet") == true
        )
    }

    @Test func theExitCodesAreInTheHelp() async throws {
        let help = try await run("baton", "check", "--help").output.joined(separator: " ")
        for text in ["0 all is well", "1 the files are sound", "78 files have faults"] {
            #expect(help.contains(text))
        }
    }
}
