import RelayConsumer

/// What only makes sense line by line and as a whole: a code block, a table, the steps of a numbered list.
enum VerbatimBlock {
    private static let longestLine = 140

    /// The lines of the block in `text`, for a numbered list with its introduction.
    ///
    /// Empty when there is no block, or when it has more than `most` lines or very long ones. Hidden
    /// controls are left out.
    static func lines(of text: String, most: Int) -> [String] {
        let bytes = Array(text.utf8)
        let all = TextLine.lines(of: bytes).map { line in
            (
                kind: MarkdownLine(bytes, line.range), bytes: bytes[line.range],
                text: shown(bytes[line.range])
            )
        }
        let lines: [String]
        if all.count(where: { isNumbered($0.kind, $0.bytes) }) >= 2 {
            lines = all.map(\.text)
        } else {
            lines = codeOrTable(all.map { ($0.kind, $0.text) })
        }
        return lines.count <= most && lines.allSatisfy { $0.count <= longestLine } ? lines : []
    }

    /// The line without what moves the cursor or cannot be seen.
    private static func shown(_ line: ArraySlice<UInt8>) -> String {
        let text = String(decoding: line, as: UTF8.self).withoutHiddenControls()
        return String(String.UnicodeScalarView(text.unicodeScalars.map { $0.isSpace ? " " : $0 }))
    }

    /// Whether the line is an item of a numbered list.
    static func isNumbered(_ kind: MarkdownLine, _ line: ArraySlice<UInt8>) -> Bool {
        guard case .item = kind, let mark = line.first(where: { $0 != 0x20 && $0 != 0x09 }) else {
            return false
        }
        return (0x30...0x39).contains(mark)
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
