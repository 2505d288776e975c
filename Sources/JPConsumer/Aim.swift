import RelayConsumer

/// What a question, or one part of it, is after.
struct Aim {
    let terms: [String]
    /// The question's words that no passage of the raw output has.
    let unknownWords: [String]
    /// Whether a number or a time would be an answer.
    let wantsNumbers: Bool
    /// Whether only a number can be an answer.
    let wantsAmount: Bool
    /// Whether a reason would be an answer.
    let wantsReason: Bool

    /// The aim of the whole of `text`, its terms as far as they can tell something in the material.
    init(_ text: String, in weights: TermWeights) {
        let unknown = Words.unknown(in: text, isKnown: weights.isKnown).filter { word in
            Self.measures.isDisjoint(with: word.terms)
        }
        let unknownTerms = Set(unknown.flatMap(\.terms))
        let all = Words.distinctTerms(in: text).filter { weights.isKnown($0) || unknownTerms.contains($0) }
        let telling = all.filter { !Self.measures.contains($0) }
        terms = telling.isEmpty ? all : telling
        unknownWords = unknown.map(\.word)
        let lower = text.lowercased()
        wantsAmount = Self.amountCues.contains { lower.contains($0) }
        wantsNumbers = wantsAmount || Self.timeCues.contains { lower.contains($0) }
        wantsReason = Self.reasonCues.contains { lower.contains($0) }
    }

    /// The aims of the parts of `text`, as in “What does it cost, and who pays?”; at least one.
    ///
    /// A part without words of its own, such as “and why not?”, is none; unless it asks for a time, which the
    /// sentence for the other parts mostly has, it is told as left out.
    static func parts(of text: String, in weights: TermWeights) -> (aims: [Aim], isAnyLeftOut: Bool) {
        var parts: [[Substring]] = [[]]
        var last = ""
        for word in text.split(separator: " ") {
            let bare = word.lowercased().filter { $0.isLetter }
            let joins = last == "and" || last == "und" || last == "et" || last == "y" || last == "e"
            if joins || parts.last?.last?.last == "?", interrogatives.contains(bare) { parts.append([]) }
            parts[parts.count - 1].append(word)
            last = bare
        }
        let all = parts.filter { !$0.isEmpty }.map { Aim($0.joined(separator: " "), in: weights) }
        let aims = all.filter { !$0.terms.isEmpty }
        if aims.isEmpty { return ([Aim(text, in: weights)], false) }
        return (aims, all.contains { $0.terms.isEmpty && !$0.wantsNumbers })
    }

    /// Whether `run` shares enough to stand beside a better one: two words where more than three are asked.
    func isToThePoint(_ run: [Statement]) -> Bool {
        let present = run.terms
        let shared = terms.count(where: present.speaks)
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

    private static let amountCues = [
        "how many", "how much", "how large", "how big", "cost", "price", "wie viel", "wieviel", "wie groß",
        "kosten", "kostet", "combien", "coût", "cuánt", "cuesta", "quanto", "多少", "いくら", "どのくらい",
    ]

    private static let timeCues = [
        "when ", "which year", "what year", "which day", "how long", "how often", "how fast", "how high",
        "wann ", "wie lange", "wie oft", "wie hoch",
        "quand ", "cuándo ", "quando ", "多久", "多重", "多长", "多大", "几", "什么时候", "いつ", "何",
    ]

    private static let reasonCues = [
        "why", "warum", "wieso", "weshalb", "pourquoi", "por qué", "perché", "por que", "为什么", "為什麼", "なぜ",
    ]

    /// The terms of words that only say of what kind a number is to be: how long, in which year.
    private static let measures = Set(
        Words.terms(
            in: """
                long high large big far fast often old year month day lang lange hoch groß weit schnell oft
                jahr monat temps montant année mois año veces tiempo
                """
        )
    )
}
