package import RelayConsumer

/// sg's built-in processor: checks the candidates against the raw output and converges.
///
/// Takes `candidate-list.md` (see `CandidateList`) and `de-raw-output.txt` (see `RawOutput`); makes
/// `sg-review.md` (see `Review`). Every entry of the list ends up accepted or rejected, with a reason.
package struct SGProcessor: EmbeddedProcessor {
    private static let largestList = 1 << 20
    private static let largestRaw = 16 << 20
    private static let largestReview = 1 << 20

    /// A processor without settings.
    package init() {}

    /// Reads the two inputs of `workspace.input` and writes the review.
    package func run(in workspace: Workspace) throws(ProcessorRefusal) {
        let files = StageFiles(workspace)
        let list = CandidateList(
            reading: try files.readRequired("candidate-list.md", limit: Self.largestList)
        )
        let raw = try files.readRequired("de-raw-output.txt", limit: Self.largestRaw)
        let backing = Backing(RawOutput(reading: raw, name: "de-raw-output.txt"))
        var review = Convergence(of: list, backing: backing).review
        for longest in [280, 100, 40, 0] {
            review.rejected = review.rejected.map { $0.shortened(to: longest) }
            if review.markdown.utf8.count <= Self.largestReview { break }
        }
        try files.write(Array(review.markdown.utf8), to: "sg-review.md", limit: Self.largestReview)
    }
}

extension QuotedEntry {
    /// The entry with an excerpt of its text, as a rejected one is kept.
    fileprivate func shortened(to longest: Int) -> QuotedEntry {
        var entry = self
        entry.text = text.excerpt(longest)
        return entry
    }
}
