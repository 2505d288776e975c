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
    private static let mostCompared = 1500

    /// The most alike contradictory pairs of `evidence`, best first; a hint for people, no verdict.
    static func pairs(in evidence: Evidence) -> [Disagreement] {
        let statements = Array(evidence.passages.flatMap(\.statements).prefix(mostCompared))
        let facts = statements.map { (isNegated: isNegated($0.text), numbers: numbers($0.text)) }
        var found: [(score: Double, pair: Disagreement)] = []
        for left in statements.indices {
            for right in statements.indices.dropFirst(left + 1) {
                let (one, other) = (statements[left], statements[right])
                let files = [one, other].map { evidence.passages[$0.passage].entry.origin?.file }
                guard files[0] != files[1] else { continue }
                let common = one.terms.intersection(other.terms)
                let score = Double(common.count) / Double(max(1, min(one.terms.count, other.terms.count)))
                guard common.count >= 3, score >= 0.4 else { continue }
                let sign: Sign
                if facts[left].isNegated != facts[right].isNegated {
                    sign = .negation
                } else if common.count >= 4, score >= 0.5, differ(facts[left].numbers, facts[right].numbers) {
                    sign = .numbers
                } else {
                    continue
                }
                let shared = words(of: one.text, in: common)
                found.append((score, Disagreement(first: one, second: other, sign: sign, shared: shared)))
            }
        }
        var taken: Set<String> = []
        let best = found.enumerated().sorted { ($1.element.score, $0.offset) < ($0.element.score, $1.offset) }
        let distinct = best.map(\.element.pair).filter { pair in
            guard !taken.contains(pair.first.text), !taken.contains(pair.second.text) else { return false }
            return taken.insert(pair.first.text).inserted && taken.insert(pair.second.text).inserted
        }
        return Array(distinct.prefix(most))
    }

    private static func words(of text: String, in common: Set<String>) -> [String] {
        var seen: Set<String> = []
        let words = Words.surfaces(in: text).filter {
            common.contains($0.term) && seen.insert($0.term).inserted
        }
        return words.prefix(5).map(\.word)
    }

    private static func differ(_ left: Set<String>, _ right: Set<String>) -> Bool {
        !left.isEmpty && !right.isEmpty && left.isDisjoint(with: right)
    }

    private static func numbers(_ text: String) -> Set<String> {
        let runs = text.unicodeScalars.split { !($0.isDigit || $0 == "." || $0 == ",") }
        return Set(runs.map { String($0).trimmingPunctuation() }.filter { !$0.isEmpty })
    }

    private static func isNegated(_ text: String) -> Bool {
        let lower = text.lowercased()
        if ["不", "没", "沒", "無い", "ない", "ません", "n't", "n’t"].contains(where: lower.contains) { return true }
        return lower.split { !$0.isLetter }.contains { negations.contains(String($0)) }
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
