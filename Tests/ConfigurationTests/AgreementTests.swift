import RelayCore
import RelayWire
import TestSupport
import Testing

/// A change to one of the shipped files, and the faults of the node sg that it must give.
private struct Row: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let file: String
    let old: String
    let new: String
    let faults: [String]

    init(_ file: String, _ old: String, _ new: String, _ faults: String...) {
        testDescription = "\(file): \(new)"
        self.file = file
        self.old = old
        self.new = new
        self.faults = faults
    }
}

private let rows: [Row] = [
    Row("roles/sg.json", "\"node\": \"sg\"", "\"node\": \"sgg\"", "roles/sg.json node sgg"),
    Row("roles/sg.json", "\"role\": \"sg\"", "\"role\": \"jp\"", "roles/sg.json role jp"),
    Row("roles/sg.json", "tailnet:18102", "tailnet:18103", "roles/sg.json listen tailnet:18103"),
    Row("roles/sg.json", "tailnet:18102", "100.64.0.9:18102", "roles/sg.json listen 100.64.0.9:18102"),
    Row("roles/sg.json", "tailnet:18102", "100.64.0.3:18102"),
    Row("roles/fleet.json", "100.64.0.3:18102", "127.0.0.3:18102", "roles/sg.json listen tailnet:18102"),
    Row(
        "roles/fleet.json",
        "100.64.0.3:18102",
        "100.64.0.2:18101",
        "roles/fleet.json nodes.sg.address \"100.64.0.2:18101\"",
        "roles/sg.json listen tailnet:18102"
    ),
    Row(
        "roles/fleet.json",
        "100.64.0.3:18102",
        "192.168.0.3:18102",
        "roles/fleet.json nodes.sg.address \"192.168.0.3:18102\""
    ),
    Row("roles/sg.json", "\"nano\": [\"relay\"]", "\"nan\": [\"relay\"]", "roles/sg.json accepts.nan nan"),
    Row("roles/fleet.json", "\"jp\", \"main\"]", "\"jq\", \"main\"]", "roles/fleet.json relay[3] \"jq\""),
    Row("roles/fleet.json", ", \"main\"]", "]", "roles/fleet.json relay [\"main\",\"nano\",\"sg\",\"jp\"]"),
    Row("roles/sg.json", "\"fleet.json\"", "\"flat.json\"", "roles/flat.json  -"),
    Row(
        "roles/sg.json",
        "\"../contracts\"",
        "\"../contacts\"",
        "contacts  -"
    ),
    Row(
        "contracts/jp.json",
        "\"contract\": \"jp\"",
        "\"contract\": \"jq\"",
        "contracts/jp.json contract jq",
        "contracts/jp.json  -"
    ),
    Row("contracts/jp.json", "\"version\": 1", "\"version\": 0", "contracts/jp.json version 0"),
    Row("contracts/jp.json", "{", "", "contracts/jp.json line 2, column 10 -"),
]

@Suite struct AgreementTests {
    @Test(arguments: rows)
    fileprivate func aFaultNamesItsFileKeyAndValue(_ row: Row) throws {
        let files = try NodeFiles()
        try files.change(row.file, row.old, row.new)
        #expect(files.faults() == row.faults)
    }

    @Test(arguments: ["main", "nano", "sg", "jp", "de"])
    func theShippedFilesAreSound(_ node: String) throws {
        let files = try NodeFiles()
        let read = try files.read(node)
        #expect(read.role.node.rawValue == (node == "de" ? "nano" : node))
        #expect(read.ownHost == read.fleet.nodes[read.role.node]?.address.host)
    }

    @Test func theShippedNodesTakeRelayFromWhoeverARoutePutsBeforeThem() throws {
        let files = try NodeFiles()
        let all: Set = ["relay", "nudge", "cancel", "close", "reorder"]
        let expected = [
            "main": ["main": all, "nano": ["relay"], "sg": ["relay"], "jp": ["relay"]], "nano": ["main": all],
            "sg": ["main": all, "nano": ["relay"]], "jp": ["main": all, "sg": ["relay"]],
        ]
        for (node, accepts) in expected {
            let read = try files.read(node).role.accepts
            #expect(Dictionary(uniqueKeysWithValues: read.map { ($0.key.rawValue, $0.value) }) == accepts)
        }
    }

    @Test func theFaultsOfAllFilesComeAtOnce() throws {
        let files = try NodeFiles()
        try files.change("roles/sg.json", "\"parallel\": 1", "\"parallel\": 0, \"paralel\": 1")
        try files.change("roles/sg.json", "\"nano\": [\"relay\"]", "\"nan\": [\"relay\"]")
        try files.change("roles/fleet.json", "\"role\": \"jp\"", "\"role\": \"JP\"")
        try files.change("contracts/sg.json", "\"min_bytes\": 1,", "\"min_bytes\": -1,")
        try files.change("contracts/main.json", "\"makes\": []", "\"makes\": {}")
        try files.write(Array("x".utf8), "contracts/kept/old.json")
        #expect(
            files.faults() == [
                "roles/sg.json paralel 1", "roles/sg.json parallel 0",
                "roles/fleet.json nodes.jp.role \"JP\"",
                "contracts/main.json makes {}", "contracts/sg.json takes[0].min_bytes -1",
                "contracts/kept/old.json line 1, column 1 -", "roles/sg.json accepts.nan nan",
            ]
        )
    }

    @Test func anErrorCountsItsFaultsAndGivesEachALine() throws {
        let files = try NodeFiles()
        try files.change("roles/sg.json", "\"parallel\": 1", "\"parallel\": 0, \"paralel\": 1")
        let error = #expect(throws: ConfigurationError.self) { try files.read() }
        let lines = (error?.description ?? "").split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines.first == "the configuration has 2 faults:")
        #expect(lines[1].hasSuffix("fix: did you mean parallel?"))
    }

    @Test func aKeptContractIsInForceBesideTheCurrentOne() throws {
        let files = try NodeFiles()
        let old = try Files.readText(files.path("contracts/sg.json"))
        try files.write(Array(old.utf8), "contracts/kept/sg-1.json")
        try files.change("contracts/sg.json", "\"version\": 1", "\"version\": 2")
        let read = try files.read()
        #expect(read.contracts.values.filter { $0.stage.rawValue == "sg" }.map(\.version).sorted() == [1, 2])
        let current = try #require(StageName(rawValue: "sg").flatMap { read.current[$0] })
        #expect(read.contracts[current]?.version == 2)
        #expect(read.contractPaths[current] == files.path("contracts/sg.json"))
    }

    @Test func aKeptContractOfAnUnknownStageIsRefused() throws {
        let files = try NodeFiles()
        try files.write(try Files.read(files.path("contracts/sg.json")), "contracts/kept/a.json")
        try files.change("contracts/kept/a.json", "\"contract\": \"sg\"", "\"contract\": \"sgs\"")
        #expect(files.faults() == ["contracts/kept/a.json contract sgs"])
    }

    @Test func theContractOfNanoMayBeInAFileNamedDe() throws {
        let files = try NodeFiles()
        let nano = try Files.read(files.path("contracts/nano.json"))
        try files.write(nano, "contracts/de.json")
        #expect(files.faults() == ["contracts/nano.json contract nano"])
        try Files.remove(files.path("contracts/nano.json"))
        #expect(files.faults() == [])
    }
}
