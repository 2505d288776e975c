import RelayConsumer

/// Two sentences of different files that speak of the same and may contradict each other.
struct Disagreement {
    /// What makes the two look contradictory.
    enum Sign { case negation, numbers }

    let first: Statement
    let second: Statement
    let sign: Sign
    /// Words that both use, at most five.
    let shared: [String]

    private static let most = 3
    /// Sentences beyond so many are not compared, since every pair is.
    private static let mostCompared = 800

    /// The most alike contradictory pairs of `evidence`, best first; a hint for people, no verdict.
    static func pairs(in evidence: Evidence) -> [Disagreement] {
        let claims = evidence.passages.flatMap { passage in
            passage.statements.map { Claim($0, file: passage.entry.origin?.file ?? "") }
        }.prefix(mostCompared)
        var found: [(score: Double, pair: Disagreement)] = []
        for (place, one) in claims.enumerated() {
            for other in claims.dropFirst(place + 1) where one.file != other.file {
                if let pair = compared(one, other) { found.append(pair) }
            }
        }
        let best = found.enumerated().sorted { ($1.element.score, $0.offset) < ($0.element.score, $1.offset) }
        var taken: Set<String> = []
        let distinct = best.map(\.element.pair).filter { pair in
            guard !taken.contains(pair.first.text), !taken.contains(pair.second.text) else { return false }
            taken.formUnion([pair.first.text, pair.second.text])
            return true
        }
        return Array(distinct.prefix(most))
    }

    /// How alike two claims are, if they speak of the same and one denies what the other says.
    private static func compared(_ one: Claim, _ other: Claim) -> (score: Double, pair: Disagreement)? {
        let (left, right) = (one.statement.terms, other.statement.terms)
        let common = left.intersection(right)
        let all = left.count + right.count - common.count
        guard common.count >= 4, Double(common.count) >= 0.3 * Double(all) else { return nil }
        let score = Double(common.count) / Double(min(left.count, right.count))
        guard score >= 0.5 else { return nil }
        let sign: Sign
        if one.denies(common) != other.denies(common) {
            sign = .negation
        } else if one.differsInNumbers(from: other) {
            sign = .numbers
        } else {
            return nil
        }
        var seen: Set<String> = []
        let shared = Words.surfaces(in: one.statement.text).filter { word in
            common.contains(word.term) && seen.insert(word.term).inserted
        }
        let words = shared.prefix(5).map(\.word)
        return (score, Disagreement(first: one.statement, second: other.statement, sign: sign, shared: words))
    }
}

/// What a sentence says, as far as two can be compared.
private struct Claim {
    let statement: Statement
    let file: String
    /// The terms right after each negation: what is denied.
    private let denied: [Set<String>]
    private let numbers: Set<String>

    init(_ statement: Statement, file: String) {
        self.statement = statement
        self.file = file
        denied = Self.denied(in: statement.text)
        let runs = statement.text.unicodeScalars.split { !($0.isDigit || $0 == "." || $0 == ",") }
        numbers = Set(runs.map { String($0).trimmingPunctuation() }.filter { !$0.isEmpty })
    }

    /// Whether it denies something that `common` speaks of.
    func denies(_ common: Set<String>) -> Bool {
        denied.contains { !$0.isEmpty && $0.intersection(common).count * 2 >= $0.count }
    }

    func differsInNumbers(from other: Claim) -> Bool {
        !numbers.isEmpty && !other.numbers.isEmpty && numbers.isDisjoint(with: other.numbers)
    }

    private static func denied(in text: String) -> [Set<String>] {
        let words = text.lowercased().split { !($0.isLetter || $0.isNumber || $0 == "'" || $0 == "’") }
        var denied = words.indices.filter { index in
            negations.contains(String(words[index])) || words[index].hasSuffix("n't")
                || words[index].hasSuffix("n’t")
        }.map { Set(Words.terms(in: words[($0 + 1)...].prefix(6).joined(separator: " ")).prefix(3)) }
        for mark in ["不", "没", "沒", "無い", "ない", "ません"] where text.contains(mark) {
            denied.append(Set(Words.terms(in: text)))
        }
        return denied
    }

    private static let negations: Set<String> = [
        "not", "no", "never", "cannot", "without", "neither", "nor", "nothing", "nicht", "kein", "keine",
        "keinen", "nie",
        "niemals", "ohne", "pas", "jamais", "sans", "aucun", "aucune", "nunca", "sin", "ningún", "ninguna",
        "non", "não",
    ]
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
