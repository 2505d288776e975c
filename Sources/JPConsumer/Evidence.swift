import RelayConsumer

/// The accepted passages that stand in the raw output, with their sentences.
struct Evidence {
    /// An accepted passage.
    struct Passage {
        let entry: QuotedEntry
        let contextTerms: Set<String>
        /// The terms of its text and its headings.
        let terms: Set<String>
        let statements: [Statement]
        /// The lines of its short code block, table or numbered list; empty when it has none.
        let block: [String]
    }

    /// A review that accepts more entries has converged on nothing; the rest is left out.
    private static let mostEntries = 600
    /// A block of more lines is not shown.
    private static let mostBlockLines = 14

    /// The passages, in the order of the review.
    private(set) var passages: [Passage] = []
    /// Accepted entries that the raw output does not hold, so that nothing can be quoted from them.
    private(set) var unbacked: [QuotedEntry] = []
    /// How many accepted entries were not looked at, because there are too many.
    let leftOut: Int
    /// How telling each term is.
    let weights: TermWeights
    /// How many passages the raw output has.
    let rawCount: Int

    init(_ review: Review, _ backing: Backing) {
        weights = TermWeights(texts: backing.passages.map { Words.terms(in: $0.text + "\n" + $0.context) })
        rawCount = backing.passages.count
        leftOut = max(0, review.accepted.count - Self.mostEntries)
        for entry in review.accepted.prefix(Self.mostEntries) {
            var entry = entry
            if entry.text.folded().isEmpty, let id = entry.id, let passage = backing.passage(id) {
                entry.text = passage.text
            }
            guard case .backed(let index) = backing.verdict(on: entry.text, id: entry.id) else {
                unbacked.append(entry)
                continue
            }
            let raw = backing.passages[index]
            (entry.id, entry.origin, entry.context) = (raw.id, raw.origin, raw.context.excerpt(160))
            let block = VerbatimBlock.lines(of: entry.text, most: Self.mostBlockLines)
            let statements = Statement.statements(
                of: entry.text,
                passage: passages.count,
                withSteps: block.isEmpty
            )
            // A sentence across quote marks of the source does not stand there word for word.
            let verbatim = statements.filter { backing.verdict(on: $0.text, id: raw.id) == .backed(index) }
            passages.append(
                Passage(
                    entry: entry,
                    contextTerms: Set(Words.terms(in: entry.context)),
                    terms: Set(Words.terms(in: entry.text + "\n" + entry.context)),
                    statements: verbatim,
                    block: block
                )
            )
        }
    }

    /// The indexes of the passages that were accepted for `question`, each with its rank.
    func passages(for question: Question) -> [(index: Int, rank: Int)] {
        passages.enumerated().compactMap { index, passage in
            if passage.entry.question == question.number { return (index, passage.entry.rank ?? 3) }
            if let mention = passage.entry.also.first(where: { $0.question == question.number }) {
                return (index, mention.rank)
            }
            return passage.entry.question == nil ? (index, 5) : nil
        }
    }
}
