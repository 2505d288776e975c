import RelayConsumer

/// A question as it is put to the index.
struct Inquiry {
    /// So many terms of a question are looked up; a topic may be as long as a brief.
    private static let mostTerms = 40
    /// How much the brief's title counts beside the question's own words.
    private static let titleWeight = 0.2
    /// So many hits of the title are looked at.
    private static let titleHits = 2000

    let question: Question
    /// What is asked: the question's terms, or the title's when it has none of its own.
    let terms: [String]
    /// The title's other terms.
    private let background: [String]

    init(_ question: Question, title: String) {
        self.question = question
        let own = Words.distinctTerms(in: question.text)
        let titles = Words.distinctTerms(in: title)
        terms = Array((own.isEmpty ? titles : own).prefix(Self.mostTerms))
        background = titles.filter { !own.contains($0) }
    }

    /// The passages that fit, best first, at most `limit`.
    func hits(in index: inout PassageIndex, limit: Int) throws(ProcessorRefusal) -> [PassageIndex.Hit] {
        let own = try index.hits(terms, limit: limit)
        guard !background.isEmpty, !own.isEmpty else { return own }
        let titles = try index.hits(background, limit: Self.titleHits)
        let extra = Dictionary(uniqueKeysWithValues: titles.map { ($0.ordinal, $0.score * Self.titleWeight) })
        let summed = own.map { hit in
            PassageIndex.Hit(ordinal: hit.ordinal, score: hit.score + (extra[hit.ordinal] ?? 0))
        }
        return summed.sorted { ($1.score, $0.ordinal) < ($0.score, $1.ordinal) }
    }

    /// The hits that are worth a look by the next stage, best first.
    ///
    /// A passage must share enough of what is asked, by weight: a single common word is not enough where
    /// more was asked. BM25 and that share decide the order together, since in a few small sources most words
    /// are so common that BM25 tells nothing.
    func candidates(
        of hits: [PassageIndex.Hit],
        weights: TermWeights,
        terms termsOf: (Int) -> Set<String>
    ) -> [PassageIndex.Hit] {
        let known = terms.filter(weights.isKnown)
        let best = max(hits.map(\.score).max() ?? 0, 0.001)
        let fitting = hits.compactMap { hit -> PassageIndex.Hit? in
            let present = termsOf(hit.ordinal)
            let shared = known.count(where: present.speaks)
            let share = weights.share(of: known, in: present)
            let least = known.count <= 2 ? 0 : shared >= 2 ? 0.15 : 0.35
            guard shared > 0, share >= least else { return nil }
            let score = ((hit.score / best + share) * 65536).rounded() / 65536
            return PassageIndex.Hit(ordinal: hit.ordinal, score: score)
        }
        return fitting.sorted { ($1.score, $0.ordinal) < ($0.score, $1.ordinal) }
    }
}
