/// The review, `sg-review.md`: what sg accepted and rejected of the candidate list, with reasons.
///
/// ```
/// # Review: Durable writes
///
/// 24 candidates: 15 accepted, 9 rejected.
///
/// ## Accepted
///
/// ### Question 1: When is a write durable?
///
/// - [P12] source-02.md, lines 14-18; rank 1
///   Reason: backed by P12; speaks of write, durable
///   > A write is durable when …
///
/// ## Rejected
///
/// - [P31] source-04.md, lines 3-9
///   Reason: near-duplicate of P12 (87 % of its word triples)
///   > A write counts as durable when …
/// ```
/// The headings `Accepted` and `Rejected` are the contract's. Entries: `QuotedEntry`.
package struct Review: Equatable, Sendable {
    /// The brief's title.
    package var title: String
    /// What was counted and checked, one line each; written, not read back.
    package var remarks: [String] = []
    /// The questions that stand as headings.
    package var questions: [Question]
    /// The accepted entries, best first under each question.
    package var accepted: [QuotedEntry]
    /// The rejected entries, in the order of the candidate list.
    package var rejected: [QuotedEntry]

    /// A review without remarks.
    package init(title: String, questions: [Question], accepted: [QuotedEntry], rejected: [QuotedEntry]) {
        self.title = title
        self.questions = questions
        self.accepted = accepted
        self.rejected = rejected
    }

    /// The names of the contract's sections.
    package static let (acceptedSection, rejectedSection) = ("Accepted", "Rejected")

    /// Reads a review, however it was made.
    package init(reading bytes: [UInt8]) {
        let document = EntryDocument(bytes, sections: [Self.acceptedSection, Self.rejectedSection])
        self.init(
            title: document.title(after: "Review"),
            questions: document.questions,
            accepted: document.sections[Self.acceptedSection] ?? [],
            rejected: document.sections[Self.rejectedSection] ?? []
        )
    }

    /// The review as Markdown.
    package var markdown: String {
        var text = "# \("Review: \(title.folded())".withoutTrailingSpace())\n\n"
        for remark in remarks { text += "\(remark.folded())\n" }
        text += "\n## \(Self.acceptedSection)\n"
        if accepted.isEmpty { text += "\n(Nothing was accepted.)\n" }
        for entry in accepted where entry.question == nil { text += "\n\(entry.markdown)" }
        for question in questions {
            let own = accepted.filter { $0.question == question.number }
            guard !own.isEmpty else { continue }
            text += "\n### \(question.heading)\n"
            for entry in own { text += "\n\(entry.markdown)" }
        }
        text += "\n## \(Self.rejectedSection)\n"
        if rejected.isEmpty { text += "\n(Nothing was rejected.)\n" }
        for entry in rejected { text += "\n\(entry.markdown)" }
        return text
    }
}
