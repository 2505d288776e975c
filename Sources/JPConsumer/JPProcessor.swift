package import RelayConsumer

/// jp's built-in processor: writes the final text from what was accepted, in the sources' own words.
///
/// Takes `candidate-list.md` (see `CandidateList`), `de-raw-output.txt` (see `RawOutput`) and `sg-review.md`
/// (see `Review`); makes `jp-final.txt` (see `FinalText`). Nothing is invented: every statement is a quote
/// that stands in the raw output.
package struct JPProcessor: EmbeddedProcessor {
    private static let largestInput = 1 << 20
    private static let largestRaw = 16 << 20
    private static let largestFinal = 1 << 20
    /// So many questions are answered.
    private static let mostQuestions = 64

    /// A processor without settings.
    package init() {}

    /// Reads the three inputs of `workspace.input` and writes the final text.
    package func run(in workspace: Workspace) throws(ProcessorRefusal) {
        let files = StageFiles(workspace)
        let list = CandidateList(
            reading: try files.readRequired("candidate-list.md", limit: Self.largestInput)
        )
        let review = Review(reading: try files.readRequired("sg-review.md", limit: Self.largestInput))
        let raw = try files.readRequired("de-raw-output.txt", limit: Self.largestRaw)
        let evidence = Evidence(review, Backing(RawOutput(reading: raw, name: "de-raw-output.txt")))
        let title = [list.title, review.title].first { !$0.isEmpty } ?? "Final text"
        let questions = Self.questions(list, review, title)
        var composer = AnswerComposer(evidence)
        let answers = composer.answers(to: Array(questions.prefix(Self.mostQuestions)))
        var text = FinalText(title: title, answers: answers, evidence: evidence, review: review)
        text.unanswered = max(0, questions.count - Self.mostQuestions)
        try files.write(Array(text.text.utf8), to: "jp-final.txt", limit: Self.largestFinal)
    }

    /// What is to be answered; the title when nothing is asked.
    private static func questions(_ list: CandidateList, _ review: Review, _ title: String) -> [Question] {
        let asked = list.questions.isEmpty ? review.questions : list.questions
        return asked.isEmpty ? [Question(number: 1, text: title, isTopic: true)] : asked
    }
}
