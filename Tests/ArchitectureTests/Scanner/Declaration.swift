/// A declaration found in a source, as far as the rules look at it.
struct Declaration {
    /// `func`, `init`, `struct` and so on.
    let keyword: String
    /// The name after the keyword; `init`, `deinit` and `subscript` are named for themselves.
    let name: String
    /// The name with the labels of its parameters, as in `hash(into:)`; the name alone where there are none.
    let fullName: String
    /// The line, from 1, of the keyword.
    let line: Int
    /// The line, from 1, of the first attribute or modifier, or of the keyword.
    let firstLine: Int
    /// The modifiers and attributes before the keyword, without what stands in parentheses.
    let modifiers: [String]
    /// The tokens from the keyword to the body.
    let signature: Range<Int>
    /// The indices of the tokens between the braces, if there are braces.
    let body: Range<Int>?
    /// How many lines lie between the lines of the braces.
    let bodyLineCount: Int

    /// Whether it is executed: a function, an initializer, a subscript or a computed property.
    var isFunction: Bool { ["func", "init", "deinit", "subscript", "var"].contains(keyword) && body != nil }
}

/// Finds the declarations of a source by their keywords and brackets; it does not know types or expressions.
struct DeclarationScanner {
    let text: SwiftText
    let tokens: [Token]
    /// The lines, from 1, on which a token begins.
    let codeLines: Set<Int>
    private let brackets: [Int: Int]

    init(_ text: SwiftText) {
        self.text = text
        tokens = text.tokens
        codeLines = Set(tokens.map(\.line))
        brackets = tokens.brackets
    }

    /// All declarations in the order of their keywords; nested ones come after what they are in.
    func declarations() -> [Declaration] {
        tokens.indices.filter(isDeclarationKeyword).map(declaration)
    }

    private func declaration(at index: Int) -> Declaration {
        let keyword = tokens[index].text
        let isNamed = !["init", "deinit", "subscript"].contains(keyword)
        let name = isNamed ? tokens.text(index + 1) : keyword
        let modifiers = modifierIndices(before: index)
        let open = openingBrace(after: index)
        let close = open.flatMap { brackets[$0] }
        var body: Range<Int>?
        var lines = 0
        if let open, let close {
            body = (open + 1)..<close
            lines = max(0, tokens[close].line - tokens[open].line - 1)
        }
        return Declaration(
            keyword: keyword,
            name: name,
            fullName: ["func", "init", "subscript"].contains(keyword) ? name + labels(after: index) : name,
            line: tokens[index].line,
            firstLine: tokens[modifiers.first ?? index].line,
            modifiers: modifiers.map(tokens.text),
            signature: index..<(open ?? index + 1),
            body: body,
            bodyLineCount: lines
        )
    }

    /// The labels of the parameters of the function at `index`, as in `(into:_:)`.
    private func labels(after index: Int) -> String {
        guard let open = tokens.indices[index...].first(where: { tokens[$0].text == "(" }),
            let close = brackets[open]
        else { return "()" }
        var result = ""
        var at = open + 1
        var startsParameter = true
        while at < close {
            if startsParameter { result += tokens[at].text + ":" }
            startsParameter = tokens[at].text == ","
            at = ["(", "[", "{"].contains(tokens[at].text) ? (brackets[at] ?? at) + 1 : at + 1
        }
        return "(" + result + ")"
    }

    private func isDeclarationKeyword(_ index: Int) -> Bool {
        guard tokens.text(index - 1) != "." else { return false }
        let next = tokens.text(index + 1)
        switch tokens[index].text {
        case "func": return next != ":"
        case "struct", "enum", "protocol", "actor", "extension", "typealias", "associatedtype":
            return tokens.text(index - 1) != "import" && isName(index + 1)
        case "class":
            return isName(index + 1) && !Self.keywords.contains(next) && !Self.modifiers.contains(next)
        case "var", "let": return isName(index + 1) && !isPattern(index)
        case "init": return ["(", "?", "!", "<"].contains(next)
        case "deinit": return next == "{"
        case "subscript": return ["(", "<"].contains(next)
        default: return false
        }
    }

    private func isName(_ index: Int) -> Bool {
        tokens.indices.contains(index)
            && (tokens[index].isWord || tokens[index].text.utf8.first == UInt8(ascii: "`"))
    }

    /// Whether the `let` or `var` at `index` binds in a condition or a pattern.
    private func isPattern(_ index: Int) -> Bool {
        ["if", "guard", "while", "for", "case", ",", "(", "async"].contains(tokens.text(index - 1))
    }

    /// The attributes and modifiers right before the keyword at `index`, in their order.
    private func modifierIndices(before index: Int) -> [Int] {
        var result: [Int] = []
        var at = index - 1
        while at >= 0 {
            var word = at
            if tokens.text(at) == ")", let open = brackets[at] { word = open - 1 }
            guard word >= 0 else { break }
            let isModifier = Self.modifiers.contains(tokens[word].text) && tokens.text(word - 1) != "."
            guard isModifier || tokens[word].isAttribute else { break }
            result.append(word)
            at = word - 1
        }
        return result.reversed()
    }

    /// The brace that opens the body of the declaration at `index`, or `nil` when it ends before one.
    private func openingBrace(after index: Int) -> Int? {
        let isProperty = ["var", "let"].contains(tokens[index].text)
        guard !["typealias", "associatedtype"].contains(tokens[index].text) else { return nil }
        var at = index + 1
        while at < tokens.count {
            let token = tokens[at]
            let startsLine = token.line > tokens[at - 1].line
            switch token.text {
            case "{": return isProperty && startsLine ? nil : at
            case "(", "[":
                guard let close = brackets[at] else { return nil }
                at = close
            case "}", ")", "]", ";": return nil
            case "=" where isProperty: return nil
            default: if startsLine, isProperty || endsSignature(at) { return nil }
            }
            at += 1
        }
        return nil
    }

    /// Whether the token at `index`, first of its line, begins the next declaration.
    private func endsSignature(_ index: Int) -> Bool {
        let token = tokens[index]
        return Self.keywords.contains(token.text) || Self.modifiers.contains(token.text) || token.isAttribute
            || token.text.utf8.first == UInt8(ascii: "#")
    }

    private static let keywords: Set = [
        "func", "struct", "enum", "protocol", "actor", "extension", "typealias", "associatedtype", "class",
        "var",
        "let", "init", "deinit", "subscript", "case", "import",
    ]

    private static let modifiers: Set = [
        "open", "public", "package", "internal", "fileprivate", "private", "static", "class", "final",
        "mutating",
        "nonmutating", "lazy", "weak", "unowned", "override", "required", "convenience", "indirect",
        "dynamic",
        "optional", "nonisolated", "isolated", "borrowing", "consuming", "prefix", "postfix", "infix",
        "distributed",
    ]
}
