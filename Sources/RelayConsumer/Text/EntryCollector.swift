/// Gathers the lines of one section into entries.
struct EntryCollector {
    private enum Opening { case item, quote, code, stray }

    private var done: [QuotedEntry] = []
    private var opening: Opening?
    private var head: [Substring] = []
    private var quoted: [Substring] = []
    private var reason: [Substring] = []
    private var isReasonOpen = false
    private var sawBlank = false

    /// Takes a line outside code fences; `content` gives the line's text from a position on.
    mutating func take(_ kind: MarkdownLine, _ line: Substring, content: (Int) -> Substring) {
        switch kind {
        case .blank:
            sawBlank = true
            return
        case .item(let start):
            begin(.item)
            head = [content(start)]
        case .quote(let start): takeQuote(content(start))
        case .rule: close()
        case .heading, .fence, .row, .text: takeText(line)
        }
        sawBlank = false
    }

    /// Takes a line of code; `nil` for the fence itself.
    mutating func takeCode(_ line: Substring?) {
        if opening == nil || opening == .stray { begin(.code) }
        if let line { quoted.append(line) }
        sawBlank = false
    }

    /// Ends the last entry and hands over all gathered so far.
    mutating func finish() -> [QuotedEntry] {
        close()
        defer { done = [] }
        return done
    }

    private mutating func takeQuote(_ line: Substring) {
        switch opening {
        case .item: if sawBlank, !quoted.isEmpty { quoted.append("") }
        case .quote: if sawBlank { begin(.quote) }
        case .code, .stray, nil: begin(.quote)
        }
        isReasonOpen = false
        quoted.append(line)
    }

    private mutating func takeText(_ line: Substring) {
        let text = line.trimmed()
        let isIndented = line.hasPrefix("  ") || line.hasPrefix("\t")
        switch opening {
        case .item where text.hasPrefix("Reason:"):
            reason = [text.dropFirst("Reason:".count)]
            isReasonOpen = true
        case .item where isReasonOpen && !sawBlank: reason.append(text)
        case .item where !quoted.isEmpty && !sawBlank: quoted.append(text)
        case .item where quoted.isEmpty && (!sawBlank || isIndented): head.append(text)
        case .quote where !sawBlank: quoted.append(text)
        case .stray where !sawBlank: head.append(text)
        case .item, .quote, .code, .stray, nil:
            begin(.stray)
            head = [text]
        }
    }

    private mutating func begin(_ next: Opening) {
        close()
        opening = next
    }

    private mutating func close() {
        defer {
            opening = nil
            (head, quoted, reason) = ([], [], [])
            isReasonOpen = false
            sawBlank = false
        }
        guard let opening else { return }
        switch opening {
        case .item: done.append(item())
        case .quote, .code:
            done.append(QuotedEntry(question: nil, id: nil, text: quoted.joined(separator: "\n")))
        case .stray:
            let text = head.joined(separator: " ")
            if text.hasPrefix("("), text.hasSuffix(")") { return }
            var entry = QuotedEntry(question: nil, id: nil, text: text)
            entry.form = .stray
            done.append(entry)
        }
    }

    private func item() -> QuotedEntry {
        let read = EntryHead(Substring(head.joined(separator: " ")))
        let isQuoted = !quoted.isEmpty
        let own = read.isOnlyFields ? "" : read.rest.withoutQuoteMarks()
        var entry = QuotedEntry(
            question: nil,
            id: read.id,
            text: isQuoted ? quoted.joined(separator: "\n") : String(own)
        )
        if isQuoted || own.isEmpty {
            entry.origin = read.origin
            entry.rank = read.rank
            entry.also = read.also
            entry.context = read.context
        }
        entry.reason = reason.joined(separator: " ").folded()
        return entry
    }
}

extension Substring {
    /// The text without the quote marks around the whole of it.
    fileprivate func withoutQuoteMarks() -> Substring {
        let pairs = ["“”", "\"\"", "„“", "«»", "「」"]
        guard count > 2, let first, let last, pairs.contains(String([first, last])) else { return self }
        return dropFirst().dropLast()
    }
}
