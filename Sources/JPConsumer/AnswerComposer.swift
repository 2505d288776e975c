import RelayConsumer

/// Chooses the sentences that answer best; none is used twice.
///
/// For each part of a question it goes greedily from one short run of neighbouring sentences to the next: each
/// time the run that adds most of what is asked and not yet said, preferring passages that ranked high, runs
/// that can be understood by themselves, and few words.
struct AnswerComposer {
    /// So many sentences make a run, and so many characters an answer.
    private static let (longestRun, mostCharacters) = (3, 1000)
    /// So many runs answer a question, and so many a part of it.
    private static let (mostRuns, mostRunsForPart) = (3, 2)
    /// Two sentences that share this part of all their words, or of the shorter one's, say the same.
    private static let (sameWords, containedWords) = (0.6, 0.8)
    /// A further run must add this part of the question's weight.
    private static let leastGain = 0.22
    /// A run or a block must share this part of the question's weight to be added, an earlier quote that one.
    private static let (leastShare, leastToSee) = (0.35, 0.5)
    /// A further run must share so much of what the first one shares with the question.
    private static let leastBesideBest = 0.8
    /// From these shares of the question's weight on it is answered, in part or wholly.
    private static let (leastForPart, leastForWhole) = (0.3, 0.55)

    private let evidence: Evidence
    private var used: [Statement] = []
    /// Where the sentences stand that were used or say the same as a used one.
    private var spent: Set<Statement.Place> = []

    init(_ evidence: Evidence) { self.evidence = evidence }

    /// The answer to `question` from sentences not used before.
    mutating func answer(to question: Question) -> Answer {
        let whole = Aim(question.text)
        let parts = Aim.parts(of: question.text)
        let ranked = evidence.passages(for: question)
        let runs = ranked.flatMap { place in self.runs(of: place.index).map { (run: $0, rank: place.rank) } }
        let before = used
        var answer = Answer(question: question)
        for part in parts {
            let most = parts.count == 1 ? Self.mostRuns : Self.mostRunsForPart
            add(runs, to: &answer, for: part, of: whole, most: most)
        }
        answer.blockOf = block(for: answer, ranked, whole.terms)
        answer.seeAlso = seeAlso(before, answer, Set(ranked.map(\.index)), whole.terms)
        finish(&answer, whole)
        return answer
    }

    /// Adds the best of `runs` for `part`, one after the other.
    private mutating func add(
        _ runs: [(run: [Statement], rank: Int)],
        to answer: inout Answer,
        for part: Aim,
        of whole: Aim,
        most: Int
    ) {
        var covered: Set<String> = []
        var least = answer.runs.isEmpty ? 0 : Self.leastShare
        for count in 0..<most {
            let room = Self.mostCharacters - answer.runs.reduce(0) { $0 + $1.length }
            let open = runs.filter { candidate in
                candidate.run.length <= room && isNew(candidate.run)
                    && focus(of: part, in: candidate.run) >= least
                    && (count == 0 || part.isToThePoint(candidate.run))
            }
            let gains = open.map { candidate in
                gain(of: candidate.run, rank: candidate.rank, part, covered)
                    + 0.25 * evidence.weights.share(of: whole.terms, in: candidate.run.terms)
            }
            guard let gain = gains.max(), let best = gains.firstIndex(of: gain) else { return }
            guard count == 0 || gain >= Self.leastGain else { return }
            let run = open[best].run
            if count == 0 { least = max(Self.leastShare, Self.leastBesideBest * focus(of: part, in: run)) }
            answer.runs.append(run)
            spend(run)
            covered.formUnion(run.terms)
        }
    }

    /// The greatest part of the weight of `aim` that one sentence of `run` has.
    ///
    /// Words that meet in one sentence tell more than the same words scattered over three.
    private func focus(of aim: Aim, in run: [Statement]) -> Double {
        run.map { evidence.weights.share(of: aim.terms, in: $0.terms) }.max() ?? 0
    }

    /// Tells how far the answer reaches; of one that does not reach the question only the best run stays.
    private func finish(_ answer: inout Answer, _ whole: Aim) {
        var seen: Set<String> = []
        answer.unknownWords = Words.surfaces(in: answer.question.text).filter { word in
            !evidence.weights.isKnown(word.term) && seen.insert(word.term).inserted
        }.map(\.word)
        let passages = answer.seeAlso + [answer.blockOf].compactMap { $0 }
        var covered = passages.reduce(into: Set<String>()) { $0.formUnion(evidence.passages[$1].terms) }
        for run in answer.runs {
            covered.formUnion(run.terms)
            covered.formUnion(evidence.passages[run[0].passage].contextTerms)
        }
        let share = evidence.weights.share(of: whole.terms, in: covered)
        if answer.runs.isEmpty && passages.isEmpty {
            answer.reach = .nothing
        } else if share < Self.leastForPart {
            answer.reach = .nearestOnly
            answer.runs = Array(answer.runs.prefix(1))
        } else {
            let isWhole = share >= Self.leastForWhole && answer.unknownWords.isEmpty
            answer.reach = isWhole ? .answered : .inPart
        }
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
        run.allSatisfy { !spent.contains($0.whereabouts) }
    }

    private mutating func spend(_ run: [Statement]) {
        used += run
        for passage in evidence.passages {
            for statement in passage.statements where run.contains(where: { Self.areAlike($0, statement) }) {
                spent.insert(statement.whereabouts)
            }
        }
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
        let wanted = aim.terms.filter(run.terms.contains)
        let weights = evidence.weights
        let whole = max(weights.weight(of: aim.terms), 0.001)
        let new = weights.weight(of: wanted.filter { !covered.contains($0) }) / whole
        let again = weights.weight(of: wanted.filter(covered.contains)) / whole
        let context = weights.share(of: aim.terms, in: passage.contextTerms)
        var gain =
            0.6 * new + 0.2 * again + 0.4 * focus(of: aim, in: run) + 0.2 * context + 0.2 / Double(rank + 1)
        if wanted.isEmpty { gain -= 0.25 }
        if aim.wantsNumbers, run.contains(where: \.hasNumber) { gain += 0.12 }
        for statement in run {
            if statement.terms.isDisjoint(with: aim.terms) { gain -= 0.05 }
            if statement.isFragment { gain -= 0.25 }
            if statement.text.contains(/\[[0-9]+\]/) { gain -= 0.2 }
        }
        if run[0].isLeaning { gain -= run[0] == passage.statements.first ? 0.1 : 0.2 }
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
            return quoted.contains(place.index)
                || evidence.weights.share(of: terms, in: passage.terms) >= Self.leastShare
        }
        return fitting.min { ($0.rank, $0.index) < ($1.rank, $1.index) }?.index
    }

    /// The passages that earlier answers quote to the point of this one, at most three.
    private func seeAlso(
        _ before: [Statement],
        _ answer: Answer,
        _ candidates: Set<Int>,
        _ terms: [String]
    ) -> [Int] {
        let own = Set(answer.runs.map { $0[0].passage } + [answer.blockOf].compactMap { $0 })
        let quoted = Dictionary(grouping: before, by: \.passage).filter { passage, statements in
            candidates.contains(passage) && !own.contains(passage)
                && evidence.weights.share(of: terms, in: statements.terms) >= Self.leastToSee
        }
        return Array(quoted.keys.sorted().prefix(3))
    }
}
