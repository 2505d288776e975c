import Testing

@testable import RelayCore

@Suite struct VerdictTests {
    private static let brief = "brief.md"
    private static let family = "source-[0-9]{2}[.](md|txt)"

    private func name(_ text: String) throws -> AttachmentName {
        try #require(AttachmentName(rawValue: text), "\(text) is no attachment name")
    }

    private func entry(
        _ text: String,
        type: String = "text/plain",
        bytes: ClosedRange<Int64> = 1...100,
        headings: [String] = []
    ) throws -> ContractEntry {
        ContractEntry(
            names: .exactly(try name(text)),
            isOptional: false,
            mediaType: type,
            bytes: bytes,
            headings: headings
        )
    }

    private func sources(atMost limit: Int, isOptional: Bool = true) throws -> ContractEntry {
        ContractEntry(
            names: .family(try #require(NamePattern(Self.family)), atMost: limit),
            isOptional: isOptional,
            mediaType: "text/plain",
            bytes: 1...100,
            headings: []
        )
    }

    private func file(
        _ text: String,
        size: Int64 = 10,
        isUTF8: Bool = true,
        headings: [String] = [],
        hidden: [HiddenCharacters] = []
    ) throws -> FileFacts {
        FileFacts(
            name: try name(text),
            size: size,
            digest: try #require(Digest(bytes: [UInt8](repeating: 7, count: 32))),
            isUTF8: isUTF8,
            headings: headings,
            hidden: hidden
        )
    }

    @Test(arguments: [("text/plain", true, true), ("text/plain", false, false), ("image/png", true, false)])
    func hiddenCharactersBreakATextWhereTheContractSaysSo(type: String, refuses: Bool, breaks: Bool) throws {
        let takes = try [entry(Self.brief, type: type).refusingHidden(refuses)]
        let hidden = [HiddenCharacters(kind: .tag, count: 2, first: 9)]
        let verdict = try takes.verdict(on: [file(Self.brief, hidden: hidden)])
        #expect(verdict.violations.map(\.rule) == (breaks ? [.hiddenCharacters] : []))
        #expect(verdict.violations.map(\.found) == (breaks ? ["2 tag, the first at byte 9"] : []))
    }

    @Test func theRightFilesHold() throws {
        let takes = try [entry(Self.brief, headings: ["A", "B"]), sources(atMost: 2)]
        let brief = try file(Self.brief, headings: ["B", "C", "A"])
        #expect(takes.verdict(on: [brief]) == .holds)
        #expect(try takes.verdict(on: [file("source-01.md"), brief, file("source-02.txt")]) == .holds)
        #expect([ContractEntry]().verdict(on: []) == .holds)
        #expect(Verdict.holds.violations.isEmpty)
    }

    @Test(arguments: [(0, false), (1, true), (100, true), (101, false), (.max, false)] as [(Int64, Bool)])
    func sizesAreHeldAtBothEnds(_ row: (Int64, Bool)) throws {
        let broken = try [entry("a.txt")].verdict(on: [file("a.txt", size: row.0)])
        let rule: Violation.Rule = row.0 < 1 ? .tooSmall : .tooLarge
        let expected = row.0 < 1 ? "at least 1 bytes" : "at most 100 bytes"
        let violation = Violation(name: "a.txt", rule: rule, expected: expected, found: "\(row.0) bytes")
        #expect(broken == (row.1 ? .holds : .broken([violation])))
    }

    @Test(
        arguments: [
            ("text/plain", false), ("text/markdown", false), ("TEXT/plain", false), ("Text/Markdown", false),
            ("application/octet-stream", true), ("application/text", true), ("textile/plain", true),
        ]
    )
    func aTextMustBeUTF8WhateverTheCaseOfItsType(_ row: (String, Bool)) throws {
        let broken = try [entry("a.txt", type: row.0)].verdict(on: [file("a.txt", isUTF8: false)])
        let violation = Violation(
            name: "a.txt",
            rule: .notUTF8,
            expected: "valid UTF-8",
            found: "other bytes"
        )
        #expect(broken == (row.1 ? .holds : .broken([violation])))
    }

    @Test(
        arguments: [
            (["Accepted"], "Accepted", nil, nil), (["accepted"], "accepted", "Accepted", "accepted"),
            (["Acepted", "Other"], "Acepted, Other", "Accepted", "Acepted"),
            ([], "no headings", "Accepted", nil),
            (["Entirely", "Different"], "Entirely, Different", "Accepted", nil),
            (["Accepted "], "Accepted ", "Accepted", "Accepted "),
        ] as [([String], String, String?, String?)]
    )
    func aHeadingMustBeThereExactly(_ row: ([String], String, String?, String?)) throws {
        let verdict = try [entry("r.md", headings: ["Accepted"])].verdict(on: [file("r.md", headings: row.0)])
        guard let missing = row.2 else {
            #expect(verdict == .holds)
            return
        }
        let violation = Violation(
            name: "r.md",
            rule: .headingMissing,
            expected: "a heading \"\(missing)\"",
            found: row.1,
            suggestion: row.3.map { "did you mean the heading \"\($0)\" to be \"\(missing)\"?" }
        )
        #expect(verdict == .broken([violation]))
    }

    @Test func aHeadingOfOtherBytesIsAnotherHeading() throws {
        let entry = try entry("r.md", headings: ["Re\u{301}sume\u{301}"])
        let verdict = try [entry].verdict(on: [file("r.md", headings: ["R\u{E9}sum\u{E9}"])])
        #expect(verdict.violations.map(\.rule) == [.headingMissing])
    }

    @Test(
        arguments: [
            ("Brief.md", "did you mean brief.md?"), ("brief.txt", "did you mean brief.md?"),
            ("breif.md", "did you mean brief.md?"), ("brief-md", "did you mean brief.md?"),
            ("something-else.pdf", "send it as brief.md, or leave it out"),
        ]
    )
    func aWrongNameGetsTheMissingOneSuggested(_ row: (String, String)) throws {
        let verdict = try [entry(Self.brief), sources(atMost: 2)].verdict(onNames: [name(row.0)])
        let unexpected = Violation(
            name: row.0,
            rule: .unexpectedName,
            expected: "brief.md, \(Self.family)",
            found: row.0,
            suggestion: row.1
        )
        let isNear = row.1.hasPrefix("did")
        let missing = Violation(
            name: Self.brief,
            rule: .missing,
            expected: Self.brief,
            found: "no such file",
            suggestion: isNear ? "rename \(row.0) to brief.md" : "add brief.md"
        )
        #expect(Set(verdict.violations) == [unexpected, missing])
    }

    @Test func aFileWhereNoneBelongsIsToBeLeftOut() throws {
        let verdict = try [ContractEntry]().verdict(onNames: [name("a.md")])
        let left = Violation(
            name: "a.md",
            rule: .unexpectedName,
            expected: "",
            found: "a.md",
            suggestion: "leave it out"
        )
        #expect(verdict == .broken([left]))
    }

    @Test func aFamilyHasItsLimitAndMayBeRequired() throws {
        let three = try ["source-01.md", "source-02.md", "source-03.txt"].map(name)
        let many = Violation(name: Self.family, rule: .tooMany, expected: "at most 2", found: "3")
        #expect(try [sources(atMost: 2)].verdict(onNames: three) == .broken([many]))
        #expect(try [sources(atMost: 3)].verdict(onNames: three) == .holds)
        let required = try [sources(atMost: 2, isOptional: false)]
        #expect(required.verdict(onNames: []).violations.map(\.rule) == [.missing])
        #expect(required.verdict(onNames: []).violations.map(\.name) == [Self.family])
        #expect(required.verdict(onNames: [three[0]]) == .holds)
    }

    @Test func namesThatDifferInCaseOnlyAreTwins() throws {
        let entries = try [entry("a.md"), entry("A.md"), entry("b.md")]
        let twins = Violation(
            name: "A.md",
            rule: .caseTwin,
            expected: "names that differ in more than case",
            found: "A.md, a.md"
        )
        #expect(try entries.verdict(onNames: [name("a.md"), name("b.md"), name("A.md")]) == .broken([twins]))
        #expect(
            try entries.verdict(onNames: ["a.md", "a.md", "A.md", "b.md"].map(name)).violations.count == 1
        )
    }

