import RelayConsumer

/// A sentence of an accepted passage, as it can be quoted.
struct Statement: Equatable {
    /// The index of its passage in the evidence.
    let passage: Int
    /// Its place in the passage; two that follow each other in the text have neighbouring places.
    let place: Int
    /// Its text, folded.
    let text: String
    /// What it speaks of.
    let terms: Set<String>
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

    /// Whether it gives a number.
    var hasNumber: Bool { text.unicodeScalars.contains(where: \.isDigit) }

    private static let (fewestWords, longestText) = (4, 420)

    /// The quotable sentences of `text`, without code, tables, headings, questions and introductions.
    ///
    /// - Parameters:
    ///   - text: what was accepted.
    ///   - passage: the index of its passage.
    ///   - withSteps: whether the items of numbered lists count, which are no steps if quoted one by one.
    /// - Returns: them, in the order of the text.
    static func statements(of text: String, passage: Int, withSteps: Bool) -> [Statement] {
        var place = 0
        var statements: [Statement] = []
        for block in blocks(of: text, withSteps: withSteps) {
            // A gap, so that the last sentence of one block and the first of the next are no neighbours.
            place += 1
            var isFirst = true
            for range in Sentences.ranges(in: block) {
                place += 1
                let sentence = block[range].folded()
                if let statement = statement(sentence, isFirst: isFirst, passage: passage, place: place) {
                    statements.append(statement)
                }
                isFirst = false
            }
        }
        return statements
    }

    private static func statement(_ text: String, isFirst: Bool, passage: Int, place: Int) -> Statement? {
        let words = Words.count(in: text)
        guard words >= fewestWords, text.count <= longestText, !text.isQuestion, !text.hasSuffix(":") else {
            return nil
        }
        let first = text.unicodeScalars.first { $0.properties.isAlphabetic || $0.isDigit }
        guard let first, isFirst || !first.properties.isLowercase || text.hasPrefix("`") else { return nil }
        let isFragment = !endsLikeSentence(text)
        // Lines such as “Subject: …” are labels with values.
        if isFragment, text.split(separator: " ").first?.last == ":" { return nil }
        let lead = text.prefix { $0.isLetter }.lowercased()
        return Statement(
            passage: passage,
            place: place,
            text: text,
            terms: Set(Words.terms(in: text)),
            isLeaning: leaning.contains(lead),
            isFragment: isFragment
        )
    }

    private static func endsLikeSentence(_ text: String) -> Bool {
        guard let last = text.unicodeScalars.last(where: { !"\"'”’»“)]*_`」』）›".unicodeScalars.contains($0) })
        else {
            return false
        }
        return ".!…。！｡।॥۔".unicodeScalars.contains(last)
    }

    /// The paragraphs and list items of `text` without their marks.
    private static func blocks(of text: String, withSteps: Bool) -> [String] {
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
            case .item where !withSteps && VerbatimBlock.isNumbered(kind, bytes[line.range]):
                continues = false
                isStep = true
                continue
            case .item(let content): (start, opens, isStep) = (content, true, false)
            case .quote(let content): start = content
            case .text: if isStep { continue }
            }
            let part = String(decoding: bytes[start..<line.range.upperBound], as: UTF8.self)
            if opens { blocks.append(part) } else { blocks[blocks.count - 1] += "\n" + part }
            continues = true
        }
        return blocks
    }

    private static let leaning = Set(
        """
        this that these those it its they them their he she his her such however but and so also thus hence
        therefore then otherwise instead both neither still yet similarly likewise here there or nor because
        dies diese dieser dieses das es sie er aber und also deshalb daher dann dennoch jedoch dabei dadurch
        ce cette ces cela il elle ils elles mais donc ainsi cependant este esta esto eso pero por ello ellos
        """.split(whereSeparator: \.isWhitespace).map(String.init)
    )
}
