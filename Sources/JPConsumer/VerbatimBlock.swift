import RelayConsumer

/// What only makes sense line by line and as a whole: a code block, a table, the steps of a numbered list, a
/// list of things that are no sentences.
struct VerbatimBlock {
    private static let longestLine = 140

    /// Its lines, for a list with its introduction.
    let lines: [String]
    /// Whether it is a list.
    let isList: Bool

    /// The block in `text`.
    ///
    /// Without lines when there is no block, or when it has more than `most` lines or very long ones. Hidden
    /// controls are left out.
    init(in text: String, most: Int) {
        let bytes = Array(text.utf8)
        let all = TextLine.lines(of: bytes).map { line in
            (
                kind: MarkdownLine(bytes, line.range), bytes: bytes[line.range],
                text: Self.shown(bytes[line.range])
            )
        }
        let items = all.filter { if case .item = $0.kind { true } else { false } }
        let fragments = items.count { !Statement.endsLikeSentence($0.text) }
        let isListed =
            items.count { Self.isNumbered($0.bytes) } >= 2
            || (items.count >= 2 && fragments * 2 > items.count)
        let found = isListed ? all.map(\.text) : Self.codeOrTable(all.map { ($0.kind, $0.text) })
        let fits = found.count <= most && found.allSatisfy { $0.count <= Self.longestLine }
        lines = fits ? found : []
        isList = isListed && fits
    }

    /// The line without what moves the cursor or cannot be seen.
    private static func shown(_ line: ArraySlice<UInt8>) -> String {
        let text = String(decoding: line, as: UTF8.self).withoutHiddenControls()
        return String(String.UnicodeScalarView(text.unicodeScalars.map { $0.isSpace ? " " : $0 }))
    }

    /// Whether the item's mark is a number.
    private static func isNumbered(_ line: ArraySlice<UInt8>) -> Bool {
        let rest = line.drop { $0 == 0x20 || $0 == 0x09 }
        let digits = rest.prefix { (0x30...0x39).contains($0) }
        guard !digits.isEmpty, let mark = rest.dropFirst(digits.count).first else { return false }
        return mark == UInt8(ascii: ".") || mark == UInt8(ascii: ")")
    }

    private static func codeOrTable(_ all: [(kind: MarkdownLine, text: String)]) -> [String] {
        var lines: [String] = []
        var fence = FenceState()
        for (kind, text) in all {
            let wasInside = fence.isInside
            if fence.take(kind) {
                if wasInside, fence.isInside { lines.append(text) }
                if wasInside, !fence.isInside { break }
            } else if kind == .row {
                lines.append(text)
            } else if !lines.isEmpty {
                break
            }
        }
        return lines
    }
}
