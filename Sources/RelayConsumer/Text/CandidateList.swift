/// The candidate list, `candidate-list.md`: what nano puts forward for each question of the brief.
///
/// ```
/// # Candidate list: Durable writes
///
/// Material: 5 sources, 82 passages; 24 are put forward.
///
/// ## Candidates
///
/// ### Question 1: When is a write durable?
///
/// - [P12] source-02.md, lines 14-18; rank 1; under Backups > Restore drill
///   > A backup that was never restored is a hope.
///
/// ### Question 2: What does it cost?
///
/// (No passage of the material matches.)
/// ```
/// The heading `Candidates` is the contract's. The questions travel here because jp does not get the
/// brief. Entries: `QuotedEntry`.
package struct CandidateList: Equatable, Sendable {
    /// The brief's title.
    package var title: String
    /// Remarks on the material, one line each; written, not read back.
    package var remarks: [String] = []
    /// What the brief asks, in its order.
    package var questions: [Question]
    /// The candidates, in the order of the list.
    package var entries: [QuotedEntry]
    /// How many list items and quotes stand outside the section; they are no candidates.
    package var outside = 0

    /// A list without remarks.
    package init(title: String, questions: [Question], entries: [QuotedEntry]) {
        self.title = title
        self.questions = questions
        self.entries = entries
    }

    /// The name of the contract's section.
    package static let section = "Candidates"

    /// Reads a list, however it was made: what is no entry is kept as a stray one.
    package init(reading bytes: [UInt8]) {
        let document = EntryDocument(bytes, sections: [Self.section])
        self.init(
            title: document.title(after: "Candidate list"),
            questions: document.questions,
            entries: document.sections[Self.section] ?? []
        )
        outside = document.outside
    }

    /// The list as Markdown.
    package var markdown: String {
        var text = "# \("Candidate list: \(title.folded())".withoutTrailingSpace())\n\n"
        for remark in remarks { text += "\(remark.folded())\n" }
        if !remarks.isEmpty { text += "\n" }
        text += "## \(Self.section)\n"
        for question in questions {
            text += "\n### \(question.heading)\n"
            let own = entries.filter { $0.question == question.number }
            if own.isEmpty { text += "\n\(emptyRemark(question))\n" }
            for entry in own { text += "\n\(entry.markdown)" }
        }
        return text
    }

    private func emptyRemark(_ question: Question) -> String {
        let elsewhere = entries.filter { $0.also.contains { $0.question == question.number } }
        guard !elsewhere.isEmpty else { return "(No passage of the material matches.)" }
        let ids = elsewhere.compactMap(\.id).joined(separator: ", ")
        return "(Its candidates stand under other questions: \(ids).)"
    }
}
