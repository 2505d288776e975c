/// Every `package` declaration says what its name cannot, in a `///` comment directly above it.
enum DocumentationRule {
    /// The rule, for the text of a failed test.
    static let sentence = """
        Every `package` declaration, and every requirement of a `package protocol`, has a `///` comment directly above \
        it (or above its attributes). Without one may be: an `init` whose body only assigns its parameters to the \
        properties of the same names; operators; `description`, `debugDescription` and `hash(into:)`; enum cases.
        """

    /// The declarations of `file` that lack their comment.
    static func violations(in file: SourceFile) -> [Violation] {
        let scanner = DeclarationScanner(file.text)
        let declarations = scanner.declarations()
        let protocols = declarations.filter { $0.keyword == "protocol" && $0.modifiers.contains("package") }
        let codeLines = Set(scanner.tokens.map(\.line))
        return declarations.filter { declaration in
            let isRequirement = protocols.contains {
                $0.body?.contains(declaration.signature.lowerBound) ?? false
            }
            guard declaration.modifiers.contains("package") || isRequirement else { return false }
            return !explainsItself(declaration, in: scanner.tokens)
                && !isDocumented(declaration.firstLine, in: file.text, codeLines: codeLines)
        }.map { declaration in
            let words = [declaration.keyword, declaration.name]
            let name =
                declaration.name == declaration.keyword ? declaration.name : words.joined(separator: " ")
            return Violation(
                file.path,
                line: declaration.line,
                "`\(name)` has no `///` comment directly above it"
            )
        }
    }

    /// Whether the nearest line of a comment above `line` documents; plain comments may lie between.
    private static func isDocumented(_ line: Int, in text: SwiftText, codeLines: Set<Int>) -> Bool {
        var above = line - 1
        while text.commentLines.contains(above), !codeLines.contains(above) {
            if text.documentationLines.contains(above) { return true }
            above -= 1
        }
        return false
    }

    private static func explainsItself(_ declaration: Declaration, in tokens: [Token]) -> Bool {
        switch declaration.keyword {
        case "init": return onlyAssigns(declaration.body.map { tokens[$0].map(\.text) })
        case "func": return declaration.name == "hash" || isOperator(declaration.name)
        case "var": return ["description", "debugDescription"].contains(declaration.name)
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
