import RelayConsumer

/// Chooses the sentences that answer best; none is used twice.
///
/// For each part of a question it goes greedily from one short run of neighbouring sentences to the next: each
/// time the run that adds most of what is asked and not yet said, preferring passages that ranked high, runs
/// that can be understood by themselves, and few words. A run that fits a later question much better is left
/// for that one.
struct AnswerComposer {
    /// A run of sentences, and the rank of its passage.
    typealias Candidate = (run: [Statement], rank: Int)

    /// So many sentences make a run, and so many characters an answer.
    static let (longestRun, mostCharacters) = (3, 1000)
    /// So many runs answer a question, and so many a part of it.
    private static let (mostRuns, mostRunsForPart) = (3, 2)
    /// A further run must add this part of the question's weight.
    private static let leastGain = 0.22
    /// A run or a block must share this part of the question's weight to be added, another answer's quote that.
    private static let (leastShare, leastToSee) = (0.35, 0.5)
    /// A further run must share so much of what the first one shares with the question.
    private static let leastBesideBest = 0.8
    /// Beside a list that has an answer a run must share so much of what one of the list's lines shares.
    private static let leastBesideList = 0.6
    /// From these shares of the question's weight on it is answered, in part or wholly.
    private static let (leastForPart, leastForWhole) = (0.3, 0.55)
    /// A later question must share so much more with a run to have it.
    private static let leastAhead = 0.25
    /// So many runs are looked at when later questions want them.
    private static let mostWanted = 12

    let evidence: Evidence
    /// Where the sentences stand that were used or say the same as a used one.
    private var spent: Set<Statement.Place> = []

    init(_ evidence: Evidence) { self.evidence = evidence }

    /// The answers to `questions`, in their order.
    mutating func answers(to questions: [Question]) -> [Answer] {
        let asks = questions.map { Ask($0, evidence) }
        var answers: [Answer] = []
        for (index, ask) in asks.enumerated() {
            var answer = draft(ask, before: asks[(index + 1)...])
            judge(&answer, ask.whole)
            answers.append(answer)
        }
        let drafts = answers
        for (index, ask) in asks.enumerated() {
            answers[index].seeAlso = seeAlso(drafts, at: index, ask)
            guard !answers[index].seeAlso.isEmpty else { continue }
            if answers[index].reach == .nearestOnly { answers[index].runs = [] }
            judge(&answers[index], ask.whole)
        }
        return answers
    }

    private mutating func draft(_ ask: Ask, before later: ArraySlice<Ask>) -> Answer {
        let candidates = ask.ranked.flatMap { place in
            runs(of: place.index).map { (run: $0, rank: place.rank) }
        }
        var answer = Answer(question: ask.question, unknownWords: ask.whole.unknownWords)
        let list = ask.ranked.map { listFocus(of: ask.whole, in: evidence.passages[$0.index]) }.max() ?? 0
        let floor = list >= Self.leastForWhole ? Self.leastBesideList * list : 0
        for part in ask.parts {
            add(candidates, to: &answer, for: part, of: ask, floor: floor, before: later)
        }
        answer.blockOf = block(for: answer, ask)
        return answer
    }

    /// Adds the best of `candidates` for `part`, one after the other.
    private mutating func add(
        _ candidates: [Candidate],
        to answer: inout Answer,
        for part: Aim,
        of ask: Ask,
        floor: Double,
        before later: ArraySlice<Ask>
    ) {
        var covered: Set<String> = []
        var least = answer.runs.isEmpty ? floor : Self.leastShare
        for count in 0..<(ask.parts.count == 1 ? Self.mostRuns : Self.mostRunsForPart) {
            let room = Self.mostCharacters - answer.runs.reduce(0) { $0 + $1.length }
            let open = candidates.filter { candidate in
                candidate.run.length <= room && isNew(candidate.run)
                    && focus(of: part, in: candidate.run) >= least
                    && (count == 0 || part.isToThePoint(candidate.run))
            }
            let gains = open.map { candidate in
                gain(of: candidate, part, of: ask, covered)
                    + 0.25 * evidence.weights.share(of: ask.whole.terms, in: candidate.run.terms)
            }
            let order = open.indices.sorted { (gains[$1], $0) < (gains[$0], $1) }.prefix(Self.mostWanted)
            let best = order.first { !isWanted(open[$0].run, by: later, moreThanFor: ask) }
            guard let best, count == 0 || gains[best] >= Self.leastGain else { return }
            let run = open[best].run
            if count == 0 { least = max(Self.leastShare, Self.leastBesideBest * focus(of: part, in: run)) }
            answer.runs.append(run)
            spend(run)
            covered.formUnion(run.terms)
        }
    }

