import RelayConsumer

/// What a question, or one part of it, is after.
struct Aim {
    let terms: [String]
    /// Whether a number would be an answer.
    let wantsNumbers: Bool

    /// The aim of the whole of `text`.
    init(_ text: String) {
        terms = Words.distinctTerms(in: text)
        let lower = text.lowercased()
        wantsNumbers = Self.numberCues.contains { lower.contains($0) }
    }

    /// The aims of the parts of `text`, as in “What does it cost, and who pays?”; at least one.
    static func parts(of text: String) -> [Aim] {
        var parts: [[Substring]] = [[]]
        var last = ""
        for word in text.split(separator: " ") {
            let bare = word.lowercased().filter { $0.isLetter }
            let joins = last == "and" || last == "und" || last == "et" || last == "y" || last == "e"
            if joins || parts.last?.last?.last == "?", interrogatives.contains(bare) { parts.append([]) }
            parts[parts.count - 1].append(word)
            last = bare
        }
        let aims = parts.map { Aim($0.joined(separator: " ")) }.filter { !$0.terms.isEmpty }
        return aims.isEmpty ? [Aim(text)] : aims
    }

    /// Whether `run` shares enough to stand beside a better one: two words where more than three are asked.
    func isToThePoint(_ run: [Statement]) -> Bool {
        let present = run.terms
        let shared = terms.count(where: present.contains)
        if shared == 1 { return terms.count <= 3 || (wantsNumbers && run.contains(where: \.hasNumber)) }
        return shared >= 2
    }

    private static let interrogatives = Set(
        """
        how what when where which who whom whose why whether wie was wann wo wer wem wen warum wieso welche
        welcher welches womit wodurch comment quand où qui quoi pourquoi quel quelle cómo cuándo dónde quién qué
        cuál cuánto cuánta come quando dove chi perché como onde quem qual
        """.split(whereSeparator: \.isWhitespace).map(String.init)
    )

    private static let numberCues = [
        "how many", "how much", "how long", "how often", "how fast", "how large", "how big", "cost", "price",
        "wie viel", "wieviel", "wie lange", "wie oft", "wie groß", "kosten", "kostet", "combien", "coût",
        "cuánt", "cuesta", "quanto", "多少", "几", "いくら", "どのくらい", "何",
    ]
}
