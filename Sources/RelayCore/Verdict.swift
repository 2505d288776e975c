/// One way in which files break a contract.
package struct Violation: Hashable, Sendable {
    /// Which rule of design.md, section 5, is broken; sent as is.
    package enum Rule: String, CaseIterable, Hashable, Sendable {
        /// A required file is not there.
        case missing
        /// No entry allows the name.
        case unexpectedName = "unexpected-name"
        /// A family has more files than `at_most`.
        case tooMany = "too-many"
        /// Two names differ in case only.
        case caseTwin = "case-twin"
        /// Fewer bytes than `min_bytes`.
        case tooSmall = "too-small"
        /// More bytes than `max_bytes`.
        case tooLarge = "too-large"
        /// A text that is not valid UTF-8.
        case notUTF8 = "not-utf-8"
        /// A text with characters that nobody sees.
        case hiddenCharacters = "hidden-characters"
        /// A required heading is not there.
        case headingMissing = "heading-missing"
        /// A file that is passed on is not the one that was taken.
        case notPassed = "not-passed"
    }

    /// The file, or the pattern of the family.
    package let name: String
    /// The rule.
    package let rule: Rule
    /// What the contract wants.
    package let expected: String
    /// What is there.
    package let found: String
    /// What to do, where there is something better to say than "do what is expected".
    package let suggestion: String?

    package init(name: String, rule: Rule, expected: String, found: String, suggestion: String? = nil) {
        self.name = name
        self.rule = rule
        self.expected = expected
        self.found = found
        self.suggestion = suggestion
    }
}

/// The answer of a contract about files.
package enum Verdict: Hashable, Sendable {
    /// All rules hold.
    case holds
    /// The rules that do not, sorted by name and rule, never empty.
    case broken([Violation])

    /// `holds` without violations, else broken by them, sorted.
    package init(_ violations: [Violation]) {
        self =
            violations.isEmpty
            ? .holds
            : .broken(violations.sorted { ($0.name, $0.rule.rawValue) < ($1.name, $1.rule.rawValue) })
    }

    /// The violations, none when it holds.
    package var violations: [Violation] {
        switch self {
        case .holds: []
        case .broken(let violations): violations
        }
    }
}

extension [ContractEntry] {
    /// Whether these names are allowed and complete; contents are not looked at.
    package func verdict(onNames names: [AttachmentName]) -> Verdict {
        let missing = filter { entry in
            !entry.isOptional && !names.contains(where: entry.allows)
        }
        let strangers = names.filter { name in !contains { $0.allows(name) } }.sorted()
        let free = missing.map(\.label)
        return Verdict(
            missing.map { Self.missing($0, strangers: strangers) }
                + strangers.map { Self.unexpected($0, expected: map(\.label), free: free) }
                + crowded(names) + Self.twins(names)
        )
    }

    /// Whether the files' sizes and contents obey their entries; names that no entry allows are skipped.
    package func verdict(onContents files: [FileFacts]) -> Verdict {
        Verdict(
            files.flatMap { file in
                first { $0.allows(file.name) }?.violations(of: file) ?? []
            }
        )
    }

    /// Whether the entry for `name` exists and `file` obeys it.
    package func verdict(on files: [FileFacts]) -> Verdict {
        Verdict(verdict(onNames: files.map(\.name)).violations + verdict(onContents: files).violations)
    }

    private static func missing(_ entry: ContractEntry, strangers: [AttachmentName]) -> Violation {
        let near = Suggestion.nearest(to: entry.label, among: strangers.map(\.rawValue))
        return Violation(
            name: entry.label,
            rule: .missing,
            expected: entry.label,
            found: "no such file",
            suggestion: near.map { "rename \($0) to \(entry.label)" } ?? "add \(entry.label)"
        )
    }

    private static func unexpected(_ name: AttachmentName, expected: [String], free: [String]) -> Violation {
        let near = Suggestion.nearest(to: name.rawValue, among: free)
        let names = (free.isEmpty ? expected : free).joined(separator: " or ")
        let suggestion =
            if let near { "did you mean \(near)?" } else if expected.isEmpty { "leave it out" } else {
                "send it as \(names), or leave it out"
            }
        return Violation(
            name: name.rawValue,
            rule: .unexpectedName,
            expected: expected.joined(separator: ", "),
            found: name.rawValue,
            suggestion: suggestion
        )
    }

    private func crowded(_ names: [AttachmentName]) -> [Violation] {
        compactMap { entry in
            guard case .family(let pattern, let limit) = entry.names else { return nil }
            let count = names.count(where: pattern.matches)
            guard count > limit else { return nil }
            return Violation(
                name: pattern.text,
                rule: .tooMany,
                expected: "at most \(limit)",
                found: "\(count)"
            )
        }
    }

    private static func twins(_ names: [AttachmentName]) -> [Violation] {
        Dictionary(grouping: names, by: \.folded).values.filter { $0.count > 1 }.map { twins in
            let sorted = twins.sorted()
            return Violation(
                name: sorted[0].rawValue,
                rule: .caseTwin,
                expected: "names that differ in more than case",
                found: sorted.map(\.rawValue).joined(separator: ", ")
            )
        }
    }
}

extension ContractEntry {
    /// What is wrong with the size and content of `file` under this entry.
    package func violations(of file: FileFacts) -> [Violation] {
        func broken(_ rule: Violation.Rule, _ expected: String, _ found: String) -> Violation {
            Violation(name: file.name.rawValue, rule: rule, expected: expected, found: found)
        }
        var violations: [Violation] = []
        if file.size < bytes.lowerBound {
            violations.append(broken(.tooSmall, "at least \(bytes.lowerBound) bytes", "\(file.size) bytes"))
        }
        if file.size > bytes.upperBound {
            violations.append(broken(.tooLarge, "at most \(bytes.upperBound) bytes", "\(file.size) bytes"))
        }
        if isText, !file.isUTF8 { violations.append(broken(.notUTF8, "valid UTF-8", "other bytes")) }
        if isText, refusesHidden, !file.hidden.isEmpty {
            let found = file.hidden.map(\.sentence).joined(separator: "; ")
            violations.append(broken(.hiddenCharacters, "no characters that nobody sees", found))
        }
        let found = Set(file.headings.map { Array($0.utf8) })
        for heading in headings where !found.contains(Array(heading.utf8)) {
            let near = Suggestion.nearest(to: heading, among: file.headings)
            violations.append(
                Violation(
                    name: file.name.rawValue,
                    rule: .headingMissing,
                    expected: "a heading \"\(heading)\"",
                    found: file.headings.isEmpty
                        ? "no headings" : file.headings.prefix(8).joined(separator: ", "),
                    suggestion: near.map { "did you mean the heading \"\($0)\" to be \"\(heading)\"?" }
                )
            )
        }
        return violations
    }
}
