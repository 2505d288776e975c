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
        guard common.count >= 3, Double(common.count) >= 0.3 * Double(all) else { return nil }
        let score = Double(common.count) / Double(min(left.count, right.count))
        guard score >= (common.count == 3 ? 1 : 0.5) else { return nil }
        let sign: Sign
        if one.denies(common) != other.denies(common) {
            sign = .negation
        } else if one.particulars.differsInNumbers(from: other.particulars) {
            sign = .numbers
        } else {
            return nil
        }
        var seen: Set<String> = []
        let shared = Words.surfaces(in: one.statement.text).filter { word in
            common.contains(word.term) && word.word.contains(where: \.isLetter)
                && seen.insert(word.term).inserted
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
    let particulars: Particulars

    init(_ statement: Statement, file: String) {
        self.statement = statement
        self.file = file
        denied = Self.denied(in: statement.text)
        particulars = statement.particulars
    }

    /// Whether it denies something that `common` speaks of.
    func denies(_ common: Set<String>) -> Bool {
        denied.contains { !$0.isEmpty && $0.intersection(common).count * 2 >= $0.count }
    }

    private static func denied(in text: String) -> [Set<String>] {
        let words = text.lowercased().split { !($0.isLetter || $0.isNumber || $0 == "'" || $0 == "’") }
        var denied = words.indices.filter { Particulars.isNegation(words[$0]) }.map { index in
            Set(Words.terms(in: words[(index + 1)...].prefix(6).joined(separator: " ")).prefix(3))
        }
        for sign in Particulars.negatingSigns where text.contains(sign) {
            denied.append(Set(Words.terms(in: text)))
        }
        return denied
    }
}
