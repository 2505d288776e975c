import Testing

@testable import RelayCore

/// Texts that no name of any kind may be.
private let hostile: [String] = [
    "", " ", ".", "..", "...", "/", "../evil", "a/b", "a/", "/a", "a\\b", "..\u{301}",
    "/\u{301}", "../\u{301}evil", "a/\u{301}b", "a\u{0}", "a\u{0}b", "\u{0}", "\u{0}a",
    "a\n", "a\r\n", "\na", "a\tb", "a\u{1B}[2J", "a\u{7F}", "a b", " a", "a ", "a%00", "a%2Fb", "%2e%2e",
    "\u{212A}", "a\u{212A}", "\u{E9}", "e\u{301}", "a\u{E9}", "ae\u{301}", "a\u{301}", "\u{FEFF}a",
    "a\u{200B}",
    "\u{FF41}", "a\u{FF0F}b", "a\u{2024}b", "a\u{202E}b", "\u{1F600}", "a\u{FE0F}", "a:b", "a~b", "~a", "-",
    "-a", "--help", "_a", ".a", ".part", ".PART", "a*", "a?", "$a", "a|b", "a;b", "'a'", "\"a\"", "a=b",
    "a&b", "a#",
    "a+b", "a,b", "a@b", "a\u{2028}", "a\u{85}", "\u{661}", "a\u{661}", "\u{130}", "\u{131}",
]

@Suite struct NodeNameTests {
    @Test(arguments: ["a", "nano", "de", "a-", "a--", "a0", "n-1", "z" + String(repeating: "9", count: 30)])
    func aPlainNameIsTaken(_ text: String) {
        #expect(NodeName(rawValue: text)?.rawValue == text)
        #expect(StageName(rawValue: text)?.rawValue == text)
        #expect(NodeName(rawValue: text)?.description == text)
    }

    @Test(
        arguments: hostile + [
            "0", "0a", "A", "nanO", "Nano", "a.b", "a_b", "a" + String(repeating: "b", count: 31),
        ]
    )
    func anythingElseIsRefused(_ text: String) {
        #expect(NodeName(rawValue: text) == nil)
        #expect(StageName(rawValue: text) == nil)
    }

    @Test func theSpokenAliasIsNeverAWireName() {
        #expect(StageName(spoken: "de")?.rawValue == "nano")
        #expect(StageName(spoken: "nano")?.rawValue == "nano")
        #expect(StageName(spoken: "sg")?.rawValue == "sg")
        #expect(StageName(spoken: "DE") == nil)
        #expect(StageName(spoken: "d\u{435}") == nil)
        #expect(StageName(rawValue: "de")?.rawValue == "de")
        #expect(StageName.main.rawValue == "main")
    }
}

@Suite struct JobIDTests {
    @Test(arguments: ["a", "0", "weekly-brief", "0-", "1--1", "x" + String(repeating: "-", count: 62)])
    func aPlainIDIsTaken(_ text: String) {
        #expect(JobID(rawValue: text)?.rawValue == text)
    }

    @Test(arguments: hostile + ["A", "aB", "a.b", "a_b", "a.1", String(repeating: "a", count: 64)])
    func anythingElseIsRefused(_ text: String) {
        #expect(JobID(rawValue: text) == nil)
    }
}

@Suite struct AttachmentNameTests {
    @Test(
        arguments: [
            "a", "0", "Z", "a.", "a..", "a.b", "a..b", "a-_.", "README.md", "source-01.md", "A.TXT", "part",
            "PART",
            "a.parts", "apart", "a-part", "a.part.md", "a.part.", "CON", String(repeating: "x", count: 128),
            String(repeating: "x", count: 123) + ".pars",
        ]
    )
    func aPlainNameIsTaken(_ text: String) {
        #expect(AttachmentName(rawValue: text)?.rawValue == text)
    }

    @Test(
        arguments: hostile + [
            "a.part", "a.PART", "a.Part", "a.pArT", "a..part", "0.part", "a.part.part",
            String(repeating: "x", count: 129), String(repeating: "x", count: 123) + ".part",
            String(repeating: "x", count: 1_000_000),
        ]
    )
    func anythingElseIsRefused(_ text: String) {
        #expect(AttachmentName(rawValue: text) == nil)
    }

    @Test(arguments: [("A.md", "a.MD"), ("README", "readme"), ("k.txt", "K.txt"), ("I.txt", "i.txt")])
    func caseTwinsFoldToOneName(_ pair: (String, String)) throws {
        let left = try #require(AttachmentName(rawValue: pair.0))
        let right = try #require(AttachmentName(rawValue: pair.1))
        #expect(left != right)
        #expect(left.folded == right.folded)
    }

    @Test func everyByteIsTakenOrRefusedByTheRule() {
        let first = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".unicodeScalars)
        let rest = first.union("._-".unicodeScalars)
        for value in UInt32(0)...0x24F {
            guard let scalar = Unicode.Scalar(value) else { continue }
            #expect((AttachmentName(rawValue: "\(scalar)") != nil) == first.contains(scalar), "U+\(value)")
            #expect((AttachmentName(rawValue: "a\(scalar)") != nil) == rest.contains(scalar), "a, U+\(value)")
        }
    }

    @Test func namesOrderByTheirBytes() throws {
        let names = try ["b", "a.b", "a-b", "a_b", "B", "a0", "a"].map {
            try #require(AttachmentName(rawValue: $0))
        }
        #expect(names.sorted().map(\.rawValue) == ["B", "a", "a-b", "a.b", "a0", "a_b", "b"])
    }
}

@Suite struct RoundTests {
    @Test(arguments: [Int.min, -1, 0, 17, 18, Int.max])
    func aRoundOutsideTheLimitIsRefused(_ number: Int) {
        #expect(Round(number) == nil)
    }

    @Test func roundsRunFromOneToSixteen() {
        var rounds: [Round] = [.first]
        while let next = rounds.last?.next { rounds.append(next) }
        #expect(rounds.map(\.number) == Array(1...16))
        #expect(rounds == rounds.sorted())
    }
}
