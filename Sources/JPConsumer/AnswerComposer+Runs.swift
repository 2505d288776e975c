import RelayConsumer

extension AnswerComposer {
    /// All runs of neighbouring sentences of the passage at `index`.
    func runs(of index: Int) -> [[Statement]] {
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

    /// The greatest part of the weight of `aim` that one sentence of `run` has.
    ///
    /// Words that meet in one sentence tell more than the same words scattered over three.
    func focus(of aim: Aim, in run: [Statement]) -> Double {
        run.map { evidence.weights.share(of: aim.terms, in: $0.terms) }.max() ?? 0
    }

    /// The same for the lines of the passage's list; 0 when it has none.
    func listFocus(of aim: Aim, in passage: Evidence.Passage) -> Double {
        passage.listTerms.map { evidence.weights.share(of: aim.terms, in: $0) }.max() ?? 0
    }

    /// What the candidate adds to an answer that has said `covered`, as a part of the question's weight.
    func gain(of candidate: Candidate, _ aim: Aim, of ask: Ask, _ covered: Set<String>) -> Double {
        let run = candidate.run
        let passage = evidence.passages[run[0].passage]
        let terms = run.terms
        let wanted = aim.terms.filter(terms.speaks)
        let weights = evidence.weights
        let whole = max(weights.weight(of: aim.terms), 0.001)
        let new = weights.weight(of: wanted.filter { !covered.contains($0) }) / whole
        let again = weights.weight(of: wanted.filter(covered.contains)) / whole
        let context = weights.share(of: aim.terms, in: passage.contextTerms)
        var gain = 0.6 * new + 0.2 * again + 0.4 * focus(of: aim, in: run)
        gain += 0.2 * context + 0.2 / Double(candidate.rank + 1)
        if wanted.isEmpty { gain -= 0.25 }
        if aim.wantsNumbers, run.contains(where: \.hasNumber) { gain += 0.12 }
        gain += reasonGain(of: run, ask)
        for statement in run {
            if statement.terms.isDisjoint(with: aim.terms) { gain -= 0.05 }
            if statement.isFragment { gain -= 0.25 }
            if statement.text.contains(/\[[0-9]+\]/) { gain -= 0.2 }
        }
        if run[0].isLeaning { gain -= run[0] == passage.statements.first ? 0.1 : 0.2 }
        return gain - 0.03 * Double(run.count - 1) - 0.15 * Double(run.length) / 420
    }

    /// What it is worth that `run` says why, or goes on where the question asks more than its words say.
    private func reasonGain(of run: [Statement], _ ask: Ask) -> Double {
        let shares = run.map { evidence.weights.share(of: ask.whole.terms, in: $0.terms) }
        let goesOn = run.count > 1 && shares[0] == shares.max()
        if ask.wantsMore, goesOn { return 0.18 }
        guard ask.whole.wantsReason else { return 0 }
        return goesOn || run.contains(where: \.givesReason) ? 0.12 : 0
    }
}

extension Statement {
    /// Two sentences that share this part of all their words, or of the shorter one's, say the same.
    private static let (sameWords, containedWords) = (0.6, 0.8)

    /// Whether the two say the same; other numbers or a denial say otherwise.
    func says(sameAs other: Statement) -> Bool {
        if text == other.text { return true }
        let common = Double(terms.intersection(other.terms).count)
        let fewer = Double(min(terms.count, other.terms.count))
        let isContained = fewer >= 4 && common / fewer >= Self.containedWords
        guard isContained || common >= Self.sameWords * Double(terms.union(other.terms).count) else {
            return false
        }
        return particulars.denies == other.particulars.denies
            && !particulars.differsInNumbers(from: other.particulars)
    }

    /// Whether a word in it says why.
    var givesReason: Bool {
        let words = text.lowercased().split { !$0.isLetter }
        return words.contains { Self.causes.contains(String($0)) }
            || Self.causingSigns.contains { text.contains($0) }
    }

    private static let causes: Set<String> = [
        "because", "since", "so", "therefore", "weil", "denn", "damit", "deshalb", "daher", "car", "parce",
        "puisque", "donc", "porque", "pues", "perché",
    ]
    private static let causingSigns = ["因为", "因為", "由于", "由於", "ため", "ので", "から"]
}
