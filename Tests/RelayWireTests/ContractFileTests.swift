import RelayCore
import RelayWire
import Testing

private let shipped = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined() + "/contracts/"

private let entry: JSON = .members([
    "name": "brief.md", "type": "text/markdown", "min_bytes": 1, "max_bytes": 10,
    "headings": .array(["Summary"]),
])
private let family: JSON = .members([
    "pattern": "source-[0-9]{2}[.](md|txt)", "at_most": 32, "optional": true, "type": "text/plain",
    "min_bytes": 0,
    "max_bytes": 0,
])
private let contract: JSON = .members([
    "baton": 1, "contract": "nano", "version": 1, "takes": .array([entry, family]),
    "makes": .array([entry.with("name", "out.md")]), "passes": .array(["brief.md"]),
    "claim_within_s": 60, "produce_within_s": 1800,
])

/// A change to the contract and the error it must give.
private let bad: [(JSON, String, String)] = [
    (contract.with("baton", 2), "baton", "1, the version of this format"),
    (contract.with("contract", "Nano"), "contract", StageName.rule),
    (
        contract.with("contract", "de"), "contract",
        "the name that travels; de is said for nano in commands and file names only"
    ), (contract.with("version", 0), "version", "a whole number from 1 to 2147483647"),
    (contract.with("version", "1"), "version", "a whole number from 1 to 2147483647"),
    (contract.with("claim_within_s", 0), "claim_within_s", "a whole number from 1 to 31536000"),
    (
        contract.with("produce_within_s", nil), "produce_within_s",
        "must be there: a whole number from 1 to 31536000"
    ),
    (
        contract.with("make", .array([])), "make",
        "a key that is known here: baton, contract, version, takes, makes, passes, claim_within_s, produce_within_s, hidden_characters"
    ), (contract.with("hidden_characters", "refused"), "hidden_characters", "refuse, report or allow"),
    (contract.with("makes", .object([])), "makes", "an array of at most 64"),
    (
        contract.with("passes", .array(["out.md"])), "passes[0]",
        "the exact name of an entry of takes; what is passed on was taken"
    ),
    (
        contract.with("passes", .array(["source-01.md"])), "passes[0]",
        "the exact name of an entry of takes; what is passed on was taken"
    ), (contract.with("passes", .array(["brief.md", "brief.md"])), "passes[1]", "each name once"),
    (contract.with("passes", .array(["../a"])), "passes[0]", AttachmentName.rule),
]

/// A change to the entry and the error it must give.
private let badEntries: [(JSON, String, String)] = [
    (entry.with("name", "a/b"), "name", AttachmentName.rule),
    (entry.with("name", "a.part"), "name", AttachmentName.rule),
    (entry.with("name", nil), "name", "either name or pattern"),
    (family.with("name", "a.md"), "name", "either name or pattern"),
    (family.with("pattern", "source-.*"), "pattern", patternRule),
    (family.with("pattern", "a{128}b"), "pattern", patternRule),
    (family.with("at_most", nil), "at_most", "must be there: a whole number from 1 to 64"),
    (family.with("at_most", 0), "at_most", "a whole number from 1 to 64"),
    (family.with("at_most", 65), "at_most", "a whole number from 1 to 64"),
    (entry.with("at_most", 1), "at_most", "only beside a pattern; a name is one file"),
    (entry.with("optional", 1), "optional", "true or false"),
    (entry.with("type", nil), "type", "must be there: a media type of at most 128 bytes"),
    (entry.with("type", "markdown"), "type", "a media type of at most 128 bytes"),
    (entry.with("min_bytes", -1), "min_bytes", "a whole number from 0 to 1099511627776"),
    (entry.with("min_bytes", nil), "min_bytes", "must be there: a whole number from 0 to 1099511627776"),
    (entry.with("min_bytes", 11), "max_bytes", "at least min_bytes, which is 11"),
    (entry.with("max_bytes", .integer(1 << 41)), "max_bytes", "a whole number from 0 to 1099511627776"),
    (entry.with("headings", "Summary"), "headings", "an array of at most 32"),
    (entry.with("headings", .array([1])), "headings[0]", headingRule),
    (entry.with("headings", .array(["A", ""])), "headings[1]", headingRule),
    (
        entry.with("headings", .array([.string(String(repeating: "h", count: 257))])), "headings[0]",
        headingRule
    ), (entry.with("headings", .array([" A"])), "headings[0]", headingRule),
    (entry.with("headings", .array(["A "])), "headings[0]", headingRule),
    (entry.with("headings", .array(["A\nB"])), "headings[0]", headingRule),
    (entry.with("headings", .array(["A\r"])), "headings[0]", headingRule),
    (
        entry.with("heading", .array([])), "heading",
        "a key that is known here: name, pattern, at_most, optional, type, min_bytes, max_bytes, headings"
    ),
]

private let headingRule =
    "the text of a heading: one line of 1 to 256 bytes without space around it, without its # signs"
