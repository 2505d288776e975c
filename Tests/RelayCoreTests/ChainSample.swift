import RelayCore
import Testing

/// Contracts of a small relay to start from; a test changes one thing.
struct ChainSample {
    /// An entry that is easy to write down.
    static func entry(
        _ text: String,
        atMost: Int? = nil,
        isOptional: Bool = false,
        type: String = "text/markdown",
        bytes: ClosedRange<Int64> = 1...100,
        headings: [String] = []
    ) throws -> ContractEntry {
        let names: ContractEntry.Names =
            if let atMost { .family(try #require(NamePattern(text)), atMost: atMost) } else {
                .exactly(try #require(AttachmentName(rawValue: text)))
            }
        return ContractEntry(
            names: names,
            isOptional: isOptional,
            mediaType: type,
            bytes: bytes,
            headings: headings
        )
    }

    static func contract(
        _ stage: String,
        takes: [ContractEntry],
        makes: [ContractEntry],
        passes: [String] = []
    ) throws -> Contract {
        Contract(
            stage: try #require(StageName(rawValue: stage)),
            version: 1,
            takes: takes,
            makes: makes,
            passes: try passes.map { try #require(AttachmentName(rawValue: $0)) },
            claimWithin: .seconds(60),
            produceWithin: .seconds(60)
        )
    }

    var firstTakes: [ContractEntry]
    var firstMakes: [ContractEntry]
    var firstPasses: [String] = []
    var nextTakes: [ContractEntry]
    var nextMakes: [ContractEntry]
    var nextPasses = ["list.md"]
    var mainTakes: [ContractEntry]
    var mainMakes: [ContractEntry] = []

    init() throws {
        let list = try Self.entry("list.md", headings: ["Candidates"])
        let final = try Self.entry("final.txt", type: "text/plain")
        firstTakes = try [
            Self.entry("brief.md"), Self.entry(DispatchedFiles.sources, atMost: 8, isOptional: true),
        ]
        firstMakes = [list]
        nextTakes = [list]
        nextMakes = [final]
        mainTakes = [list, final]
    }

    func check() throws -> ChainCheck {
        ChainCheck(stages: [
            .init(
                contract: try Self.contract(
                    "nano",
                    takes: firstTakes,
                    makes: firstMakes,
                    passes: firstPasses
                ),
                file: "nano.json"
            ),
            .init(
                contract: try Self.contract("sg", takes: nextTakes, makes: nextMakes, passes: nextPasses),
                file: "sg.json"
            ),
            .init(contract: try Self.contract("main", takes: mainTakes, makes: mainMakes), file: "main.json"),
        ])
    }

    /// File, key and value of each fault.
    func places() throws -> [String] {
        try check().faults.map { "\($0.file) \($0.key) \($0.value ?? "-")" }
    }
}
