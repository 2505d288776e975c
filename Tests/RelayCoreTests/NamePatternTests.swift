import Testing

@testable import RelayCore

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite struct NamePatternTests {
    @Test(
        arguments: [
            ("a", 1), ("source-[0-9]{2}[.](md|txt)", 13), ("[a-c]{1,3}", 3), ("(ab|c){2,4}", 8),
            ("a{128}", 128),
            ("a{0,1}b", 2), ("[.]", 1), ("[-a]", 1), ("[a-]", 1), ("[0-9a-f_.-]{4}", 4), ("A_z-9", 5),
            ("(a)", 1),
            ("(aa|a){64}", 128), ("[a][b]", 2), ("x{1}", 1), ("a{064}b{64}", 128), ("[a-a]", 1),
            ("[a-c-]", 1), ("[-a-c]", 1), ("[-]", 1), ("[--]", 1), ("a{128,128}", 128),
        ]
    )
    func aPatternOfTheSubsetKnowsItsLongestName(_ row: (String, Int)) throws {
        let pattern = try #require(NamePattern(row.0))
        #expect(pattern.text == row.0)
        #expect(pattern.longestMatch == row.1)
    }

    @Test(
        arguments: [
            "", ".", "a.b", "a*", "a+", "a?", "^a", "a$", "a|b", "a b", "a/b", "\\.", "a\\d", "\u{E9}",
            "a\u{301}",
            "[", "[]", "[]a]", "[a", "a]", "[^a]", "[[:alpha:]]", "[[.a.]]", "[z-a]", "[a-.]", "[/]", "[ ]",
            "[\\d]",
            "[a\u{E9}]", "[a-z-9]", "[a-c-e]", "[--a]", "[a--]", "[---]", "[a-c-0]", "[0-a-]x-]", "(", ")",
            "()", "(a", "a)", "(|a)", "(a|)", "(a||b)", "((a))", "(a.b)",
            "([a])", "(a{2})", "(a b)", "{", "}", "{2}", "a{", "a{}", "a{2", "a{,}", "a{2,}", "a{,2}", "a{0}",
            "a{0,0}",
            "a{3,2}", "a{-1}", "a{+1}", "a{1,2,3}", "a{ 1}", "a{1 }", "a{x}", "a{1.0}", "a{2}{2}", "a{129}",
            "a{1,129}",
            "a{999}", "a{1000}", "a{64}b{65}", "(ab|c){65}", "a{99999999999999999999}", "a\u{0}", "a\n",
            "(?:a)",
        ]
    )
    func aPatternOutsideTheSubsetIsRefused(_ text: String) {
        #expect(NamePattern(text) == nil)
    }

    @Test(
        arguments: [
            ("source-[0-9]{2}[.](md|txt)", "source-01.md", true),
            ("source-[0-9]{2}[.](md|txt)", "source-99.txt", true),
            ("source-[0-9]{2}[.](md|txt)", "source-1.md", false),
            ("source-[0-9]{2}[.](md|txt)", "source-001.md", false),
            ("source-[0-9]{2}[.](md|txt)", "source-01.MD", false),
            ("source-[0-9]{2}[.](md|txt)", "source-01xmd", false),
            ("source-[0-9]{2}[.](md|txt)", "source-01.md.txt", false),
            ("source-[0-9]{2}[.](md|txt)", "a-source-01.md", false),
            ("source-[0-9]{2}[.](md|txt)", "source-01.", false),
            ("(a|ab)(c|bcd)", "abcd", true), ("(a|ab)(c|bcd)", "abc", true), ("(a|ab)(c|bcd)", "ac", true),
            ("(a|ab)(c|bcd)", "abbcd", true), ("(a|ab)(c|bcd)", "ab", false), ("(ab|a){2}b", "aab", true),
            ("(ab|a){2}b", "abab", true), ("(ab|a){2}b", "aba", false), ("(ab|a){2}b", "ababb", true),
            ("a{0,2}b", "b", true),
            ("a{0,2}b", "aab", true), ("a{0,2}b", "aaab", false), ("a{2,3}", "a", false),
            ("a{2,3}", "aaa", true),
            ("a{2,3}", "aaaa", false), ("[-a]", "-", false), ("x[-a]", "x-", true), ("[a-c]", "d", false),
            ("a[.]b", "axb", false), ("a{0,3}a{0,3}", "aaaaaa", true), ("a{0,3}a{0,3}", "aaaaaaa", false),
        ]
    )
    func aPatternMatchesWholeNamesOnly(_ row: (String, String, Bool)) throws {
        let pattern = try #require(NamePattern(row.0))
        // What is no attachment name at all is in no family.
        let matches = AttachmentName(rawValue: row.1).map(pattern.matches) ?? false
        #expect(matches == row.2)
    }

    @Test(arguments: 1...16 as ClosedRange<UInt64>)
    func randomPatternsMeanWhatPOSIXSays(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<40 {
            let text = Self.randomPattern(using: &random)
            guard let pattern = NamePattern(text) else { continue }
            let oracle = try #require(Expression(text), "POSIX refuses \(text)")
            for _ in 0..<40 {
                let bytes = random.bytes(Int.random(in: 1...8, using: &random), of: Array("aab01.-".utf8))
                guard let name = AttachmentName(rawValue: String(decoding: bytes, as: UTF8.self)) else {
                    continue
                }
                #expect(pattern.matches(name) == oracle.matches(name.rawValue), "\(text) on \(name)")
                if pattern.matches(name) { #expect(name.rawValue.utf8.count <= pattern.longestMatch) }
            }
        }
    }

    @Test func noiseIsRefusedOrMeansWhatPOSIXSays() throws {
        var random = SeededGenerator(seed: 99)
        let alphabet = Array("ab01.-[](){}|,_".utf8)
        var taken = 0
        for _ in 0..<40_000 {
            let noise = random.bytes(Int.random(in: 1...9, using: &random), of: alphabet)
            let text = String(decoding: noise, as: UTF8.self)
            guard let pattern = NamePattern(text) else { continue }
            taken += 1
            let oracle = try #require(Expression(text), "POSIX refuses \(text)")
            for _ in 0..<8 {
                let bytes = random.bytes(Int.random(in: 1...6, using: &random), of: Array("aab01.-_".utf8))
                guard let name = AttachmentName(rawValue: String(decoding: bytes, as: UTF8.self)) else {
                    continue
                }
                #expect(pattern.matches(name) == oracle.matches(name.rawValue), "\(text) on \(name)")
            }
        }
        #expect(taken > 1000)
    }

    @Test(.timeLimit(.minutes(10)))
    func aPatternThatWouldBacktrackForEverIsQuick() throws {
        let pattern = try #require(NamePattern("(a|aa){0,32}(a|aa){0,31}b"))
        let name = try #require(AttachmentName(rawValue: String(repeating: "a", count: 128)))
        for _ in 0..<100 { #expect(!pattern.matches(name)) }
    }

    private static func randomPattern(using random: inout SeededGenerator) -> String {
        let atoms = [
            "a", "b", "0", "-", "[ab]", "[0-9]", "[.]", "[a.-]", "(a|ab)", "(b|a|0)", "(aa|a)", "(ab)",
            "[a-b0]",
        ]
        let counts = ["", "", "", "{2}", "{1,2}", "{0,1}", "{0,3}", "{1}", "{2,2}"]
        return (0...Int.random(in: 0...4, using: &random)).map { _ in
            (atoms.randomElement(using: &random) ?? "a") + (counts.randomElement(using: &random) ?? "")
        }.joined()
    }
}

/// The C library's own POSIX extended regular expression, as an oracle.
private final class Expression {
    private var compiled = regex_t()

    init?(_ text: String) {
        guard regcomp(&compiled, "^(\(text))$", REG_EXTENDED | REG_NOSUB) == 0 else { return nil }
    }

    deinit { regfree(&compiled) }

    func matches(_ text: String) -> Bool { regexec(&compiled, text, 0, nil, 0) == 0 }
}
