import RelayCore
import RelayWire
import Testing

private let role: JSON = .members([
    "baton": 1, "node": "nano", "role": "nano", "listen": "tailnet:18101", "interface": "tailscale0",
    "hosts": .array(["Nano.Example"]), "data": "/var/lib/baton/nano", "fleet": "fleet.json",
    "contracts": "../contracts",
    "accepts": .members(["main": .array(["relay", "nudge", "cancel", "close", "reorder"])]),
    "readers": .array(["fleet"]), "local": .members(["baton-work": "consumer", "root": "operator"]),
    "parallel": 2,
    "processor": .members(["builtin": "nano"]),
    "limits": .members([
        "upload_bytes": 1, "inbox_tasks": 2, "free_disk_bytes": 0, "unbound_uploads": 3, "stop_within_s": 4,
        "free_disk_inodes": 5, "ledger_reserve_bytes": 6, "connections": 8, "connections_per_peer": 9,
        "connections_of_strangers": 10, "in_hand_bytes": 1_048_576, "head_within_s": 11,
        "request_within_s": 12,
        "idle_within_s": 13, "bytes_per_second": 14, "lease_s": 15, "attempts": 16,
    ]),
])

private let command: JSON = .members([
    "command": .array(["claude", "-p", ""]), "timeout_s": 5, "environment": .members(["A": "", "B": "x=y"]),
    "pass_environment": .array(["PATH"]),
])

private let bad: [(String, JSON?, String)] = [
    ("baton", 2, "baton"), ("node", "Nano", "node"), ("role", nil, "role"), ("listen", 18101, "listen"),
    ("interface", 1, "interface"), ("hosts", .array([""]), "hosts[0]"), ("hosts", "a", "hosts"),
    ("data", nil, "data"),
    ("fleet", nil, "fleet"), ("contracts", .null, "contracts"), ("accepts", nil, "accepts"),
    ("accepts", .array([]), "accepts"), ("accepts", .members(["Main": .array([])]), "accepts.Main"),
    ("accepts", .members(["main": "relay"]), "accepts.main"),
    ("accepts", .members(["main": .object([])]), "accepts.main"),
    ("accepts", .members(["main": .null]), "accepts.main"),
    ("accepts", .members(["main": .array(["order"])]), "accepts.main[0]"),
    ("accepts", .members(["main": .array(["relay", 1])]), "accepts.main[1]"),
    ("readers", .array([.null]), "readers[0]"), ("readers", .array(["fleet", "Fleet"]), "readers[1]"),
    ("local", .array([]), "local"),
    ("local", .members(["root": "admin"]), "local.root"),
    ("local", .members(["root": .array(["operator"])]), "local.root"),
    ("parallel", 0, "parallel"), ("parallel", 65, "parallel"), ("processor", "nano", "processor"),
    ("processor", .object([]), "processor.command"),
    ("processor", .members(["builtin": "main"]), "processor.builtin"),
    ("processor", .members(["builtin": "de"]), "processor.builtin"),
    ("processor", .members(["builtin": "nano", "timeout_s": 1]), "processor.timeout_s"),
    ("accepts", .members(["main": .array(["relay", "relay"])]), "accepts.main[1]"), ("role", "de", "role"),
    ("listen", "0.0.0.0:18101", "listen"), ("listen", "192.168.1.2:18101", "listen"),
    ("listen", "tailnet:0", "listen"),
    ("listen", "tailnet:", "listen"), ("listen", "[2001:db8::1]:1", "listen"),
    ("listen", "localhost:1", "listen"),
    ("data", "", "data"), ("interface", "", "interface"), ("interface", "a-name-of-16-byt", "interface"),

    ("processor", command.with("command", "claude -p"), "processor.command"),
    ("processor", command.with("command", .array([])), "processor.command"),
    ("processor", command.with("command", .array([""])), "processor.command"),
    ("processor", command.with("command", .array(["a", 1])), "processor.command[1]"),
    ("processor", command.with("timeout_s", 0), "processor.timeout_s"),
    ("processor", command.with("environment", .members(["A=B": ""])), "processor.environment.A=B"),
    ("processor", command.with("environment", .members(["": ""])), "processor.environment."),
    ("processor", command.with("environment", .members(["A": 1])), "processor.environment.A"),
    ("processor", command.with("pass_environment", .array([1])), "processor.pass_environment[0]"),
    (
        "processor", command.with("environment", .members(["BATON_JOB": "x"])),
        "processor.environment.BATON_JOB"
    ),
    (
        "processor", command.with("pass_environment", .array(["PATH", "BATON_"])),
        "processor.pass_environment[1]"
    ),
    ("processor", command.with("shell", true), "processor.shell"), ("limits", .array([]), "limits"),
    ("limits", .members(["upload_bytes": 0]), "limits.upload_bytes"),
    ("limits", .members(["uploads": 1]), "limits.uploads"),
    ("limits", .members(["stop_within_s": 601]), "limits.stop_within_s"), ("x", 1, "x"),
    ("limits", .members(["connections": 7]), "limits.connections"),
    ("limits", .members(["lease_s": 2]), "limits.lease_s"),
    ("limits", .members(["attempts": 0]), "limits.attempts"),
    ("limits", .members(["bytes_per_second": 0]), "limits.bytes_per_second"),
]

