import RelayConsumer

/// What is quoted in answer to a question.
struct Answer {
    /// How far the quotes answer.
    enum Reach { case answered, inPart, nearestOnly, nothing }

    let question: Question
    /// The runs of sentences, best first; each run stands together in one passage.
    var runs: [[Statement]] = []
    /// The passage whose code or table belongs to the answer.
    var blockOf: Int?
    var reach = Reach.nothing
    /// The question's words that no passage of the raw output has.
    var unknownWords: [String] = []
}

/// Chooses the sentences that answer best; none is used twice.
///
/// It goes greedily from one short run of neighbouring sentences to the next: each time the run that adds
/// most of what is asked and not yet said, preferring passages that ranked high, runs that can be understood by
/// themselves, and few words.
struct AnswerComposer {
    private static let longestRun = 3
    private static let (mostRuns, mostCharacters) = (4, 900)
    /// Two sentences that share this part of their words say the same.
    private static let sameWords = 0.6
    /// A further run must add this part of the question's weight.
    private static let leastGain = 0.16
    /// From these shares of the question's weight on it is answered, in part or wholly.
    private static let (leastForPart, leastForWhole) = (0.3, 0.55)

    private let evidence: Evidence
    private var used: [Statement] = []

    init(_ evidence: Evidence) { self.evidence = evidence }

    /// The answer to `question` from sentences not used before.
    mutating func answer(to question: Question) -> Answer {
        let words = Words.surfaces(in: question.text)
        let terms = Words.distinctTerms(in: question.text)
        let whole = max(evidence.weights.weight(of: terms), 0.001)
        let ranked = evidence.passages(for: question)
        let before = used
        var answer = Answer(question: question)
        var covered: Set<String> = []
        var characters = 0
        let runs = ranked.flatMap { place in self.runs(of: place.index).map { (run: $0, rank: place.rank) } }
        while answer.runs.count < Self.mostRuns {
            let open = runs.filter { isNew($0.run) && characters + $0.run.length <= Self.mostCharacters }
            let gains = open.map { gain(of: $0.run, rank: $0.rank, terms, covered, whole) }
            guard
                let best = gains.indices.max(by: {
                    gains[$0] < gains[$1] || (gains[$0] == gains[$1] && $0 > $1)
                })
            else { break }
            guard gains[best] >= Self.leastGain || answer.runs.isEmpty else { break }
            let run = open[best].run
            answer.runs.append(run)
            used += run
            characters += run.length
            covered.formUnion(run.flatMap(\.terms))
            covered.formUnion(evidence.passages[run[0].passage].contextTerms)
        }
        // What earlier answers quote is said too, though not again.
        let said = before.filter { statement in ranked.contains { $0.index == statement.passage } }
        let share = evidence.weights.share(of: terms, in: covered.union(said.flatMap(\.terms)))
        answer.reach = reach(share, isEmpty: answer.runs.isEmpty && said.isEmpty)
        answer.blockOf = block(for: answer, ranked, terms, whole)
        var seen: Set<String> = []
        answer.unknownWords = words.filter { word in
            !evidence.weights.isKnown(word.term) && seen.insert(word.term).inserted
        }.map(\.word)
        return answer
    }

    private func reach(_ share: Double, isEmpty: Bool) -> Answer.Reach {
        if isEmpty { return .nothing }
        if share < Self.leastForPart { return .nearestOnly }
        return share < Self.leastForWhole ? .inPart : .answered
    }
}

// MARK: - Runs

extension AnswerComposer {
    /// All runs of neighbouring sentences of the passage at `index`.
    private func runs(of index: Int) -> [[Statement]] {
        let statements = evidence.passages[index].statements
        return statements.indices.flatMap { start -> [[Statement]] in
            var runs: [[Statement]] = []
            for end in start..<min(start + Self.longestRun, statements.count) {
                guard end == start || statements[end].place == statements[end - 1].place + 1 else { break }
                let run = Array(statements[start...end])
                guard run.length <= Self.mostCharacters / 2 || end == start else { break }
                runs.append(run)
            }
            return runs
        }
    }

    private func isNew(_ run: [Statement]) -> Bool {
        run.allSatisfy { statement in !used.contains { Self.areAlike($0, statement) } }
    }

    private static func areAlike(_ left: Statement, _ right: Statement) -> Bool {
        if left.text == right.text { return true }
        let common = Double(left.terms.intersection(right.terms).count)
        let all = Double(left.terms.union(right.terms).count)
        return all > 0 && common / all >= sameWords
    }

    /// What `run` adds to an answer that has said `covered`, as a part of the question's weight.
    private func gain(
        of run: [Statement],
        rank: Int,
        _ terms: [String],
        _ covered: Set<String>,
        _ whole: Double
    ) -> Double {
        let passage = evidence.passages[run[0].passage]
        let present = Set(run.flatMap(\.terms))
        let wanted = terms.filter(present.contains)
        let new = evidence.weights.weight(of: wanted.filter { !covered.contains($0) }) / whole
        let again = evidence.weights.weight(of: wanted.filter(covered.contains)) / whole
        let context = evidence.weights.share(of: terms, in: passage.contextTerms)
        var gain = new + 0.35 * again + 0.2 * context + 0.25 / Double(rank + 1)
        if wanted.isEmpty { gain -= 0.25 }
        for statement in run {
            if statement.terms.isDisjoint(with: terms) { gain -= 0.05 }
            if statement.isFragment { gain -= 0.15 }
            if statement.text.contains(/\[[0-9]+\]/) { gain -= 0.2 }
        }
        if run[0].isLeaning { gain -= 0.2 }
        return gain - 0.1 * Double(run.length) / 420
    }

    /// The best ranked passage of the answer, or of the question, that has code or a table to the point.
    private func block(
        for answer: Answer,
        _ ranked: [(index: Int, rank: Int)],
        _ terms: [String],
        _ whole: Double
    ) -> Int? {
        let quoted = Set(answer.runs.map { $0[0].passage })
        let fitting = ranked.filter { place in
            let passage = evidence.passages[place.index]
            guard !passage.block.isEmpty, passage.entry.question == answer.question.number else {
                return false
            }
            let present = Set(Words.terms(in: passage.entry.text)).union(passage.contextTerms)
            return quoted.contains(place.index) || evidence.weights.share(of: terms, in: present) >= 0.4
        }
        return fitting.min { ($0.rank, $0.index) < ($1.rank, $1.index) }?.index
    }
}

extension [Statement] {
    /// Its characters, spaces between included.
    var length: Int { reduce(0) { $0 + $1.text.count + 1 } }
}
