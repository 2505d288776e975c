package import RelayConsumer

/// nano's built-in processor: splits the sources into passages and ranks them against the brief.
///
/// Takes `brief.md` and up to 32 `source-NN.md` or `.txt`; makes `candidate-list.md` (see
/// `CandidateList`) and `de-raw-output.txt` (see `RawOutput`). Without sources the brief itself is the
/// material, and the list says so.
package struct NanoProcessor: EmbeddedProcessor {
    private static let largestBrief = 1 << 20
    private static let largestList = 1 << 20
    private static let largestRaw = 16 << 20
    /// So many candidates are put forward for a question, at most.
    private static let mostCandidates = 12

    /// A processor without settings.
    package init() {}

    /// Reads the brief and the sources of `workspace.input` and writes the two outputs.
    package func run(in workspace: Workspace) throws(ProcessorRefusal) {
        let files = StageFiles(workspace)
        let brief = Brief(reading: try files.readRequired("brief.md", limit: Self.largestBrief))
        let inquiries = brief.questions.map { Inquiry($0, title: brief.title) }
        let material = try Self.material(for: inquiries, in: files)
        let isBriefOnly = material.files.first?.name == "brief.md"
        var most = Self.mostCandidates
        var list = Selection(of: material, for: inquiries, most: most)
        var markdown = list.list(brief, isBriefOnly: isBriefOnly).markdown
        while markdown.utf8.count > Self.largestList, most > 1 {
            most -= 1
            list = Selection(of: material, for: inquiries, most: most)
            markdown = list.list(brief, isBriefOnly: isBriefOnly).markdown
        }
        try files.write(Array(markdown.utf8), to: "candidate-list.md", limit: Self.largestList)
        let raw = list.rawOutput(isBriefOnly: isBriefOnly)
        try files.write(raw, to: "de-raw-output.txt", limit: Self.largestRaw)
    }

    private static func material(
        for inquiries: [Inquiry],
        in files: StageFiles
    ) throws(ProcessorRefusal) -> Material {
        let names = (0...99).flatMap { number in
            let digits = number < 10 ? "0\(number)" : "\(number)"
            return ["source-\(digits).md", "source-\(digits).txt"]
        }
        let sources = try Material(names, in: files, for: inquiries, without: { _ in false })
        guard sources.files.isEmpty else { return sources }
        return try Material(["brief.md"], in: files, for: inquiries) { text in
            Sentences.ranges(in: text).allSatisfy { text[$0].isQuestion }
        }
    }
}
