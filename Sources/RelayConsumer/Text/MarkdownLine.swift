/// One line of a text, without its line break.
package struct TextLine: Equatable, Sendable {
    /// The number of the line, from 1.
    package let number: Int
    /// Where the line lies in the bytes, without the line break and a carriage return before it.
    package let range: Range<Int>

    /// The lines of `bytes`; the last one may lack a line break, and a byte order mark belongs to none.
    package static func lines(of bytes: [UInt8]) -> [TextLine] {
        var lines: [TextLine] = []
        var start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        while start < bytes.count {
            let stop = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            let hasReturn = stop > start && bytes[stop - 1] == UInt8(ascii: "\r")
            lines.append(TextLine(number: lines.count + 1, range: start..<(hasReturn ? stop - 1 : stop)))
            start = stop + 1
        }
        return lines
    }
}

/// What a line is in Markdown, seen by itself.
package enum MarkdownLine: Equatable, Sendable {
    /// Nothing but white space.
    case blank
    /// An ATX heading; `title` is where its text lies.
    case heading(level: Int, title: Range<Int>)
    /// Opens or closes a code fence of `count` times `mark`; only a bare one can close.
    case fence(mark: UInt8, count: Int, isBare: Bool)
    /// `---`, `===`, `***`: a rule, or the underline that makes a heading of the line before.
    case rule(mark: UInt8)
    /// A bulleted or numbered item whose text begins at `content`; a line that begins with a date or a time,
    /// as in logs and transcripts, is one with all of its text.
    case item(content: Int)
    /// A block quote whose text begins at `content`.
    case quote(content: Int)
    /// A row of a table: begins with a bar.
    case row
    /// Anything else.
    case text

    /// What the line of `bytes` within `range` is.
    package init(_ bytes: [UInt8], _ range: Range<Int>) {
        guard let start = bytes[range].firstIndex(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }) else {
            self = .blank
            return
        }
        let body = start..<range.upperBound
        switch bytes[start] {
        case UInt8(ascii: "#"): self = Self.heading(bytes, body) ?? .text
        case UInt8(ascii: "`"), UInt8(ascii: "~"): self = Self.fence(bytes, body) ?? .text
        case UInt8(ascii: "-"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "="), UInt8(ascii: "_"):
            self = Self.rule(bytes, body) ?? Self.bullet(bytes, body) ?? .text
        case UInt8(ascii: "0")...UInt8(ascii: "9"):
            self = Self.number(bytes, body) ?? Self.stamped(bytes, body) ?? .text
        case UInt8(ascii: "["): self = Self.stamped(bytes, body) ?? .text
        case UInt8(ascii: ">"):
            let next = start + 1
            self = .quote(content: next < body.upperBound && bytes[next] == 0x20 ? next + 1 : next)
        case UInt8(ascii: "|"): self = .row
        default: self = Self.sign(bytes, body) ?? .text
        }
    }

    private static func heading(_ bytes: [UInt8], _ body: Range<Int>) -> MarkdownLine? {
        let marks = bytes[body].prefix { $0 == UInt8(ascii: "#") }.count
        var title = (body.lowerBound + marks)..<body.upperBound
        guard marks <= 6, title.isEmpty || isBlank(bytes[title.lowerBound]) else { return nil }
        title = trimmed(bytes, title)
        let closing = bytes[title].reversed().prefix { $0 == UInt8(ascii: "#") }.count
        let bare = title.lowerBound..<(title.upperBound - closing)
        if closing > 0, bare.isEmpty || isBlank(bytes[bare.upperBound - 1]) { title = trimmed(bytes, bare) }
        return .heading(level: marks, title: title)
    }

    private static func fence(_ bytes: [UInt8], _ body: Range<Int>) -> MarkdownLine? {
        let mark = bytes[body.lowerBound]
        let count = bytes[body].prefix { $0 == mark }.count
        guard count >= 3 else { return nil }
        let rest = bytes[(body.lowerBound + count)..<body.upperBound]
        if mark == UInt8(ascii: "`"), rest.contains(mark) { return nil }
        return .fence(mark: mark, count: count, isBare: rest.allSatisfy(isBlank))
    }

    private static func rule(_ bytes: [UInt8], _ body: Range<Int>) -> MarkdownLine? {
        let mark = bytes[body.lowerBound]
        guard mark != UInt8(ascii: "+") else { return nil }
        var marks = 0
        for byte in bytes[body] where !isBlank(byte) {
            guard byte == mark else { return nil }
            marks += 1
        }
        return marks >= 3 ? .rule(mark: mark) : nil
    }

    private static func bullet(_ bytes: [UInt8], _ body: Range<Int>) -> MarkdownLine? {
        let mark = bytes[body.lowerBound]
        guard mark != UInt8(ascii: "="), mark != UInt8(ascii: "_") else { return nil }
        return item(bytes, after: body.lowerBound + 1, body)
    }

    private static func number(_ bytes: [UInt8], _ body: Range<Int>) -> MarkdownLine? {
        let digits = bytes[body].prefix { (0x30...0x39).contains($0) }.count
        let mark = body.lowerBound + digits
        guard digits <= 4, mark < body.upperBound else { return nil }
        guard bytes[mark] == UInt8(ascii: ".") || bytes[mark] == UInt8(ascii: ")") else { return nil }
        return item(bytes, after: mark + 1, body)
    }

    /// The bullet sign `•`, which plain text uses for items.
    private static func sign(_ bytes: [UInt8], _ body: Range<Int>) -> MarkdownLine? {
        guard bytes[body].starts(with: "•".utf8) else { return nil }
        return item(bytes, after: body.lowerBound + 3, body)
    }

    /// A line that begins with `2024-03-14` or `9:30`, in brackets or not.
    private static func stamped(_ bytes: [UInt8], _ body: Range<Int>) -> MarkdownLine? {
        let outline = bytes[body].prefix(12).map { (0x30...0x39).contains($0) ? UInt8(ascii: "0") : $0 }
        let bare = outline.first == UInt8(ascii: "[") ? outline.dropFirst() : outline[...]
        let stamps = ["0000-00-00", "00:00", "0:00"]
        return stamps.contains { bare.starts(with: $0.utf8) } ? .item(content: body.lowerBound) : nil
    }

    private static func item(_ bytes: [UInt8], after mark: Int, _ body: Range<Int>) -> MarkdownLine? {
        guard mark < body.upperBound else { return .item(content: mark) }
        guard isBlank(bytes[mark]) else { return nil }
        return .item(content: trimmed(bytes, mark..<body.upperBound).lowerBound)
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }

    private static func trimmed(_ bytes: [UInt8], _ range: Range<Int>) -> Range<Int> {
        guard let first = bytes[range].firstIndex(where: { !isBlank($0) }) else {
            return range.upperBound..<range.upperBound
        }
        let last = bytes[range].lastIndex { !isBlank($0) } ?? first
        return first..<(last + 1)
    }
}

/// Whether the lines of a text, taken in order, stand in a code fence.
package struct FenceState: Sendable {
    private var open: (mark: UInt8, count: Int)?

    /// The state before the first line.
    package init() {}

    /// Whether the line after the ones taken so far is code.
    package var isInside: Bool { open != nil }

    /// Takes the next line; `true` when it belongs to a fence, its first and last line included.
    package mutating func take(_ line: MarkdownLine) -> Bool {
        guard case .fence(let mark, let count, let isBare) = line else { return isInside }
        if let fence = open {
            if isBare, mark == fence.mark, count >= fence.count { open = nil }
        } else {
            open = (mark, count)
        }
        return true
    }
}
