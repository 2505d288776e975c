/// A quoted passage with its id and origin, as candidate list and review hold it.
///
/// A list item names the passage, an optional line gives a reason, and a block quote holds the text:
/// ```
/// - [P12] source-02.md, lines 14-18; rank 1; also question 3 (rank 4); under Backups > Restore drill
///   Reason: backed by P12; speaks of restore, drill
///   > A backup that was never restored
///   > is a hope.
/// ```
/// Only the text is needed. Written by hand, `- A backup that was never restored is a hope. [P12]` and
/// the same without an id are entries too, and so is a block quote that no item precedes.
package struct QuotedEntry: Equatable, Sendable {
    /// A question that the entry answers besides the one it stands under.
    package struct Mention: Equatable, Sendable {
        /// The question's number.
        package let question: Int
        /// The entry's place among the question's candidates, from 1.
        package let rank: Int

        /// A mention of the question with that number.
        package init(question: Int, rank: Int) {
            self.question = question
            self.rank = rank
        }
    }

    /// How the entry was written, which decides how it can be judged.
    package enum Form: Equatable, Sendable {
        /// A list item or a block quote.
        case entry
        /// Running text where an entry was expected.
        case stray
    }

    /// The number of the question it stands under; `nil` when under none.
    package var question: Int?
    /// The passage's id in the raw output, when named.
    package var id: String?
    /// Where the passage stands, when named.
    package var origin: Origin?
    /// Its place among the question's candidates, from 1, when named.
    package var rank: Int?
    /// Further questions it answers.
    package var also: [Mention] = []
    /// The headings it stands under in its file, outermost first, joined by ` > `.
    package var context = ""
    /// Why it was accepted or rejected; empty in a candidate list.
    package var reason = ""
    /// The text, its lines without quote marks.
    package var text: String
    /// How it was written.
    package var form = Form.entry

    /// An entry of which only these are known.
    package init(question: Int?, id: String?, text: String) {
        self.question = question
        self.id = id
        self.text = text
    }

    /// The entry as Markdown, with a line break at its end.
    ///
    /// Hidden controls are left out, so that a terminal or an editor shows what is there.
    package var markdown: String {
        var head: [String] = []
        if let origin { head.append(origin.description) }
        if let rank { head.append("rank \(rank)") }
        head += also.map { "also question \($0.question) (rank \($0.rank))" }
        if !context.isEmpty { head.append("under \(context.folded())") }
        let label = id.map { "[\($0)] " } ?? ""
        var lines = ["- \(label)\(head.joined(separator: "; "))".withoutTrailingSpace()]
        if !reason.isEmpty { lines.append("  Reason: \(reason.folded())") }
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            lines.append("  > \(line.withoutHiddenControls())".withoutTrailingSpace())
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

extension String {
    /// The text without spaces, tabs and carriage returns at its end.
    func withoutTrailingSpace() -> String {
        var end = unicodeScalars.endIndex
        while end > unicodeScalars.startIndex {
            let before = unicodeScalars.index(before: end)
            guard unicodeScalars[before].isSpace else { break }
            end = before
        }
        return String(unicodeScalars[..<end])
    }
}