@Suite struct RoleFileTests {
    @Test func allFieldsAreRead() throws {
        let file = try RoleFile(parsing: role.encoded)
        #expect(file.hosts == ["nano.example"])
        #expect(file.accepts.map(\.value.count) == [5])
        #expect(file.local == ["baton-work": .consumer, "root": .operator])
        #expect(file.parallel == 2)
        #expect(file.processor == .builtin("nano"))
        #expect(file.limits.uploadBytes == 1)
        #expect(file.limits.inboxTasks == 2)
        #expect(file.limits.freeDiskBytes == 0)
        #expect(file.limits.unboundUploads == 3)
        #expect(file.limits.stopWithin == .seconds(4))
        #expect([file.limits.freeDiskInodes, file.limits.ledgerReserveBytes] == [5, 6])
        #expect([file.limits.connections, file.limits.connectionsPerPeer] == [8, 9])
        #expect([file.limits.connectionsOfStrangers, file.limits.inHandBytes] == [10, 1_048_576])
        #expect(
            [file.limits.headWithin, file.limits.requestWithin, file.limits.idleWithin, file.limits.lease]
                == [.seconds(11), .seconds(12), .seconds(13), .seconds(15)]
        )
        #expect([file.limits.bytesPerSecond, file.limits.attempts] == [14, 16])
    }

    @Test func theDefaultsAreThoseOfTheDesign() throws {
        let short = ["interface", "hosts", "readers", "local", "parallel", "processor", "limits"]
        let file = try RoleFile(parsing: short.reduce(role) { $0.with($1, nil) }.encoded)
        #expect(file.interface == "tailscale0")
        #expect(file.hosts == [])
        #expect(file.readers == .standard && file.readers.entries == [.fleet])
        #expect(file.local == [:])
        #expect(file.parallel == 1)
        #expect(file.processor == nil)
        #expect(file.limits == NodeLimits())
        #expect(file.limits.uploadBytes == 268_435_456)
        #expect(file.limits.inboxTasks == 100_000)
        #expect(file.limits.freeDiskBytes == 1_073_741_824)
    }

    @Test func aCommandIsAnArgumentVector() throws {
        let file = try RoleFile(parsing: role.with("processor", command).encoded)
        guard case .command(let setting) = file.processor else {
            Issue.record("not a command")
            return
        }
        #expect(setting.arguments == ["claude", "-p", ""])
        #expect(setting.timeout == .seconds(5))
        #expect(setting.environment == ["A": "", "B": "x=y"])
        #expect(setting.passEnvironment == ["PATH"])
    }

    @Test func everyKeyOfACommandIsTooMuchBesideABuiltin() {
        let found = faults(RoleFile.self, role.with("processor", command.with("builtin", "sg")))
        let keys = ["command", "timeout_s", "environment", "pass_environment"]
        #expect(found.map(\.key) == keys.map { "processor." + $0 })
    }

    @Test func allFaultsOfAFileAreReportedAtOnce() {
        let file = bad.filter { $0.0 != "processor" && $0.0 != "limits" && $0.0 != "accepts" }.reduce(role) {
            $0.with($1.0, $1.1)
        }.with("accept", .object([])).with("limits", .members(["upload_bytes": 0, "inbox_task": 1]))
        let found = faults(RoleFile.self, file)
        #expect(
            Set(found.map(\.key)) == [
                "accept", "x", "baton", "node", "role", "listen", "interface", "hosts", "data", "fleet",
                "contracts", "readers[1]", "local.root", "parallel", "limits.upload_bytes",
                "limits.inbox_task",
            ]
        )
        #expect(found.first { $0.key == "accept" }?.fix == "did you mean accepts?")
        #expect(found.first { $0.key == "limits.inbox_task" }?.fix == "did you mean inbox_tasks?")
    }

    @Test func aFaultNamesFileKeyValueRuleAndFix() {
        let parallel = ConfigurationFault(
            file: "file.json",
            key: "parallel",
            value: "65",
            rule: "a whole number from 1 to 64",
            fix: "write for example \"parallel\": 1, or leave it out"
        )
        #expect(faults(RoleFile.self, role.with("parallel", 65)) == [parallel])
        let node = ConfigurationFault(
            file: "file.json",
            key: "node",
            rule: "must be there: \(NodeName.rule)",
            fix: "add \"node\": \"nano\""
        )
        #expect(faults(RoleFile.self, role.with("node", nil)) == [node])
    }

    @Test func aFileThatIsNoJSONIsReportedWithItsLine() {
        let error = #expect(throws: ConfigurationError.self) {
            try RoleFile(parsing: Array("{\n  \"baton\": 1,\n  }".utf8), file: "file.json")
        }
        #expect(error?.faults.map(\.key) == ["line 3, column 3"])
    }

    @Test(arguments: bad)
    func aBadFieldIsNamed(_ row: (String, JSON?, String)) {
        let found = faults(RoleFile.self, role.with(row.0, row.1))
        #expect(found.map(\.key) == [row.2], "\(found)")
    }
}
