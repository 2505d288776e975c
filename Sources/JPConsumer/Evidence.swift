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
        /// Its short code block, table or list; without lines when it has none.
        let block: VerbatimBlock
        /// The terms of each line of its list; empty when it has none.
        let listTerms: [Set<String>]
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
            let block = VerbatimBlock(in: entry.text, most: Self.mostBlockLines)
            let statements = Statement.statements(
                of: entry.text,
                passage: passages.count,
                isListed: block.isList
            )
            // Between the lines of a quoted mail stand its marks, which are no words.
            let unmarked = Self.withoutQuoteMarks(raw.text)
            let verbatim = statements.filter { statement in
                backing.verdict(on: statement.text, id: raw.id) == .backed(index)
                    || unmarked.contains(statement.text)
            }
            passages.append(
                Passage(
                    entry: entry,
                    contextTerms: Set(Words.terms(in: entry.context)),
                    terms: Set(Words.terms(in: entry.text + "\n" + entry.context)),
                    statements: verbatim,
                    block: block,
                    listTerms: block.isList ? block.lines.map { Set(Words.terms(in: $0)) } : []
                )
            )
        }
    }

    /// The text, folded, without the marks of quoted lines.
    private static func withoutQuoteMarks(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).map { line in
            line.drop { $0 == ">" || $0 == " " }
        }.joined(separator: "\n").folded()
    }

    /// Whether the passage at `index` begins where the one at `other` ends, blank lines between them aside.
    func follows(_ index: Int, _ other: Int) -> Bool {
        let (first, second) = (passages[other].entry, passages[index].entry)
        guard let one = first.origin, let two = second.origin, one.file == two.file else { return false }
        guard first.context == second.context, let end = one.lines, let start = two.lines else {
            return false
        }
        return (1...2).contains(start.lowerBound - end.upperBound)
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