private let patternRule =
    "a pattern of A-Z a-z 0-9 _ -, sets [0-9.], groups (md|txt) and counts {2}, for names of at most 128 bytes; no . * + ? ^ $ outside a set"

@Suite struct ContractFileTests {
    @Test(
        arguments: [
            ("nano", 2, 2, 0), ("sg", 2, 1, 2), ("jp", 3, 1, 3), ("main", 4, 0, 0),
        ]
    )
    func aShippedContractIsRead(_ row: (String, Int, Int, Int)) throws {
        let bytes = try ConfigurationFiles.bytes(at: "\(shipped)\(row.0).json")
        let contract = try Contract(parsing: bytes)
        #expect(contract.stage.rawValue == row.0)
        #expect(contract.takes.count == row.1)
        #expect(contract.makes.count == row.2)
        #expect(contract.passes.count == row.3)
        #expect(contract.claimWithin == .seconds(60))
        #expect(contract.produceWithin == .seconds(1800))
    }

    @Test(arguments: [("nano", "sg"), ("sg", "jp"), ("jp", "main")])
    func whatAShippedStageHandsOnIsWhatTheNextOneTakes(_ row: (String, String)) throws {
        let giver = try Contract(parsing: ConfigurationFiles.bytes(at: "\(shipped)\(row.0).json"))
        let taker = try Contract(parsing: ConfigurationFiles.bytes(at: "\(shipped)\(row.1).json"))
        let passed = giver.takes.filter { entry in giver.passes.contains(where: entry.allows) }
        #expect(Set(giver.makes + passed) == Set(taker.takes))
    }

    @Test func allFieldsOfAContractAreRead() throws {
        let read = try Contract(parsing: contract.encoded)
        #expect(read.takes.map(\.label) == ["brief.md", "source-[0-9]{2}[.](md|txt)"])
        #expect(read.takes.map(\.isOptional) == [false, true])
        #expect(read.takes.map(\.bytes) == [1...10, 0...0])
        #expect(read.takes.map(\.headings) == [["Summary"], []])
        #expect(read.passes.map(\.rawValue) == ["brief.md"])
    }

    /// Each row: what the file says, the rule, and whether its entries refuse.
    @Test(
        arguments: [
            (nil, .report, false), ("report", .report, false), ("allow", .allow, false),
            ("refuse", .refuse, true),
        ] as [(String?, HiddenCharacterRule, Bool)]
    )
    func hiddenCharactersAreReportedUnlessItSaysOtherwise(
        text: String?,
        rule: HiddenCharacterRule,
        refuses: Bool
    ) throws {
        let json = contract.with("hidden_characters", text.map { .string($0) })
        let read = try Contract(parsing: json.encoded)
        #expect(read.hiddenCharacters == rule)
        #expect((read.takes + read.makes).allSatisfy { $0.refusesHidden == refuses })
    }

    @Test(arguments: bad)
    func aBadContractIsRefused(_ row: (JSON, String, String)) {
        let found = faults(Contract.self, row.0)
        #expect(found.map(\.key) == [row.1], "\(found)")
        #expect(found.first?.rule == row.2)
    }

    @Test(arguments: badEntries)
    func aBadEntryIsRefusedWithItsPlace(_ row: (JSON, String, String)) {
        let takes = contract.with("takes", .array([entry.with("name", "first.md"), row.0]))
        let taken = faults(Contract.self, takes.with("passes", .array([])))
        #expect(taken.map(\.key) == ["takes[1].\(row.1)"], "\(taken)")
        #expect(taken.first?.rule == row.2)
        let made = faults(
            Contract.self,
            contract.with("makes", .array([row.0])).with("takes", nil).with("passes", nil)
        )
        #expect(made.map(\.key) == ["makes[0].\(row.1)"], "\(made)")
    }

    @Test(
        arguments: [
            ("takes", .array([entry, family, entry]), "brief.md"),
            ("takes", .array([entry, family, entry.with("name", "Brief.MD")]), "Brief.MD"),
            ("makes", .array([entry]), "brief.md"),
            ("makes", .array([entry.with("name", "BRIEF.md")]), "BRIEF.md"),
        ] as [(String, JSON, String)]
    )
    func aNameThatIsThereTwiceIsRefusedWithoutRegardToCase(_ row: (String, JSON, String)) {
        let found = faults(Contract.self, contract.with(row.0, row.1).with("passes", .array([])))
        #expect(found.map(\.value) == ["\"\(row.2)\""])
        #expect(found.first?.key.hasPrefix(row.0 + "[") == true)
    }

    @Test(arguments: ["A", "A B", "A #", "#", "# A", "A\tB", "\u{1F600}", "A `b` *c*", "1."])
    func aHeadingThatALineCanGiveIsTaken(_ heading: String) throws {
        let takes = JSON.array([entry.with("headings", .array([.string(heading)])), family])
        let read = try Contract(parsing: contract.with("takes", takes).encoded)
        #expect(read.takes.first?.headings == [heading])
    }
}
