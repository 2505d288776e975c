import RelayConsumer

/// A piece of a source by its place in the file; its bytes are read again when they are needed.
struct Passage: Equatable {
    /// Where its bytes lie in the file.
    let range: Range<Int>
    /// Its first and last line.
    let lines: ClosedRange<Int>
    /// The headings it stands under, outermost first.
    let context: String
}

/// Cuts a source into passages: paragraphs, groups of list items, code blocks, tables.
///
/// Passages are contiguous, so that each can be quoted byte for byte. Short neighbours are joined, an
/// introduction that ends in a colon stays with what it introduces, and long paragraphs are cut
/// between sentences. Headings are the context of the passages below them. Plain text (`.txt`) has no
/// headings, code fences or tables.
struct PassageSplitter {
    private enum Kind { case prose, list, quote, code, table }

    private struct Block {
        let kind: Kind
        let context: String
        var range: Range<Int>
        var lines: ClosedRange<Int>
    }

    /// The longest a joined passage may become, in bytes.
    private static let joined = 700
    /// Below this many bytes a paragraph is joined with the next one.
    private static let short = 120
    /// The longest introduction and list, code or table that stay together, in bytes.
    private static let introduced = 1000
    /// A context is cut after so many characters.
    private static let longestContext = 160

    private let bytes: [UInt8]
    private let isMarkdown: Bool
    private var passages: [Passage] = []
    private var headings: [(level: Int, title: String)] = []
    private var context = ""
    private var open: Block?
    private var pending: Block?

    private init(_ bytes: [UInt8], isMarkdown: Bool) {
        self.bytes = bytes
        self.isMarkdown = isMarkdown
    }

    /// The passages of `bytes`, in order; those without a letter or digit are left out.
    static func passages(of bytes: [UInt8], isMarkdown: Bool) -> [Passage] {
        var splitter = PassageSplitter(bytes, isMarkdown: isMarkdown)
        splitter.split()
        return splitter.passages
    }

    private mutating func split() {
        var fence = FenceState()
        let lines = TextLine.lines(of: bytes)
        let frontMatter = isMarkdown ? Self.frontMatter(bytes, lines) : 0
        for line in lines {
            let kind = MarkdownLine(bytes, line.range)
            if line.number <= frontMatter {
                extend(.code, line)
            } else if isMarkdown, fence.take(kind) {
                extend(.code, line)
                if !fence.isInside { close() }
            } else {
                take(kind, line)
            }
        }
        close()
        flush()
    }

    /// How many lines at the start are metadata between two `---`; 0 when there are none.
    private static func frontMatter(_ bytes: [UInt8], _ lines: [TextLine]) -> Int {
        let rule = MarkdownLine.rule(mark: UInt8(ascii: "-"))
        guard let first = lines.first, MarkdownLine(bytes, first.range) == rule else { return 0 }
        let end = lines.dropFirst().prefix(64).first { MarkdownLine(bytes, $0.range) == rule }
        return end?.number ?? 0
    }

    private mutating func take(_ kind: MarkdownLine, _ line: TextLine) {
        switch kind {
        case .blank: close()
        case .heading(let level, let title) where isMarkdown:
            close()
            enter(level: level, title)
        case .rule(let mark): takeRule(mark)
        case .item:
            close()
            extend(.list, line)
        case .quote: extend(.quote, line)
        case .row where isMarkdown: extend(.table, line)
        case .heading, .row, .fence, .text:
            let continues = open.map { $0.kind != .table && $0.kind != .code } ?? false
            extend(continues ? open?.kind ?? .prose : .prose, line)
        }
    }

    private mutating func takeRule(_ mark: UInt8) {
        let isUnderline = mark == UInt8(ascii: "=") || mark == UInt8(ascii: "-")
        if isMarkdown, isUnderline, let block = open, block.kind == .prose, block.lines.count == 1 {
            open = nil
            flush()
            enter(level: mark == UInt8(ascii: "=") ? 1 : 2, block.range)
        } else {
            close()
        }
    }

    private mutating func enter(level: Int, _ title: Range<Int>) {
        flush()
        headings.removeAll { $0.level >= level }
        headings.append((level, String(decoding: bytes[title], as: UTF8.self)))
        context = headings.map(\.title).joined(separator: " > ").excerpt(Self.longestContext)
    }

    private mutating func extend(_ kind: Kind, _ line: TextLine) {
        if let block = open, block.kind == kind {
            open?.range = block.range.lowerBound..<line.range.upperBound
            open?.lines = block.lines.lowerBound...line.number
        } else {
            close()
            open = Block(kind: kind, context: context, range: line.range, lines: line.number...line.number)
        }
    }

    /// Ends the open block: joins it with the one before or lets that one go.
    private mutating func close() {
        guard let block = open else { return }
        open = nil
        if let before = pending, belongsTogether(before, block) {
            pending = Block(
                kind: block.kind,
                context: block.context,
                range: before.range.lowerBound..<block.range.upperBound,
                lines: before.lines.lowerBound...block.lines.upperBound
            )
        } else {
            flush()
            pending = block
        }
    }

    private func belongsTogether(_ before: Block, _ block: Block) -> Bool {
        let length = block.range.upperBound - before.range.lowerBound
        if bytes[before.range].last == UInt8(ascii: ":"), before.kind == .prose, block.kind != .prose {
            return length <= Self.introduced
        }
        guard length <= Self.joined, before.kind != .table, before.kind != .code else { return false }
        guard block.kind != .table, block.kind != .code else { return false }
        return before.range.count < Self.short || (before.kind == .list && block.kind == .list)
    }

    private mutating func flush() {
        guard let block = pending else { return }
        pending = nil
        let isRunning = block.kind != .code && block.kind != .table
        let windows = PassageWindows.windows(of: block.range, in: bytes, atSentences: isRunning)
        var line = block.lines.lowerBound
        var start = block.range.lowerBound
        for window in windows {
            line += bytes[start..<window.lowerBound].count { $0 == UInt8(ascii: "\n") }
            let last = line + bytes[window].count { $0 == UInt8(ascii: "\n") }
            if hasText(window) {
                passages.append(Passage(range: window, lines: line...last, context: block.context))
            }
            (start, line) = (window.upperBound, last)
        }
    }

    private func hasText(_ range: Range<Int>) -> Bool {
        bytes[range].contains { byte in
            byte >= 0x80 || (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF)
        }
    }
}
