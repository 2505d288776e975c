import RelayConsumer

/// A sentence of an accepted passage, as it can be quoted.
struct Statement: Equatable {
    /// The index of its passage in the evidence.
    let passage: Int
    /// Its place in the passage; two that follow each other in the text have neighbouring places.
    let place: Int
    /// Its text, folded.
    let text: String
    /// What stands between the sentence before it and it: a space, or nothing in Chinese and Japanese.
    let gap: String
    /// What it speaks of.
    let terms: Set<String>
    /// Its numbers, and whether it denies something.
    let particulars: Particulars
    /// Whether it gives a number, in digits or as a word.
    let hasNumber: Bool
    /// Whether it needs what stands before it: “This”, “However”.
    let isLeaning: Bool
    /// Whether it is a list item or the like and no full sentence.
    let isFragment: Bool

    /// Which sentence it is of all.
    struct Place: Hashable {
        let passage: Int
        let place: Int
    }

    /// Which sentence it is of all.
    var whereabouts: Place { Place(passage: passage, place: place) }

    private static let (fewestWords, longestText) = (4, 420)

    /// The quotable sentences of `text`, without code, tables, headings, questions and introductions.
    ///
    /// - Parameters:
    ///   - text: what was accepted.
    ///   - passage: the index of its passage.
    ///   - isListed: whether the text has a list that is shown as a whole, so that its items do not count.
    /// - Returns: them, in the order of the text.
    static func statements(of text: String, passage: Int, isListed: Bool) -> [Statement] {
        var place = 0
        var statements: [Statement] = []
        for block in blocks(of: text, isListed: isListed) {
            // A gap, so that the last sentence of one block and the first of the next are no neighbours.
            place += 1
            var before: Range<String.Index>?
            for range in Sentences.ranges(in: block) {
                place += 1
                let whereabouts = Place(passage: passage, place: place)
                let gap = before.map { between($0, range, in: block) }
                if let statement = statement(block[range].folded(), after: gap, at: whereabouts) {
                    statements.append(statement)
                }
                before = range
            }
        }
        return statements
    }

    /// What folding leaves between the sentences at `one` and `next`.
    private static func between(
        _ one: Range<String.Index>,
        _ next: Range<String.Index>,
        in text: String
    ) -> String {
        let both = text[one.lowerBound..<next.upperBound].folded()
        return both.count > text[one].folded().count + text[next].folded().count ? " " : ""
    }

    /// The sentence `text`, if it can be quoted; `gap` is `nil` for the first of its block.
    private static func statement(_ text: String, after gap: String?, at place: Place) -> Statement? {
        let words = Words.count(in: text)
        guard words >= fewestWords, text.count <= longestText, !text.isQuestion, !text.hasSuffix(":") else {
            return nil
        }
        let first = text.unicodeScalars.first { $0.properties.isAlphabetic || $0.isDigit }
        guard let first, gap == nil || !first.properties.isLowercase || text.hasPrefix("`") else {
            return nil
        }
        let isFragment = !endsLikeSentence(text)
        // Lines such as “Subject: …” are labels with values.
        if isFragment, text.split(separator: " ").first?.last == ":" { return nil }
        let lead = text.prefix { $0.isLetter }.lowercased()
        return Statement(
            passage: place.passage,
            place: place.place,
            text: text,
            gap: gap ?? " ",
            terms: Set(Words.terms(in: text)),
            particulars: Particulars(text),
            hasNumber: text.unicodeScalars.contains(where: \.isDigit) || hasNumeral(text),
            isLeaning: leaning.contains(lead),
            isFragment: isFragment
        )
    }

    private static func hasNumeral(_ text: String) -> Bool {
        text.lowercased().split { !$0.isLetter }.contains { numerals.contains(String($0)) }
            || text.contains(/[一二三四五六七八九十两百千](次|天|年|月|日|时|小时|分|周|岁|元|回|時|人)/)
    }

    /// Whether the last mark of `text` ends a sentence.
    static func endsLikeSentence(_ text: String) -> Bool {
        guard let last = text.unicodeScalars.last(where: { !"\"'”’»“)]*_`」』）›".unicodeScalars.contains($0) })
        else {
            return false
        }
        return ".!…。！｡।॥۔".unicodeScalars.contains(last)
    }

    /// The paragraphs and list items of `text` without their marks; a line in bold stands by itself.
    private static func blocks(of text: String, isListed: Bool) -> [String] {
        let bytes = Array(text.utf8)
        var blocks: [String] = []
        var fence = FenceState()
        var continues = false
        var isStep = false
        for line in TextLine.lines(of: bytes) {
            let kind = MarkdownLine(bytes, line.range)
            var start = line.range.lowerBound
            var opens = !continues
            if fence.take(kind) { continues = false; continue }
            switch kind {
            case .blank, .rule, .row, .heading, .fence:
                continues = false
                isStep = false
                continue
            case .item where isListed:
                continues = false
                isStep = true
                continue
            case .item(let content): (start, opens, isStep) = (content, true, false)
            case .quote(let content): start = content
            case .text: if isStep { continue }
            }
            let part = String(decoding: bytes[start..<line.range.upperBound], as: UTF8.self)
            let isLabel = part.hasPrefix("**") && part.trimmingSpaces().hasSuffix("**")
            if opens || isLabel { blocks.append(part) } else { blocks[blocks.count - 1] += "\n" + part }
            continues = !isLabel
        }
        return blocks
    }

    private static let numerals = Set(
        """
        two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty sixty ninety
        hundred thousand million once twice zwei drei vier fünf sechs sieben acht neun zehn elf zwölf zwanzig
        dreißig hundert tausend einmal zweimal deux trois quatre cinq six sept huit neuf dix onze douze quinze
        vingt trente cent mille dos tres cuatro cinco seis siete ocho nueve diez doce quince veinte treinta
        cien mil due tre quattro cinque sei sette otto nove dieci
        """.split(whereSeparator: \.isWhitespace).map(String.init)
    )

    private static let leaning = Set(
        """
        this that these those it its they them their he she his her such however but and so also thus hence
        therefore then otherwise instead both neither still yet similarly likewise here there or nor because
        dies diese dieser dieses das es sie er aber und also deshalb daher dann dennoch jedoch dabei dadurch
        ce cette ces cela il elle ils elles mais donc ainsi cependant este esta esto eso pero por ello ellos
        """.split(whereSeparator: \.isWhitespace).map(String.init)
    )
}

extension String {
    fileprivate func trimmingSpaces() -> String { String(reversed().drop { $0.isWhitespace }.reversed()) }
}
