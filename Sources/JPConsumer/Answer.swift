import RelayConsumer

/// What is quoted in answer to a question.
struct Answer {
    /// How far the quotes answer.
    enum Reach { case answered, inPart, nearestOnly, nothing }

    let question: Question
    /// The runs of sentences, best first for each part of the question; each stands together in one passage.
    var runs: [[Statement]] = []
    /// The passage whose code, table or numbered list belongs to the answer.
    var blockOf: Int?
    /// Passages quoted in other answers that answer this question, too.
    var seeAlso: [Int] = []
    var reach = Reach.nothing
    /// The question's words that no passage of the raw output has.
    var unknownWords: [String] = []
}

extension [Statement] {
    /// What its sentences speak of.
    var terms: Set<String> { reduce(into: []) { $0.formUnion($1.terms) } }

    /// Its characters, spaces between included.
    var length: Int { reduce(0) { $0 + $1.text.count + 1 } }
}
