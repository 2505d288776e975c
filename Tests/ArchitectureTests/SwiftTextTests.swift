import Testing

/// The scanner all rules stand on.
@Suite struct SwiftTextTests {
    /// Each row: a source, and the tokens that are left of it.
    @Test(arguments: [
        ("let a = 1 // try! b", "let a = 1"),
        ("a /* b /* c */ try! */ d", "a d"),
        ("a /* never ends", "a"),
        (#"f("try! x", 1)"#, #"f ( "try! x" , 1 )"#),
        (#"f("a \" b") + c"#, #"f ( "a \" b" ) + c"#),
        (
            #"f("a \(try! g("x)") + 1) b") + c"#,
            ##"f ( "a \(try! g("x)") + 1) b" ( try ! g ( "x)" ) + 1 ) ) + c"##
        ),
        (##"f(#"a " \( b"#, c)"##, ##"f ( "a " \( b" , c )"##),
        (##"f(#"a \#(b) c"#)"##, ##"f ( "a \#(b) c" ( b ) )"##),
        (##"f(#"""#) + c"##, #"f ( """ ) + c"#),
        (#"f("") + c"#, #"f ( "" ) + c"#),
        ("f(\"\"\"\n  a \"b\" // c\n  \"\"\") + d", "f ( \"\n  a \"b\" // c\n  \" ) + d"),
        ("f(#\"\"\"\n  \"\"\" \\(a)\n  \"\"\"#) + d", "f ( \"\n  \"\"\" \\(a)\n  \" ) + d"),
        ("let a = \"open\nlet b", "let a = \"open\" let b"),
        ("x.split(/\"[{]/) { y }", "x . split ( \"\"[{]\" ) { y }"),
        ("x = #/a\"/#; y", "x = \"a\"\" ; y"),
        ("a = b / c; d = e / f", "a = b / c ; d = e / f"),
        ("x.reduce(1, /) // c", "x . reduce ( 1 , / )"),
        ("@testable import A", "@testable import A"),
        ("#if os(Linux)\n#endif", "#if os ( Linux ) #endif"),
        ("case `public`, $0, größe", "case `public` , $0 , größe"),
        ("", ""),
    ])
    func whatIsLeftOfASourceIsItsCode(source: String, tokens: String) {
        #expect(SwiftText(source).tokens.map(\.text).joined(separator: " ") == tokens)
    }

    @Test func tokensKnowTheirLines() {
        let text = SwiftText("a\n/* b\n c */ d\n\"\"\"\n x\n\"\"\" + e\nf // g\n")
        #expect(text.tokens.filter(\.isWord).map { "\($0.text)\($0.line)" } == ["a1", "d3", "e6", "f7"])
        #expect(text.commentLines == [2, 3, 7])
        #expect(text.lineCount == 7)
    }

    @Test func onlyCommentsThatSaySomethingDocument() {
        #expect(SwiftText("/// a\n//  b\n///\n/** c */\n//// \n").documentationLines == [1, 4])
    }

    @Test func blankingKeepsEveryByteInItsPlace() {
        let source = "a /* ü\n */ \"\\(b)\"\n// c\nd"
        let code = SwiftText(source).code
        #expect(code.count == source.utf8.count)
        #expect(String(decoding: code, as: UTF8.self) == "a      \n      (b) \n    \nd")
    }

    /// Each row: a source, and its declarations as keyword, name and lines of the body.
    @Test(arguments: [
        ("func f() {\n a\n b\n}", ["func f 2"]),
        ("package init?(a: Int = { 1 }()) {\n}", ["init init 0"]),
        ("func f()\nfunc g() {\n}", ["func f -", "func g 0"]),
        ("func f(\n a: Int\n)\n where T: P\n{\n a\n}", ["func f 1"]),
        ("var a = 1\nif b { }", ["var a -"]),
        ("var a: Int {\n 1\n}", ["var a 1"]),
        ("if let a, case let b? = c { }", []),
        ("protocol P: class {\n var a: Int { get }\n func b()\n}", ["protocol P 2", "var a 0", "func b -"]),
        ("self.init(a); x.func; .init()", []),
        ("class func f() {}", ["func f 0"]),
        ("subscript(a: Int) -> Int {\n get { 1 }\n}", ["subscript subscript 1"]),
    ])
    func declarationsAreFoundByKeywordAndBrackets(source: String, expected: [String]) {
        let found = DeclarationScanner(SwiftText(source)).declarations().map {
            "\($0.keyword) \($0.name) \($0.body == nil ? "-" : String($0.bodyLineCount))"
        }
        #expect(found == expected)
    }
}
