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
    /// Two sentences that share this part of all their words, or of the shorter one's, say the same.
    private static let (sameWords, containedWords) = (0.6, 0.8)
    /// A further run must add this part of the question's weight.
    private static let leastGain = 0.25
    /// A code block, table or numbered list from elsewhere must share this part of the question's weight.
    private static let leastForBlock = 0.35
    /// From these shares of the question's weight on it is answered, in part or wholly.
    private static let (leastForPart, leastForWhole) = (0.3, 0.55)

    private let evidence: Evidence
    private var used: [Statement] = []

    init(_ evidence: Evidence) { self.evidence = evidence }

    /// The answer to `question` from sentences not used before.
    mutating func answer(to question: Question) -> Answer {
        let aim = Aim(question, evidence.weights)
        let ranked = evidence.passages(for: question)
        let before = used
        var answer = Answer(question: question)
        var covered: Set<String> = []
        let runs = ranked.flatMap { place in self.runs(of: place.index).map { (run: $0, rank: place.rank) } }
        while answer.runs.count < Self.mostRuns {
            let room = Self.mostCharacters - answer.runs.reduce(0) { $0 + $1.length }
            let open = runs.filter { candidate in
                candidate.run.length <= room && isNew(candidate.run)
                    && (answer.runs.isEmpty || aim.isToThePoint(candidate.run))
            }
            let gains = open.map { gain(of: $0.run, rank: $0.rank, aim, covered) }
            guard let gain = gains.max(), let best = gains.firstIndex(of: gain) else { break }
            let run = open[best].run
            guard answer.runs.isEmpty || gain >= Self.leastGain else { break }
            answer.runs.append(run)
            used += run
            covered.formUnion(run.flatMap(\.terms))
            covered.formUnion(evidence.passages[run[0].passage].contextTerms)
        }
        // What earlier answers quote is said too, though not again.
        let said = before.filter { statement in ranked.contains { $0.index == statement.passage } }
        let share = evidence.weights.share(of: aim.terms, in: covered.union(said.flatMap(\.terms)))
        answer.unknownWords = aim.unknownWords
        answer.reach = reach(share, isEmpty: answer.runs.isEmpty && said.isEmpty, aim)
        if answer.reach == .nearestOnly { answer.runs = Array(answer.runs.prefix(1)) }
        answer.blockOf = block(for: answer, ranked, aim.terms)
        return answer
    }

    private func reach(_ share: Double, isEmpty: Bool, _ aim: Aim) -> Answer.Reach {
        if isEmpty { return .nothing }
        if share < Self.leastForPart { return .nearestOnly }
        return share < Self.leastForWhole || !aim.unknownWords.isEmpty ? .inPart : .answered
    }
}

/// What a question is after.
private struct Aim {
    let terms: [String]
    /// The weight of all terms together, above 0.
    let whole: Double
    /// Whether a number would be an answer.
    let wantsNumbers: Bool
    /// The words that the raw output lacks.
    let unknownWords: [String]

    init(_ question: Question, _ weights: TermWeights) {
        terms = Words.distinctTerms(in: question.text)
        whole = max(weights.weight(of: terms), 0.001)
        let lower = question.text.lowercased()
        wantsNumbers = Self.numberCues.contains { lower.contains($0) }
        var seen: Set<String> = []
        unknownWords = Words.surfaces(in: question.text).filter { word in
            !weights.isKnown(word.term) && seen.insert(word.term).inserted
        }.map(\.word)
    }

    /// Whether `run` shares enough with the question to stand beside a better one: two words where more are asked.
    func isToThePoint(_ run: [Statement]) -> Bool {
        let present = Set(run.flatMap(\.terms))
        let shared = terms.count(where: present.contains)
        return shared >= 2
            || (shared == 1 && (terms.count <= 3 || (wantsNumbers && run.contains(where: \.hasNumber))))
    }

    private static let numberCues = [
        "how many", "how much", "how long", "how often", "how fast", "how large", "how big", "cost", "price",
        "wie viel", "wieviel", "wie lange", "wie oft", "wie groß", "kosten", "kostet", "combien", "coût",
        "cuánt", "cuesta", "quanto", "多少", "几", "いくら", "どのくらい", "何",
    ]
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
        let fewer = Double(min(left.terms.count, right.terms.count))
        if fewer >= 4, common / fewer >= containedWords { return true }
        return common >= sameWords * Double(left.terms.union(right.terms).count)
    }

    /// What `run` adds to an answer that has said `covered`, as a part of the question's weight.
    private func gain(
        of run: [Statement],
        rank: Int,
        _ aim: Aim,
        _ covered: Set<String>
    ) -> Double {
        let passage = evidence.passages[run[0].passage]
        let present = Set(run.flatMap(\.terms))
        let wanted = aim.terms.filter(present.contains)
        let new = evidence.weights.weight(of: wanted.filter { !covered.contains($0) }) / aim.whole
        let again = evidence.weights.weight(of: wanted.filter(covered.contains)) / aim.whole
        let context = evidence.weights.share(of: aim.terms, in: passage.contextTerms)
        var gain = new + 0.35 * again + 0.2 * context + 0.25 / Double(rank + 1)
        if wanted.isEmpty { gain -= 0.25 }
        if aim.wantsNumbers, run.contains(where: \.hasNumber) { gain += 0.12 }
        for statement in run {
            if statement.terms.isDisjoint(with: aim.terms) { gain -= 0.05 }
            if statement.isFragment { gain -= 0.15 }
            if statement.text.contains(/\[[0-9]+\]/) { gain -= 0.2 }
        }
        if run[0].isLeaning { gain -= 0.2 }
        return gain - 0.03 * Double(run.count - 1) - 0.15 * Double(run.length) / 420
    }

    /// The best ranked passage of the answer, or of the question, that has code or a table to the point.
    private func block(
        for answer: Answer,
        _ ranked: [(index: Int, rank: Int)],
        _ terms: [String]
    ) -> Int? {
        let quoted = Set(answer.runs.map { $0[0].passage })
        let fitting = ranked.filter { place in
            let passage = evidence.passages[place.index]
            guard !passage.block.isEmpty, passage.entry.question == answer.question.number else {
                return false
            }
            let present = Set(Words.terms(in: passage.entry.text)).union(passage.contextTerms)
            return quoted.contains(place.index)
                || evidence.weights.share(of: terms, in: present) >= Self.leastForBlock
        }
        return fitting.min { ($0.rank, $0.index) < ($1.rank, $1.index) }?.index
    }
}

extension [Statement] {
    /// Its characters, spaces between included.
    fileprivate var length: Int { reduce(0) { $0 + $1.text.count + 1 } }
}
