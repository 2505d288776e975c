import RelayConsumer

/// Judges one candidate by itself: is it a candidate, is it backed, does it belong to the brief.
struct Examination {
    /// A candidate that passed, with what the comparison with others needs.
    struct Passed {
        var entry: QuotedEntry
        let terms: Set<String>
        let shingles: Shingles
        let particulars: Particulars
    }

    /// What came of a candidate.
    enum Outcome {
        case passed(Passed)
        case rejected(QuotedEntry)
    }

    /// A candidate needs so many words; fewer cannot be checked or understood by themselves.
    private static let fewestWords = 5
    /// A candidate has at most so many characters; a whole document is no quote.
    private static let longestText = 4000
    /// The least part of a question's weight that a candidate must share, by itself or with its headings; and
    /// from which part on headings that ask nearly the same are enough.
    private static let (leastShare, leastWithHeadings, leastInHeadings) = (0.22, 0.4, 0.7)

    private let backing: Backing
    private let weights: TermWeights
    private let questions: [Int: (question: Question, terms: [String])]

    init(_ list: CandidateList, backing: Backing) {
        self.backing = backing
        weights = TermWeights(texts: backing.passages.map { Words.terms(in: $0.text) })
        questions = Dictionary(
            list.questions.map { ($0.number, ($0, Words.distinctTerms(in: $0.text))) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    /// Judges `entry`, its facts corrected by what the raw output says.
    func outcome(for entry: QuotedEntry) -> Outcome {
        var entry = entry
        func rejected(_ reason: String) -> Outcome {
            entry.reason = reason
            return .rejected(entry)
        }
        if entry.form == .stray { return rejected("not a candidate: neither a list item nor a quote") }
        let named = entry.id.flatMap(backing.passage)
        if entry.text.folded().isEmpty {
            guard let named else { return rejected(unreadable(entry.id)) }
            entry.text = named.text
        }
        let words = Words.count(in: entry.text)
        let terms = Words.terms(in: entry.text)
        if words < Self.fewestWords || terms.count < 2 {
            return rejected("too thin: \(words) word\(words == 1 ? "" : "s"), nothing to check or to use")
        }
        if entry.text.count > Self.longestText {
            return rejected("too long: more than \(Self.longestText) characters; quote the part that matters")
        }
        switch backing.verdict(on: entry.text, id: entry.id) {
        case .absent: return rejected("not backed: the text does not stand in the raw output")
        case .unknownID: return rejected("not backed: the raw output has no passage \(entry.id ?? "")")
        case .elsewhere(let index):
            let other = backing.passages[index].id
            return rejected("not backed: it does not stand in \(entry.id ?? "its passage") but in \(other)")
        case .backed(let index): entry.adopt(backing.passages[index])
        }
        guard let reason = relevance(of: entry, Set(terms)) else {
            return rejected("off the brief: it shares too little with \(asked(entry))")
        }
        entry.reason = "backed by \(entry.id ?? "the raw output"); \(reason)"
        return .passed(
            Passed(
                entry: entry,
                terms: Set(terms),
                shingles: Shingles(of: terms),
                particulars: Particulars(entry.text.folded())
            )
        )
    }

    private func unreadable(_ id: String?) -> String {
        id.map { "not backed: no text, and the raw output has no passage \($0)" }
            ?? "no text and no passage id"
    }

    /// In words, what of its questions the entry speaks of; `nil` when of too little.
    private func relevance(of entry: QuotedEntry, _ present: Set<String>) -> String? {
        let numbers = ([entry.question] + entry.also.map(\.question)).compactMap { $0 }
        let asked = numbers.compactMap { questions[$0] }
        guard !asked.isEmpty else { return "it stands under no question" }
        let headings = Set(Words.terms(in: entry.context))
        var isComparable = false
        for (question, terms) in asked {
            let known = terms.filter(weights.isKnown)
            if known.isEmpty { continue }
            isComparable = true
            let share = weights.share(of: known, in: present)
            let withHeadings = weights.share(of: known, in: present.union(headings))
            guard
                share >= Self.leastShare || (share > 0 && withHeadings >= Self.leastWithHeadings)
                    || weights.share(of: known, in: headings) >= Self.leastInHeadings
            else { continue }
            let words = Self.words(of: question, in: share > 0 ? present : headings)
            return "speaks of \(words.map { "“\($0)”" }.joined(separator: ", "))"
        }
        // A question in another language than the material shares no words with anything.
        return isComparable
            ? nil : "the question's words do not occur in the material, so a person must judge"
    }

    /// The question's words that `present` has, at most five.
    private static func words(of question: Question, in present: Set<String>) -> [String] {
        var seen: Set<String> = []
        let shared = Words.surfaces(in: question.text).filter { word in
            present.speaks(of: word.term) && seen.insert(word.term).inserted
        }
        return shared.prefix(5).map(\.word)
    }

    private func asked(_ entry: QuotedEntry) -> String {
        guard let number = entry.question, let question = questions[number]?.question else {
            return "any question"
        }
        return "\(question.isTopic ? "topic" : "question") \(number)"
    }
}

extension QuotedEntry {
    /// Takes id, origin and context from the passage that backs the entry.
    fileprivate mutating func adopt(_ passage: RawPassage) {
        id = passage.id
        origin = passage.origin
        context = passage.context.excerpt(160)
    }
}
