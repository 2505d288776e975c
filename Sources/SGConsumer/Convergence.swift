import RelayConsumer

/// Brings the candidates down to those worth writing from: each once, the best few for each question.
struct Convergence {
    /// So many are accepted for a question, and so many that stand under none.
    private static let (mostForQuestion, mostForNone) = (8, 40)
    /// The accepted texts together have at most so many bytes.
    private static let mostBytes = 700_000
    /// So many entries are examined; a list that is longer is no list any more.
    private static let mostExamined = 3000
    /// From this share of its word triples on that the earlier has, too, the later of two is a near-duplicate.
    private static let sameTriples = 0.6
    /// From this share of all their words on, too, when both have enough words to tell.
    private static let (sameWords, tellingWords) = (0.8, 8)

    private let list: CandidateList
    private var accepted: [(place: Int, passed: Examination.Passed)] = []
    private var rejected: [(place: Int, entry: QuotedEntry)] = []
    private var bytes = 0

    /// Examines `list` and compares what passes.
    init(of list: CandidateList, backing: Backing) {
        self.list = list
        let examination = Examination(list, backing: backing)
        var passed: [(place: Int, passed: Examination.Passed)] = []
        for (place, entry) in list.entries.prefix(Self.mostExamined).enumerated() {
            switch examination.outcome(for: entry) {
            case .passed(let candidate): passed.append((place, candidate))
            case .rejected(let entry): rejected.append((place, entry))
            }
        }
        // The best of each question first, so that of two alike the better placed one stays.
        let ranked = passed.sorted { left, right in
            (left.passed.entry.rank ?? left.place + 1, left.place)
                < (right.passed.entry.rank ?? right.place + 1, right.place)
        }
        for candidate in ranked { take(candidate.passed, from: candidate.place) }
    }

    /// The review: accepted in the order of the list within each question, rejected in that order.
    var review: Review {
        var review = Review(
            title: list.title,
            questions: list.questions,
            accepted: accepted.sorted { $0.place < $1.place }.map(\.passed.entry),
            rejected: rejected.sorted { $0.place < $1.place }.map(\.entry)
        )
        let total = list.entries.count
        review.remarks.append(
            "\(total) candidate\(total == 1 ? "" : "s"): \(accepted.count) accepted, \(total - accepted.count) rejected."
        )
        if list.outside > 0 {
            review.remarks.append(
                "\(list.outside) list items or quotes outside the section Candidates were not taken for candidates."
            )
        }
        let unread = total - min(total, Self.mostExamined)
        if unread > 0 {
            var entry = QuotedEntry(question: nil, id: nil, text: "the last \(unread) entries of the list")
            entry.reason = "not examined: the list has more than \(Self.mostExamined) entries"
            review.rejected.append(entry)
        }
        return review
    }

    private mutating func take(_ candidate: Examination.Passed, from place: Int) {
        if let index = accepted.firstIndex(where: { Self.says($0.passed, allOf: candidate) }) {
            let kept = accepted[index].passed
            reject(candidate, place, Self.likeness(kept, candidate))
            accepted[index].passed.entry.inherit(candidate.entry)
        } else if accepted.count(where: { $0.passed.entry.question == candidate.entry.question })
            >= (candidate.entry.question == nil ? Self.mostForNone : Self.mostForQuestion)
        {
            reject(candidate, place, "outranked: its question has \(Self.mostForQuestion) better candidates")
        } else if bytes + candidate.entry.text.utf8.count > Self.mostBytes {
            reject(candidate, place, "outranked: better candidates fill the review")
        } else {
            bytes += candidate.entry.text.utf8.count
            accepted.append((place, candidate))
        }
    }

    private mutating func reject(_ candidate: Examination.Passed, _ place: Int, _ reason: String) {
        var entry = candidate.entry
        entry.reason = reason
        rejected.append((place, entry))
    }

    private static func likeness(_ kept: Examination.Passed, _ candidate: Examination.Passed) -> String {
        let name = "near-duplicate of \(kept.entry.id ?? "an accepted one")"
        let share = Int((candidate.shingles.share(in: kept.shingles) * 100).rounded())
        if Double(share) < sameTriples * 100 { return "\(name) (nearly the same words)" }
        return "\(name) (\(share) % of its word triples)"
    }

    /// Whether nearly all that `candidate` says is said by `kept`; other numbers or a denial say otherwise.
    private static func says(_ kept: Examination.Passed, allOf candidate: Examination.Passed) -> Bool {
        guard candidate.particulars.isWithin(kept.particulars) else { return false }
        let share = candidate.shingles.share(in: kept.shingles)
        if candidate.shingles.hashes.count >= 4 ? share >= sameTriples : share == 1 { return true }
        let fewer = min(kept.terms.count, candidate.terms.count)
        let more = max(kept.terms.count, candidate.terms.count)
        guard fewer >= tellingWords, Double(fewer) >= sameWords * Double(more) else { return false }
        let common = kept.terms.intersection(candidate.terms).count
        return Double(common) >= sameWords * Double(fewer + more - common)
    }
}

extension QuotedEntry {
    /// Takes over the questions of a near-duplicate that goes, so that none of them loses its answer.
    fileprivate mutating func inherit(_ duplicate: QuotedEntry) {
        var known = Set(([question] + also.map(\.question)).compactMap { $0 })
        let own = duplicate.question.map { Mention(question: $0, rank: duplicate.rank ?? 1) }
        for mention in [own].compactMap({ $0 }) + duplicate.also where known.insert(mention.question).inserted
        {
            also.append(mention)
        }
    }
}
