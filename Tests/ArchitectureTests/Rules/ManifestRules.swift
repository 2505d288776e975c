/// The targets of `Package.swift`, read from its text.
///
/// `swift package describe` would be exact, but may wait for the lock of the build that runs this test. So a
/// target is any call of `library`, `target`, `executableTarget` or `systemLibrary` whose first literal is its name;
/// its dependencies are the other literals but `path:`, `exclude:` (of one) and resources.
struct Manifest {
    /// The dependencies of each target by its name.
    let dependencies: [String: Set<String>]

    /// Reads the text of a `Package.swift`.
    init(_ text: SwiftText) {
        let tokens = text.tokens
        let brackets = tokens.brackets
        let calls: Set = ["library", "target", "executableTarget", "systemLibrary"]
        var found: [String: Set<String>] = [:]
        var at = 0
        while at < tokens.count {
            defer { at += 1 }
            guard calls.contains(tokens[at].text), tokens.text(at - 1) != "func" else { continue }
            guard tokens.text(at + 1) == "(", let close = brackets[at + 1] else { continue }
            let literals = (at..<close).filter {
                tokens[$0].text.hasPrefix("\"")
                    && !(tokens.text($0 - 1) == ":" && tokens.text($0 - 2) == "path")
                    && !(tokens.text($0 - 1) == "(" && tokens.text($0 - 2) == "embedInCode")
                    && !(tokens.text($0 - 1) == "[" && tokens.text($0 - 3) == "exclude")
            }.map { String(tokens[$0].text.dropFirst().dropLast()) }
            guard let name = literals.first else { continue }
            found[name] = tokens[at].text == "systemLibrary" ? [] : Set(literals.dropFirst())
            at = close
        }
        dependencies = found
    }

    /// Where the manifest and `table` differ, and what the files import beyond the manifest.
    func violations(against table: TargetTable, files: [SourceFile]) -> [Violation] {
        var result: [Violation] = []
        for (target, allowed) in table.imports.sorted(by: { $0.key < $1.key }) {
            guard let declared = dependencies[target] else {
                result.append(Violation("Package.swift", "no target \(target) was found in it"))
                continue
            }
            for excess in declared.subtracting(allowed).sorted() {
                let text =
                    "\(target) depends on \(excess), which the target table (design, section 9) does not allow"
                result.append(Violation("Package.swift", text))
            }
        }
        let ours = Set(table.imports.keys).union(table.owners.keys)
        for file in files {
            for found in Import.all(in: file.tokens) where ours.contains(found.module) {
                guard dependencies[file.target]?.contains(found.module) != true else { continue }
                let text = "imports \(found.module), which Package.swift does not give \(file.target)"
                result.append(Violation(file.path, line: found.line, text))
            }
        }
        return result
    }
}
