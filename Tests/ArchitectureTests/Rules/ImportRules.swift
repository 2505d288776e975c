/// One mention of a module: an `import`, or the condition that it can be imported.
struct Import: Equatable {
    let module: String
    let line: Int
    /// Whether it stands where `FoundationEssentials` is not to be had, as on Apple's systems, where
    /// `Foundation` is the only way to it.
    let standsForEssentials: Bool

    /// All mentions in `tokens`, in their order.
    static func all(in tokens: [Token]) -> [Import] {
        var result: [Import] = []
        var branches: [Bool] = []
        var asksForEssentials: [Bool] = []
        for (index, token) in tokens.enumerated() {
            switch token.text {
            case "#if":
                let condition = tokens[(index + 1)...].prefix { $0.line == token.line }.map(\.text)
                asksForEssentials.append(condition == ["canImport", "(", "FoundationEssentials", ")"])
                branches.append(false)
            case "#else" where !branches.isEmpty:
                branches[branches.count - 1] = asksForEssentials.last ?? false
            case "#elseif" where !branches.isEmpty: asksForEssentials[branches.count - 1] = false
            case "#endif" where !branches.isEmpty:
                branches.removeLast()
                asksForEssentials.removeLast()
            default:
                guard let module = moduleNamed(at: index, in: tokens) else { continue }
                result.append(
                    Import(module: module, line: token.line, standsForEssentials: branches.contains(true))
                )
            }
        }
        return result
    }

    private static func moduleNamed(at index: Int, in tokens: [Token]) -> String? {
        switch tokens[index].text {
        case "canImport": return tokens.text(index + 2)
        case "import":
            guard tokens.text(index - 1) != "." else { return nil }
            let kinds: Set = ["struct", "class", "enum", "protocol", "typealias", "func", "var", "let"]
            return tokens.text(kinds.contains(tokens.text(index + 1)) ? index + 2 : index + 1)
        default: return nil
        }
    }
}

extension TargetTable {
    /// The imports of `file` that the table does not allow.
    func violations(in file: SourceFile) -> [Violation] {
        Import.all(in: file.tokens).compactMap { found in
            if allows(found.module, in: file.target) { return nil }
            if found.module == "Foundation", found.standsForEssentials { return nil }
            let why =
                found.module == "Foundation"
                ? "batond links \(file.target); take FoundationEssentials, or Foundation in the #else of"
                    + " `#if canImport(FoundationEssentials)` alone"
                : "the target table (design, section 9) does not let \(file.target) do so"
            return Violation(file.path, line: found.line, "imports \(found.module): \(why)")
        }
    }

    /// The C modules that are not imported by exactly their owner; an owner without any code yet is let be.
    func ownershipViolations(in files: [SourceFile], modules: [String]) -> [Violation] {
        modules.flatMap { module -> [Violation] in
            let importers = Set(
                files.filter { Import.all(in: $0.tokens).contains { $0.module == module } }.map(\.target)
            )
            guard let owner = owners[module] else {
                return [Violation("Sources/\(module)", "the target table has no owner for this C module")]
            }
            let ownerHasCode = files.contains { $0.target == owner && !$0.tokens.isEmpty }
            if importers == [owner] || (importers.isEmpty && !ownerHasCode) { return [] }
            let found = importers.isEmpty ? "no target" : importers.sorted().joined(separator: ", ")
            return [Violation("Sources/\(module)", "is imported by \(found), not by \(owner) alone")]
        }
    }

    /// The directories of `Sources` that the table does not know, and the other way round.
    func directoryViolations(_ names: [String]) -> [Violation] {
        let known = Set(imports.keys).union(owners.keys)
        let mustBe = Set(imports.keys)
        let unknown = names.filter { !known.contains($0) && !$0.hasPrefix(".") && !$0.hasSuffix(".md") }
        return unknown.map { Violation("Sources/\($0)", "is not in the target table (design, section 9)") }
            + mustBe.subtracting(names).sorted().map { Violation("Sources/\($0)", "is missing") }
    }
}
