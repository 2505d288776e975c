import Testing

@testable import RelayCore

/// A text and the headings CommonMark finds in it, of which empty ones are left out.
private let cases: [(String, [String])] = [
    ("", []), ("\n", []), ("# foo", ["foo"]), ("# foo\n", ["foo"]), ("# foo\r\n", ["foo"]),
    ("# 1\n## 2\n### 3\n#### 4\n##### 5\n###### 6\n####### 7\n", ["1", "2", "3", "4", "5", "6"]),
    ("#5 bolt\n\n#hashtag\n", []), ("\\## foo\n", []),
    ("#                  foo                     \n", ["foo"]),
    (" ### foo\n  ## bar\n   # baz\n", ["foo", "bar", "baz"]), ("    # foo\n", []), ("\t# foo\n", []),
    ("  \t# foo\n", []), ("#\tfoo\t#\t\n", ["foo"]), ("## foo ##\n  ###   bar    ###\n", ["foo", "bar"]),
    ("# foo ##################################\n##### bar ##\n", ["foo", "bar"]),
    ("### foo ###     \n", ["foo"]),
    ("### foo ### b\n", ["foo ### b"]), ("# foo#\n", ["foo#"]), ("# foo \\#\n", ["foo \\#"]),
    ("## \n#\n### ###\n", []), ("# # #\n", ["#"]), ("# ##\n", []), ("# a\n# a\n## a\n", ["a"]),
    ("#\u{A0}foo\n", []), ("# foo\u{A0}\n", ["foo\u{A0}"]), ("#  \u{3000}foo\n", ["\u{3000}foo"]),
    ("> # quoted\n- # item\n", []), ("foo\n===\nbar\n---\n", []), ("**** \n## foo\n****\n", ["foo"]),
    ("```\n# no\n```\n# yes\n", ["yes"]), ("~~~\n# no\n~~~\n# yes\n", ["yes"]), ("```\n# no\n", []),
    ("```\n# no\n~~~\n# no\n```\n# yes\n", ["yes"]), ("````\n# no\n```\n# no\n`````\n# yes\n", ["yes"]),
    ("``\n# yes\n``\n", ["yes"]), ("   ```\n# no\n  ```\n# yes\n", ["yes"]), ("    ```\n# yes\n", ["yes"]),
    ("```\n# no\n    ```\n# no\n", []), ("```\n# no\n``` x\n# no\n```  \t\n# yes\n", ["yes"]),
    ("``` swift {x=\"~~~\"}\n# no\n```\n# yes\n", ["yes"]), ("``` a`b\n# yes\n", ["yes"]),
    ("```a```\n# yes\n", ["yes"]),
    ("~~~ a`b ~~~\n# no\n~~~\n# yes\n", ["yes"]), ("```\r\n# no\r\n```\r\n# yes\r\n", ["yes"]),
    ("text\n# yes\ntext", ["yes"]), ("```\n\n\n```\n# yes", ["yes"]),
    ("```\n```\n# yes\n```\n```\n", ["yes"]),
    ("# a\r# b\r\r# c", ["a", "b", "c"]), ("```\r# no\r```\r# yes\r", ["yes"]),
    ("# a\n\r# b\r\n\r\n# c\r", ["a", "b", "c"]),
    ("# R\u{E9}sum\u{E9}\n# Re\u{301}sume\u{301}\n", ["R\u{E9}sum\u{E9}", "Re\u{301}sume\u{301}"]),
    ("# \u{1F600} **bold** `x`\n", ["\u{1F600} **bold** `x`"]), ("# nul\u{0}\n# yes\n", ["yes"]),
    ("\u{FEFF}# first\n# second\n", ["first", "second"]), ("# a\n\u{FEFF}# no\n", ["a"]), ("\u{FEFF}", []),
]

@Suite struct HeadingScannerTests {
    private func headings(_ pieces: [some Collection<UInt8>]) -> [[UInt8]] {
        var scanner = HeadingScanner()
        for piece in pieces { scanner.take(piece) }
        return scanner.finish().map { Array($0.utf8) }
    }

    @Test(arguments: cases)
    func headingsAreFoundAsCommonMarkFindsThem(_ row: (String, [String])) {
        #expect(headings([Array(row.0.utf8)]) == row.1.map { Array($0.utf8) })
    }

    @Test func noSplitChangesTheResult() {
        let whole = Array(cases.map(\.0).joined(separator: "\n").utf8)
        let expected = headings([whole])
        #expect(headings(whole.map { [$0] }) == expected)
        for position in 0...whole.count {
            #expect(headings([whole[..<position], whole[position...]]) == expected, "split at \(position)")
        }
        for (text, _) in cases {
            let bytes = Array(text.utf8)
            let expected = headings([bytes])
            for position in 0...bytes.count {
                #expect(
                    headings([bytes[..<position], bytes[position...]]) == expected,
                    "\(text) at \(position)"
                )
            }
        }
    }

    @Test func aHeadingThatIsNoTextIsLeftOut() {
        #expect(headings([Array("# ".utf8) + [0xFF], Array("\n# yes".utf8)]) == [Array("yes".utf8)])
        #expect(headings([Array("# ".utf8) + [0xC3], Array("\n# yes".utf8)]) == [Array("yes".utf8)])
    }

    @Test func whatIsBehindTheLimitOfALineDoesNotMakeAHeading() {
        let spaces = String(repeating: " ", count: 2000)
        #expect(headings([Array("# Accepted\(spaces)not at all\n# yes\n".utf8)]) == [Array("yes".utf8)])
        let long = String(repeating: "x", count: 5000)
        #expect(headings([Array("# \(long)\n# yes\n".utf8)]) == [Array("yes".utf8)])
    }

    @Test func whatIsBehindTheLimitOfALineDoesNotEndAFence() {
        let spaces = String(repeating: " ", count: 2000)
        #expect(headings([Array("```\n# no\n```\(spaces)x\n# no\n```\n# yes\n".utf8)]) == [Array("yes".utf8)])
        #expect(headings([Array("```\n# no\n```\(spaces)\n# yes\n".utf8)]) == [Array("yes".utf8)])
    }

    @Test func theHeadingsKeptAreBounded() {
        let many = (0..<10_000).map { "# heading number \($0)\n" }.joined()
        let kept = headings([Array(many.utf8)])
        #expect(kept.reduce(0) { $0 + $1.count } <= 65_536)
        #expect(kept.count > 3000)
    }
}