    @Test func theSameViolationsComeInTheSameOrder() throws {
        let entries = try [entry("m.md", headings: ["X"]), entry("b.md"), sources(atMost: 1), entry("c.md")]
        let files = try [
            file("z.md"), file("source-02.md", size: 0, isUTF8: false),
            file("m.md", size: 101, isUTF8: false),
            file("source-01.md"), file("Z.md"), file("a.md"),
        ]
        let first = entries.verdict(on: files).violations
        #expect(
            first.map { "\($0.name) \($0.rule.rawValue)" }
                == [
                    "Z.md case-twin", "Z.md unexpected-name", "a.md unexpected-name", "b.md missing",
                    "c.md missing",
                    "m.md heading-missing", "m.md not-utf-8", "m.md too-large", "\(Self.family) too-many",
                    "source-02.md not-utf-8", "source-02.md too-small", "z.md unexpected-name",
                ].sorted { byBytes($0, $1) }
        )
        var random = SeededGenerator(seed: 5)
        for _ in 0..<20 {
            #expect(entries.verdict(on: files.shuffled(using: &random)).violations == first)
        }
    }

    private func byBytes(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }

    @Test func sentRuleNamesDoNotChange() {
        #expect(
            Violation.Rule.allCases.map(\.rawValue) == [
                "missing", "unexpected-name", "too-many", "case-twin", "too-small", "too-large", "not-utf-8",
                "hidden-characters", "heading-missing", "not-passed",
            ]
        )
    }
}
