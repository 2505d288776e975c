/// Every `package` declaration says what its name cannot, in a `///` comment directly above it.
enum DocumentationRule {
    /// The rule, for the text of a failed test.
    static let sentence = """
        Every `package` declaration, and every requirement of a `package protocol`, has a `///` comment directly
        above it (or above its attributes). Without one may be:
        - an `init` whose body only assigns its parameters to the properties of the same names;
        - what carries the full name of a documented requirement of one of our package protocols;
        - operators, and what the standard library's protocols ask for: `description`, `debugDescription`,
          `hash(into:)`, `rawValue`, `init(rawValue:)`, `init(stringLiteral:)` and its like;
        - enum cases.
        """

    /// The declarations of `files` that lack their comment.
    static func violations(in files: [SourceFile]) -> [Violation] {
        let sources = files.map { file in (file, DeclarationScanner(file.text)) }
        let known = Set(
            sources.flatMap { requirements(in: $1).filter(\.isDocumented).map(\.declaration.fullName) }
        )
        return sources.flatMap { file, scanner in
            let required = Set(requirements(in: scanner).map(\.declaration.signature))
            return scanner.declarations().filter { declaration in
                let isRequirement = required.contains(declaration.signature)
                guard declaration.modifiers.contains("package") || isRequirement else { return false }
                let isKnown = !isRequirement && known.contains(declaration.fullName)
                return !isKnown && !explainsItself(declaration, in: scanner.tokens)
                    && !isDocumented(declaration.firstLine, in: scanner)
            }.map { declaration in
                let text = "`\(declaration.fullName)` has no `///` comment directly above it"
                return Violation(file.path, line: declaration.line, text)
            }
        }
    }

    /// The requirements of the package protocols of one file.
    private static func requirements(
        in scanner: DeclarationScanner
    ) -> [(declaration: Declaration, isDocumented: Bool)] {
        let declarations = scanner.declarations()
        let bodies = declarations.filter { $0.keyword == "protocol" && $0.modifiers.contains("package") }
            .compactMap(\.body)
        return declarations.filter { declaration in
            bodies.contains { $0.contains(declaration.signature.lowerBound) }
        }.map { ($0, isDocumented($0.firstLine, in: scanner)) }
    }

    /// Whether the nearest line of a comment above `line` documents; plain comments may lie between.
    private static func isDocumented(_ line: Int, in scanner: DeclarationScanner) -> Bool {
        var above = line - 1
        while scanner.text.commentLines.contains(above), !scanner.codeLines.contains(above) {
            if scanner.text.documentationLines.contains(above) { return true }
            above -= 1
        }
        return false
    }

    private static func explainsItself(_ declaration: Declaration, in tokens: [Token]) -> Bool {
        switch declaration.fullName {
        case "description", "debugDescription", "hash(into:)", "rawValue", "init(rawValue:)": return true
        case let name where name.hasPrefix("init(") && name.hasSuffix("Literal:)"): return true
        default: break
        }
        switch declaration.keyword {
        case "init": return onlyAssigns(declaration.body.map { tokens[$0].map(\.text) })
        case "func": return isOperator(declaration.name)
        default: return false
        }
    }

    private static func isOperator(_ name: String) -> Bool {
        name.utf8.first.map { !isWordByte($0) && $0 != UInt8(ascii: "`") } ?? false
    }

    /// Whether `body` is nothing but statements of the form `self.name = name`.
    private static func onlyAssigns(_ body: [String]?) -> Bool {
        guard let body else { return false }
        let words = body.filter { $0 != ";" }
        return stride(from: 0, to: words.count, by: 5).allSatisfy { start in
            let statement = words[start..<min(start + 5, words.count)]
            guard statement.count == 5, let name = statement.last else { return false }
            return Array(statement) == ["self", ".", name, "=", name]
        }
    }
}
