/// A Markdown document whose sections hold entries, such as a candidate list or a review.
///
/// A section begins at a heading with its exact name and ends at the next heading of the same or a higher
/// level. Deeper headings name questions. Running text in parentheses is a remark and no entry.
struct EntryDocument {
    /// The text of the first heading; empty when there is none before the sections.
    private(set) var title = ""
    /// The questions, in the order of their headings.
    private(set) var questions: [Question] = []
    /// The entries of each section found.
    private(set) var sections: [String: [QuotedEntry]] = [:]
    /// How many list items and quotes stand outside every section.
    private(set) var outside = 0

    private let bytes: [UInt8]
    private let names: Set<String>
    private var section: (name: String, level: Int)?
    private var question: Int?
    private var collector = EntryCollector()

    /// Reads `bytes` and the sections called `names`.
    init(_ bytes: [UInt8], sections names: Set<String>) {
        self.bytes = bytes
        self.names = names
        var fence = FenceState()
        for line in TextLine.lines(of: bytes) {
            let kind = MarkdownLine(bytes, line.range)
            let wasInside = fence.isInside
            if fence.take(kind) {
                let isMark = !wasInside || !fence.isInside
                if section != nil { collector.takeCode(isMark ? nil : text(line.range)) }
            } else if case .heading(let level, let range) = kind {
                takeHeading(level: level, String(text(range)))
            } else if section != nil {
                collector.take(
                    kind,
                    text(line.range),
                    content: { Self.text(bytes, $0..<line.range.upperBound) }
                )
            } else {
                countOutside(kind)
            }
        }
        closeEntries()
    }

    /// The title without the name of the document's kind before it, at most 200 characters.
    func title(after kind: String) -> String {
        guard title == kind || title.hasPrefix("\(kind):") else { return title.excerpt(200) }
        return title.dropFirst(kind.count + 1).excerpt(200)
    }

    private func text(_ range: Range<Int>) -> Substring { Self.text(bytes, range) }

    private static func text(_ bytes: [UInt8], _ range: Range<Int>) -> Substring {
        Substring(decoding: bytes[range], as: UTF8.self)
    }

    private mutating func takeHeading(level: Int, _ heading: String) {
        closeEntries()
        if names.contains(heading) {
            section = (heading, level)
            question = nil
            sections[heading, default: []] += []
        } else if let current = section, level > current.level {
            takeQuestion(heading)
        } else {
            if title.isEmpty, section == nil { title = heading.folded() }
            section = nil
        }
    }

    private mutating func takeQuestion(_ heading: String) {
        let read = Question(heading: heading, next: (questions.map(\.number).max() ?? 0) + 1)
        if let known = questions.first(where: { $0.number == read.number || $0.text == read.text }) {
            question = known.number
        } else {
            questions.append(read)
            question = read.number
        }
    }

    private mutating func countOutside(_ kind: MarkdownLine) {
        if case .item = kind { outside += 1 }
        if case .quote = kind { outside += 1 }
    }

    private mutating func closeEntries() {
        let entries = collector.finish().map { entry in
            var entry = entry
            entry.question = question
            return entry
        }
        if let section { sections[section.name, default: []] += entries }
    }
}