    private func isNew(_ run: [Statement]) -> Bool {
        run.allSatisfy { !spent.contains($0.whereabouts) }
    }

    private mutating func spend(_ run: [Statement]) {
        for passage in evidence.passages {
            for statement in passage.statements where run.contains(where: { $0.says(sameAs: statement) }) {
                spent.insert(statement.whereabouts)
            }
        }
    }

    /// Whether one of the questions to come has much more use for `run`.
    private func isWanted(_ run: [Statement], by later: ArraySlice<Ask>, moreThanFor ask: Ask) -> Bool {
        let own = focus(of: ask.whole, in: run)
        return later.contains { other in
            guard other.passages.contains(run[0].passage) else { return false }
            let share = focus(of: other.whole, in: run)
            return share >= Self.leastForWhole && share >= own + Self.leastAhead
        }
    }
}

// MARK: - How far an answer reaches

extension AnswerComposer {
    /// Tells how far the answer reaches; of one that does not reach the question only the best run stays.
    private func judge(_ answer: inout Answer, _ whole: Aim) {
        let passages = (answer.seeAlso + [answer.blockOf].compactMap { $0 }).map { evidence.passages[$0] }
        var covered = passages.reduce(into: Set<String>()) { $0.formUnion($1.terms) }
        for run in answer.runs {
            covered.formUnion(run.terms)
            covered.formUnion(evidence.passages[run[0].passage].contextTerms)
        }
        let share = evidence.weights.share(of: whole.terms, in: covered)
        let hasNumber =
            answer.runs.joined().contains(where: \.hasNumber)
            || passages.contains { $0.entry.text.unicodeScalars.contains(where: \.isDigit) }
        if answer.runs.isEmpty && passages.isEmpty {
            answer.reach = .nothing
        } else if share < Self.leastForPart || (whole.wantsAmount && !hasNumber) {
            answer.reach = .nearestOnly
            answer.runs = Array(answer.runs.prefix(1))
        } else {
            let isWhole = share >= Self.leastForWhole && answer.unknownWords.isEmpty
            answer.reach = isWhole ? .answered : .inPart
        }
    }

    /// The best ranked passage that has code, a table or a list to the point.
    ///
    /// It is one that is quoted or follows a quoted one, or any when no quote reaches the question.
    private func block(for answer: Answer, _ ask: Ask) -> Int? {
        let quoted = Set(answer.runs.map { $0[0].passage })
        let reached = answer.runs.map { focus(of: ask.whole, in: $0) }.max() ?? 0
        let fitting = ask.ranked.filter { place in
            let passage = evidence.passages[place.index]
            guard !passage.block.lines.isEmpty, passage.entry.question == answer.question.number else {
                return false
            }
            let isNear = quoted.contains { $0 == place.index || evidence.follows(place.index, $0) }
            return (isNear || reached < Self.leastForWhole || listFocus(of: ask.whole, in: passage) > reached)
                && evidence.weights.share(of: ask.whole.terms, in: passage.terms) >= Self.leastShare
        }
        return fitting.min { ($0.rank, $0.index) < ($1.rank, $1.index) }?.index
    }

    /// The passages that other answers quote to the point of this one, at most three.
    private func seeAlso(_ answers: [Answer], at own: Int, _ ask: Ask) -> [Int] {
        let runs = answers[own].reach == .nearestOnly ? [] : answers[own].runs
        let seen = Set(runs.map { $0[0].passage } + [answers[own].blockOf].compactMap { $0 })
        let reached = runs.map { focus(of: ask.whole, in: $0) }.max() ?? 0
        let least = reached >= Self.leastForWhole ? reached : Self.leastToSee
        let others = answers.indices.filter { index in
            index != own && (answers[index].reach == .answered || answers[index].reach == .inPart)
        }
        let quoted = Dictionary(grouping: others.flatMap { answers[$0].runs.joined() }, by: \.passage)
        let fitting = quoted.filter { passage, statements in
            ask.passages.contains(passage) && !seen.contains(passage)
                && focus(of: ask.whole, in: statements) >= least
        }
        return Array(fitting.keys.sorted().prefix(3))
    }
}
