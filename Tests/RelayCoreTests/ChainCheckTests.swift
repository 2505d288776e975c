import RelayCore
import Testing

/// A change to the sample, and the faults it must give, by file, key and value.
private struct Row: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let change: @Sendable (inout ChainSample) throws -> Void
    let faults: [String]

    init(_ name: String, _ faults: [String], _ change: @escaping @Sendable (inout ChainSample) throws -> Void)
    {
        testDescription = name
        self.faults = faults
        self.change = change
    }
}

private let rows: [Row] = [
    Row("as it is", []) { _ in },
    Row("more may be allowed than comes", []) { sample in
        sample.nextTakes = try [
            ChainSample.entry("list.md", type: "Text/Markdown", bytes: 0...200),
            ChainSample.entry("more.md", isOptional: true),
        ]
        sample.nextPasses = []
        sample.mainTakes.removeFirst()
    },
    Row("what is required is not made", ["nano.json makes[0].name lost.md", "sg.json takes[0].name list.md"])
    {
        $0.firstMakes = [try ChainSample.entry("lost.md", headings: ["Candidates"])]
    },
    Row("what is required is optional", ["sg.json takes[0].name list.md"]) {
        $0.firstMakes = [try ChainSample.entry("list.md", isOptional: true, headings: ["Candidates"])]
    },
    Row("what is passed on is optional", ["main.json takes[0].name list.md"]) {
        $0.nextTakes = [try ChainSample.entry("list.md", isOptional: true, headings: ["Candidates"])]
    },
    Row("what is made is not allowed", ["nano.json makes[1].name extra.md"]) {
        $0.firstMakes.append(try ChainSample.entry("extra.md", isOptional: true))
    },
    Row("a file may be too large", ["nano.json makes[0].max_bytes 101"]) {
        $0.firstMakes = [try ChainSample.entry("list.md", bytes: 1...101, headings: ["Candidates"])]
    },
    Row("a file may be too small", ["nano.json makes[0].min_bytes 0"]) {
        $0.firstMakes = [try ChainSample.entry("list.md", bytes: 0...100, headings: ["Candidates"])]
    },
    Row("a file that is passed on may be too large", ["sg.json takes[0].max_bytes 300"]) {
        $0.nextTakes = [try ChainSample.entry("list.md", bytes: 1...300, headings: ["Candidates"])]
    },
    Row("a heading is not promised", ["nano.json makes[0].headings candidates"]) {
        $0.firstMakes = [try ChainSample.entry("list.md", headings: ["candidates"])]
    },
    Row("a heading of other bytes", ["nano.json makes[0].headings R\u{E9}sum\u{E9}"]) { sample in
        sample.firstMakes = [try ChainSample.entry("list.md", headings: ["R\u{E9}sum\u{E9}"])]
        sample.nextTakes = [try ChainSample.entry("list.md", headings: ["Re\u{301}sume\u{301}"])]
        sample.nextPasses = []
        sample.mainTakes.removeFirst()
    },
    Row("another media type", ["nano.json makes[0].type text/plain"]) {
        $0.firstMakes = [try ChainSample.entry("list.md", type: "text/plain", headings: ["Candidates"])]
    },
    Row("passing on what is not taken", ["sg.json passes[0] lists.md", "main.json takes[0].name list.md"]) {
        $0.nextPasses = ["lists.md"]
    },
    Row(
        "passing on a file of a family",
        ["nano.json passes[0] source-01.md", "nano.json passes[0] source-01.md"]
    ) {
        $0.firstPasses = ["source-01.md"]
    },
    Row("a family that fits", []) { sample in
        sample.firstMakes.append(try ChainSample.entry("part-[1-3]", atMost: 3, isOptional: true))
        sample.nextTakes.append(try ChainSample.entry("part-[0-9]{1,2}", atMost: 3, isOptional: true))
    },
    Row("a family that is wider", ["nano.json makes[1].pattern part-[0-9]{1,2}"]) { sample in
        sample.firstMakes.append(try ChainSample.entry("part-[0-9]{1,2}", atMost: 3, isOptional: true))
        sample.nextTakes.append(try ChainSample.entry("part-[0-9]", atMost: 3, isOptional: true))
    },
    Row("more of a family than is allowed", ["sg.json takes[1].at_most 3"]) { sample in
        sample.firstMakes.append(try ChainSample.entry("part-[0-9]", atMost: 3, isOptional: true))
        sample.firstMakes.append(try ChainSample.entry("part-x", isOptional: true))
        sample.nextTakes.append(try ChainSample.entry("part-[0-9x]", atMost: 3, isOptional: true))
    },
    Row("a family that is required and optional", ["sg.json takes[1].pattern part-[0-9]"]) { sample in
        sample.firstMakes.append(try ChainSample.entry("part-[0-9]", atMost: 3, isOptional: true))
        sample.nextTakes.append(try ChainSample.entry("part-[0-9]", atMost: 3))
    },
    Row("a required family that one sure file satisfies", []) { sample in
        sample.firstMakes.append(try ChainSample.entry("part-1"))
        sample.nextTakes.append(try ChainSample.entry("part-[0-9]", atMost: 3))
    },
    Row("a family under two entries", ["nano.json makes[1].max_bytes 100"]) { sample in
        sample.firstMakes.append(try ChainSample.entry("part-[0-9]", atMost: 3, isOptional: true))
        sample.nextTakes.append(try ChainSample.entry("part-1", isOptional: true, bytes: 1...99))
        sample.nextTakes.append(try ChainSample.entry("part-[0-9]", atMost: 3, isOptional: true))
    },
    Row("a name that was there before", ["sg.json makes[0].name Brief.md"]) { sample in
        sample.nextMakes = [try ChainSample.entry("Brief.md")]
        sample.mainTakes[1] = try ChainSample.entry("Brief.md")
    },
    Row("a family that holds a name that was there before", ["sg.json makes[1].pattern LIST[.][a-z]{2}"]) {
        sample in
        sample.nextMakes.append(try ChainSample.entry("LIST[.][a-z]{2}", atMost: 1, isOptional: true))
        sample.mainTakes.append(try ChainSample.entry("LIST[.][a-z]{2}", atMost: 1, isOptional: true))
    },
    Row("more files than a task has", ["nano.json makes 65 files with those that are passed on"]) { sample in
        sample.firstMakes.append(try ChainSample.entry("part-[0-9]{2}", atMost: 64, isOptional: true))
        sample.nextTakes.append(try ChainSample.entry("part-[0-9]{2}", atMost: 64, isOptional: true))
    },
    Row("a first stage that does not take a brief", ["nano.json takes -"]) { $0.firstTakes.removeFirst() },
    Row("a first stage that wants what dispatch never sends", ["nano.json takes[2].name data.csv"]) {
        $0.firstTakes.append(try ChainSample.entry("data.csv"))
    },
    Row("a first stage that wants a source", []) {
        $0.firstTakes[1] = try ChainSample.entry("source-0[1-9][.]md", atMost: 8)
    },
    Row("main makes something", ["main.json makes 1 entries"]) {
        $0.mainMakes = [try ChainSample.entry("report.md")]
    },
    Row(
        "all at once",
        ["nano.json makes[0].max_bytes 101", "nano.json makes[1].name extra.md", "main.json makes 1 entries"]
    ) { sample in
        sample.firstMakes = try [
            ChainSample.entry("list.md", bytes: 1...101, headings: ["Candidates"]),
            ChainSample.entry("extra.md"),
        ]
        sample.mainMakes = [try ChainSample.entry("report.md")]
    },
]

@Suite struct ChainCheckTests {
    @Test(arguments: rows)
    fileprivate func aFaultNamesItsPlace(_ row: Row) throws {
        var sample = try ChainSample()
        try row.change(&sample)
        #expect(try sample.places().sorted() == row.faults.sorted())
    }

    @Test func aNearMissIsSuggested() throws {
        var sample = try ChainSample()
        sample.firstMakes = [try ChainSample.entry("lists.md", headings: ["Candidates"])]
        let faults = try sample.check().faults
        #expect(faults.map(\.fix) == ["did you mean list.md?", "did you mean lists.md?"])
    }

    @Test func aFaultIsOneLineWithItsParts() {
        let fault = ConfigurationFault(
            file: "a\u{1B}[31m.json",
            key: "x",
            value: String(repeating: "v", count: 100),
            rule: "r\n",
            fix: "f\u{202E}"
        )
        let value = String(repeating: "v", count: 77) + "\u{2026}"
        #expect(fault.description == "a\u{FFFD}[31m.json: x: found \(value); rule: r\u{FFFD}; fix: f\u{FFFD}")
        let whole = ConfigurationFault(file: "a.json", key: "", rule: "r", fix: "f")
        #expect(whole.description == "a.json; rule: r; fix: f")
    }
}
