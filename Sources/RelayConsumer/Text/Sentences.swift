/// Finds the sentences of running text in any language that marks their ends.
package enum Sentences {
    /// The sentences of `text`, in order, without the white space around them.
    ///
    /// A blank line ends a sentence too, so that what has no full stop does not swallow its neighbour.
    package static func ranges(in text: String) -> [Range<String.Index>] {
        let scalars = text.unicodeScalars
        var found: [Range<String.Index>] = []
        var start = scalars.startIndex
        var index = start
        while index < scalars.endIndex {
            let scalar = scalars[index]
            var end: String.Index?
            if scalar.value == 0x0A {
                end = startsBlankLine(index, scalars) ? index : nil
            } else if scalar.isSentenceEnd {
                end = sentenceEnd(at: index, from: start, scalars)
            }
            if let end {
                append(start..<end, of: scalars, to: &found)
                start = end
                index = max(end, scalars.index(after: index))
            } else {
                index = scalars.index(after: index)
            }
        }
        append(start..<scalars.endIndex, of: scalars, to: &found)
        return found
    }

    private static func append(
        _ range: Range<String.Index>,
        of scalars: String.UnicodeScalarView,
        to found: inout [Range<String.Index>]
    ) {
        guard let first = scalars[range].firstIndex(where: { !$0.isSpace }) else { return }
        let last = scalars[range].lastIndex { !$0.isSpace } ?? first
        found.append(first..<scalars.index(after: last))
    }

    /// Whether only white space lies between the line break at `index` and another one.
    private static func startsBlankLine(_ index: String.Index, _ scalars: String.UnicodeScalarView) -> Bool {
        var next = scalars.index(after: index)
        while next < scalars.endIndex, scalars[next].isSpace {
            if scalars[next].value == 0x0A { return true }
            next = scalars.index(after: next)
        }
        return false
    }

    /// Where the sentence from `start` ends if the mark at `index` ends it, closing quotes included.
    private static func sentenceEnd(
        at index: String.Index,
        from start: String.Index,
        _ scalars: String.UnicodeScalarView
    ) -> String.Index? {
        var end = index
        while end < scalars.endIndex, scalars[end].isSentenceEnd || scalars[end].isClosing {
            end = scalars.index(after: end)
        }
        if scalars[index].isWideSentenceEnd || end == scalars.endIndex { return end }
        guard scalars[end].isSpace else { return nil }
        if let next = scalars[end...].first(where: { !$0.isSpace && !$0.isOpening }),
            next.properties.isLowercase
        {
            return nil
        }
        guard scalars[index] == "." else { return end }
        let isBeforeNumber = scalars[end...].first { !$0.isSpace }?.isDigit ?? false
        return isAbbreviated(scalars[start..<index], isBeforeNumber: isBeforeNumber) ? nil : end
    }

    /// Whether the full stop after `text` belongs to its last word.
    private static func isAbbreviated(_ text: Substring.UnicodeScalarView, isBeforeNumber: Bool) -> Bool {
        let tail = text.suffix(24)
        let words = tail.split { $0.isSpace || $0.isOpening }
        guard let last = words.last, last.endIndex == text.endIndex else { return false }
        let word = String(last).lowercased()
        if abbreviations.contains(word) || (isBeforeNumber && numbered.contains(word)) { return true }
        if last.count == 1, let letter = last.first, letter.properties.isAlphabetic { return true }
        guard last.count <= 2, last.allSatisfy(\.isDigit) else { return false }
        return words.count == 1 || ordinalLeads.contains(String(words[words.count - 2]).lowercased())
    }

    private static let abbreviations = Set(
        """
        e.g i.e cf vs dr mr mrs ms prof st eds approx resp al incl z.b d.h u.a bzw ca s.o s.u vgl ggf evtl mio
        mrd mme mlle sr sra ud p.ej ej núm pág av jan feb aug sept oct nov dec
        """.split(whereSeparator: \.isWhitespace).map(String.init)
    )

    /// Abbreviations only before a number: “no” is a word, too.
    private static let numbered: Set<String> = [
        "no", "nos", "nr", "fig", "figs", "eq", "sec", "pp", "vol", "art", "abb", "ch", "abs", "ziff", "kap",
        "az", "zi", "rn", "cap", "núm", "tél", "tel",
    ]

    /// Words after which a number with a full stop is an ordinal: German dates.
    private static let ordinalLeads: Set<String> = [
        "am", "der", "den", "dem", "vom", "zum", "die", "bis", "im", "ab",
    ]
}

extension Unicode.Scalar {
    /// Ends a sentence by itself, without white space after it.
    fileprivate var isWideSentenceEnd: Bool {
        switch self {
        case "。", "！", "？", "｡", "।", "॥": true
        default: false
        }
    }

    /// A mark that can end a sentence.
    fileprivate var isSentenceEnd: Bool {
        switch self {
        case ".", "!", "?", "…", "؟", "۔": true
        default: isWideSentenceEnd
        }
    }

    /// A quote, bracket or Markdown mark that closes with the sentence.
    fileprivate var isClosing: Bool {
        switch self {
        case "\"", "'", "”", "’", "»", "“", ")", "]", "}", "*", "_", "`", "」", "』", "）", "›": true
        default: false
        }
    }

    /// A quote, bracket or Markdown mark that may open a sentence.
    fileprivate var isOpening: Bool {
        switch self {
        case "\"", "'", "“", "„", "‘", "«", "(", "[", "*", "_", "「", "『", "（", "¿", "¡", "‹": true
        default: false
        }
    }
}

extension StringProtocol {
    /// Whether the sentence asks: its last mark, quotes and brackets aside, is a question mark.
    package var isQuestion: Bool {
        let end = unicodeScalars.last { !$0.isSpace && !$0.isClosing }
        guard let end else { return false }
        return end == "?" || end == "？" || end == "؟" || end.value == 0x37E
    }
}
