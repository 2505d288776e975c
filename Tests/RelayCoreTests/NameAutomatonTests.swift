import Testing

@testable import RelayCore

private let patterns = [
    "[ab]", "a", "(a|b)", "(ab|a|b)", "a{1,2}", "[ab]{2}", "(ab|ba)", "a{0,1}b", "(a|ab){1,2}", "[a-b]{1,3}",
    "a{0,2}b{0,2}", "A", "[Aa]", "(B|aB)", "[abAB]{1,3}", "b[ab]{0,2}",
]

/// Every text of at most four of the letters that the patterns have.
private let texts: [String] = (1...4).reduce(into: []) { texts, length in
    let shorter = length == 1 ? [""] : texts.filter { $0.utf8.count == length - 1 }
    texts += shorter.flatMap { text in ["a", "b", "A", "B"].map { text + $0 } }
}

@Suite struct NameAutomatonTests {
    private func names(_ text: String) throws -> ContractEntry.Names {
        .family(try #require(NamePattern(text)), atMost: 1)
    }

    private func matches(_ pattern: String) throws -> Set<String> {
        let pattern = try #require(NamePattern(pattern))
        return Set(texts.filter { AttachmentName(rawValue: $0).map(pattern.matches) ?? false })
    }

    @Test(arguments: patterns)
    func comparingAgreesWithTryingEveryText(_ pattern: String) throws {
        let mine = try matches(pattern)
        let lower = Set(mine.map { $0.lowercased() })
        for other in patterns {
            let theirs = try matches(other)
            let (left, right) = (try names(pattern), try names(other))
            #expect(left.isWithin(right) == mine.isSubset(of: theirs), "\(pattern) in \(other)")
            #expect(left.meets(right) == !mine.isDisjoint(with: theirs), "\(pattern) and \(other)")
            let folded = !lower.isDisjoint(with: theirs.map { $0.lowercased() })
            #expect(left.meets(right, ignoringCase: true) == folded, "\(pattern) and \(other) without case")
        }
    }

    @Test func aNameIsComparedAsAFamilyOfOne() throws {
        let name = ContractEntry.Names.exactly(try #require(AttachmentName(rawValue: "source-07.md")))
        let sources = try names("source-[0-9]{2}[.](md|txt)")
        #expect(name.isWithin(sources))
        #expect(!sources.isWithin(name))
        #expect(sources.meets(name))
        #expect(try !names("source-[0-9]{3}[.](md|txt)").meets(name))
    }

    @Test(.timeLimit(.minutes(10)))
    func whatWouldTakeForEverIsRefusedInstead() throws {
        let words = (0..<60).map { "a" + String($0, radix: 2) }.joined(separator: "|")
        let big = try names("(\(words)){1,18}")
        let other = try names("(a|0|1|a0|01|10|11){1,64}")
        _ = big.isWithin(other)
        #expect(big.meets(big))
    }
}
