/// How long files and functions may be, and how targets must not be called.
enum SizeRules {
    /// The longest a function body may be, in lines between the lines of its braces.
    static let functionLimit = 40

    /// Whether the file is longer than `limit` lines, or a function in it is too long.
    static func violations(in file: SourceFile, limit: Int) -> [Violation] {
        var result: [Violation] = []
        if file.text.lineCount > limit {
            let text = "\(file.text.lineCount) lines, over \(limit): look for the type that is missing"
            result.append(Violation(file.path, text))
        }
        for declaration in DeclarationScanner(file.text).declarations() where declaration.isFunction {
            guard declaration.bodyLineCount > functionLimit else { continue }
            let text =
                "the body of `\(declaration.name)` has \(declaration.bodyLineCount) lines, over \(functionLimit):"
                + " look for the function that is missing"
            result.append(Violation(file.path, line: declaration.line, text))
        }
        return result
    }

    /// The targets whose name says nothing.
    static func nameViolations(_ targets: [String]) -> [Violation] {
        let empty = [
            "util", "utils", "utility", "utilities", "common", "helper", "helpers", "misc", "shared",
        ]
        return targets.filter { target in
            let name = target.lowercased()
            return empty.contains(name) || ["utils", "common", "helpers"].contains(where: name.hasSuffix)
        }.map { Violation($0, "a target is named for what it does") }
    }
}
