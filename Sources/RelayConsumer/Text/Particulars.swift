/// What two texts can differ in while their words are alike: numbers, and whether something is denied.
package struct Particulars: Equatable, Sendable {
    /// The numbers, such as `8,848.86`.
    package let numbers: Set<String>
    /// Whether anything is denied.
    package let denies: Bool

    /// Words that deny what follows them.
    package static let negations: Set<String> = [
        "not", "no", "never", "cannot", "without", "neither", "nor", "nothing", "nicht", "kein", "keine",
        "keinen", "nie",
        "niemals", "ohne", "pas", "jamais", "sans", "aucun", "aucune", "nunca", "sin", "ningún", "ninguna",
        "non", "não",
    ]

    /// Signs that deny in scripts without spaces.
    package static let negatingSigns = ["不", "没", "沒", "無い", "ない", "ません"]

    /// The particulars of `text`.
    package init(_ text: String) {
        let runs = text.unicodeScalars.split { !($0.isDigit || $0 == "." || $0 == ",") }
        numbers = Set(runs.map { String($0).trimmingPunctuation() }.filter { !$0.isEmpty })
        let words = text.lowercased().split { !($0.isLetter || $0 == "'" || $0 == "’") }
        denies =
            words.contains { Self.isNegation($0) } || Self.negatingSigns.contains { text.contains($0) }
    }

    /// Whether the lower-case `word` denies.
    package static func isNegation(_ word: Substring) -> Bool {
        negations.contains(String(word)) || word.hasSuffix("n't") || word.hasSuffix("n’t")
    }

    /// Whether both give numbers and none is common.
    package func differsInNumbers(from other: Particulars) -> Bool {
        !numbers.isEmpty && !other.numbers.isEmpty && numbers.isDisjoint(with: other.numbers)
    }

    /// Whether a text with these says nothing that a text of like words with `other` does not.
    package func isWithin(_ other: Particulars) -> Bool {
        numbers.isSubset(of: other.numbers) && denies == other.denies
    }
}

extension String {
    /// The text without full stops and commas at its ends.
    fileprivate func trimmingPunctuation() -> String {
        let marks: Set<Character> = [".", ","]
        let start = drop { marks.contains($0) }
        guard let last = start.lastIndex(where: { !marks.contains($0) }) else { return "" }
        return String(start[...last])
    }
}
