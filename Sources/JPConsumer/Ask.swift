import RelayConsumer

/// A question with what the material has for it.
struct Ask {
    let question: Question
    let whole: Aim
    let parts: [Aim]
    /// Whether it asks more than its words say, as in “and why not?”, so that the next sentence may tell.
    let wantsMore: Bool
    /// The passages that were accepted for it, each with its rank.
    let ranked: [(index: Int, rank: Int)]
    /// The indexes of those passages.
    let passages: Set<Int>

    /// What `evidence` has for `question`.
    init(_ question: Question, _ evidence: Evidence) {
        self.question = question
        whole = Aim(question.text, in: evidence.weights)
        (parts, wantsMore) = Aim.parts(of: question.text, in: evidence.weights)
        ranked = evidence.passages(for: question)
        passages = Set(ranked.map(\.index))
    }
}
