import Testing

/// Words, sizes and documentation of every source file.
@Suite struct SourceRuleTests {
    @Test func noForbiddenWordIsInTheSources() {
        let violations = Checkout.sources.flatMap(WordRules.violations)
        #expect(violations.isEmpty, "\(violations.report)")
    }

    @Test func filesAndFunctionsAreShort() {
        #expect(!Checkout.sources.isEmpty && !Checkout.tests.isEmpty, "no sources were found")
        let violations =
            Checkout.sources.flatMap { SizeRules.violations(in: $0, limit: 300) }
            + Checkout.tests.flatMap { SizeRules.violations(in: $0, limit: 400) }
        #expect(violations.isEmpty, "\(violations.report)")
    }

    @Test func targetsAreNamedForWhatTheyDo() throws {
        let violations = SizeRules.nameViolations(
            try Checkout.names(in: "Sources") + Checkout.names(in: "Tests")
        )
        #expect(violations.isEmpty, "\(violations.report)")
    }

    @Test func everyPackageDeclarationIsDocumented() {
        let violations = DocumentationRule.violations(in: Checkout.sources)
        #expect(violations.isEmpty, "\(DocumentationRule.sentence + violations.report)")
    }

    /// Each row: a source, and the lines that are refused in it.
    @Test(arguments: [
        ("public struct A {}", [1]), ("open class A {}", [1]), ("log(.public)", []), ("case `public`", []),
        ("let a = try! b()", [1]), ("let a = try? b()", []), ("let a = b as! C", [1]),
        ("let a = b as? C", []),
        ("fatalError(\"x\")", [1]), ("// fatalError()\nlet a = \"try! as!\"", []),
        ("let a = \"\\(try! b())\"", [1]), ("func open(_ a: Int) {}", []),
        ("final class A: @unchecked Sendable {}", [1]),
        ("\n// Guarded by the lock.\nfinal class A: @unchecked Sendable {}", []),
        ("nonisolated(unsafe) var a = 1", [1]), ("// Set once.\nnonisolated(unsafe) var a = 1", []),
        ("nonisolated func a() {}", []), ("// Why not.\npublic let a = 1", [2]),
    ])
    func aPlantedWordIsRefused(source: String, lines: [Int]) {
        let file = SourceFile(path: "Sources/A/A.swift", source: source)
        #expect(WordRules.violations(in: file).places == lines.map { "Sources/A/A.swift:\($0)" })
    }

    /// Each row: a function with a body of so many lines, and whether it is too long.
    @Test(arguments: [
        ("func f() {", 40, false), ("func f() {", 41, true), ("init() {", 41, true),
        ("var a: Int {", 41, true),
        ("struct A {", 41, false), ("subscript(a: Int) -> Int {", 41, true), ("deinit {", 41, true),
    ])
    func aPlantedLongFunctionIsRefused(opening: String, lines: Int, refused: Bool) {
        let body = String(repeating: "    a(\"{ \\(b) {\") // {\n", count: lines)
        let file = SourceFile(path: "Sources/A/A.swift", source: "\n\(opening)\n\(body)}\n")
        #expect(SizeRules.violations(in: file, limit: 300).places == (refused ? ["Sources/A/A.swift:2"] : []))
    }

    @Test func aPlantedLongFileIsRefused() {
        let source = String(repeating: "\n", count: 300)
        let long = SourceFile(path: "Sources/A/A.swift", source: source + "let a = 1\n")
        #expect(SizeRules.violations(in: long, limit: 300).places == ["Sources/A/A.swift"])
        #expect(SizeRules.violations(in: SourceFile(path: "a/b/c", source: source), limit: 300) == [])
    }

    @Test func aPlantedEmptyNameIsRefused() {
        let names = ["RelayCore", "Utils", "RelayHelpers", "common", "CCommon"]
        #expect(SizeRules.nameViolations(names).places == ["Utils", "RelayHelpers", "common", "CCommon"])
    }

    /// Each row: a source, and the lines of the declarations whose comment is missing.
    @Test(arguments: [
        ("/// A.\npackage struct A {}", []),
        ("package struct A {}", [1]),
        ("/// A.\n\npackage struct A {}", [3]),
        ("// A.\npackage struct A {}", [2]),
        ("///\npackage struct A {}", [2]),
        ("/** A. */\npackage enum A {\n case b\n}", []),
        ("/// A.\n@frozen\n@available(\n  macOS 15, *\n)\npackage struct A {}", []),
        ("@frozen\npackage struct A {}", [2]),
        ("/// A.\n// swift-format-ignore\npackage struct A {}", []),
        ("let a = \"\"\"\n/// A.\n\"\"\"\npackage let b = 1", [4]),
        ("/// A.\npackage let a = 1  // one\npackage let b = 2", [3]),
        ("/// A.\nstatic package func a() {}\nstatic package func b() {}", [3]),
        ("/// A.\nprivate(set) package var a = 1\nprivate(set) package var b = 1", [3]),
        ("package typealias A = B\npackage func a() {}\npackage subscript(a: Int) -> Int { a }", [1, 2, 3]),
        ("package class func a() {}\npackage final class B {}\npackage actor C {}", [1, 2, 3]),
        ("package extension A {\n}", [1]),
        ("package import RelayCore\nlet a = package.targets\nlet package = 1", []),
        ("struct A {}\nfunc a() {}\nprivate let b = 1", []),
        ("package init(a: Int, b: Int) {\n self.a = a\n self.b = b\n}\npackage init() {}", []),
        ("package init(a: Int) { self.a = a + 1 }", [1]),
        (
            "package init?(id: Int) {\n guard id > 0 else { return nil }\n self.a = id\n}",
            [1]
        ),
        ("package static func == (a: A, b: A) -> Bool { true }\npackage func `default`() {}", [2]),
        ("package var description: String { a }\npackage func hash(into hasher: inout Hasher) {}", []),
        ("/// A.\npackage protocol A {\n func a()\n /// B.\n var b: Int { get }\n}\nfunc c() {}", [3]),
        ("protocol A {\n func a()\n}", []),
        ("package var rawValue: Int { a }\npackage init?(rawValue: Int) {\n b()\n}", []),
        ("package init(stringLiteral value: String) { a() }\npackage init(string: String) { a() }", [2]),
        (
            "/// A.\npackage protocol A {\n /// B.\n func b<T>(_ c: T, by: [Int])\n}\n"
                + "package func b(_ c: Int, by d: [Int]) {}\npackage func b(_ c: Int) {}\npackage let by = 1",
            [7, 8]
        ),
    ])
    func aPlantedUndocumentedDeclarationIsRefused(source: String, lines: [Int]) {
        let file = SourceFile(path: "Sources/A/A.swift", source: source)
        #expect(DocumentationRule.violations(in: [file]).places == lines.map { "Sources/A/A.swift:\($0)" })
    }
}
