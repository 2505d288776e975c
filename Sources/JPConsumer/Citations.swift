/// The numbers of the cited passages, in the order of their first use.
struct Citations {
    /// The indexes of the passages in the evidence; the first is cited as [1].
    private(set) var order: [Int] = []
    private var numbers: [Int: Int] = [:]
    private var quoted: Set<String> = []

    init(_ answers: [Answer], _ disagreements: [Disagreement]) {
        for answer in answers {
            for run in answer.runs {
                for statement in run { quoted.insert(statement.text) }
                if let first = run.first { cite(first.passage) }
            }
            if let block = answer.blockOf { cite(block) }
        }
        for pair in disagreements {
            cite(pair.first.passage)
            cite(pair.second.passage)
        }
    }

    /// The number of the passage at `index`; `nil` when it is not cited.
    func number(of index: Int) -> Int? { numbers[index] }

    /// Whether an answer quotes `statement`.
    func isQuoted(_ statement: Statement) -> Bool { quoted.contains(statement.text) }

    private mutating func cite(_ passage: Int) {
        guard numbers[passage] == nil else { return }
        order.append(passage)
        numbers[passage] = order.count
    }
}
