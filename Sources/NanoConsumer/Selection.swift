import RelayConsumer

/// Which passages are put forward, and for what.
struct Selection {
    private let material: Material
    private let questions: [Question]
    /// The ordinals put forward for each question, best first.
    private let chosen: [[Int]]

    /// Takes at most `most` passages for each inquiry.
    init(of material: Material, for inquiries: [Inquiry], most: Int) {
        self.material = material
        questions = inquiries.map(\.question)
        chosen = zip(inquiries, material.hits).map { inquiry, hits in
            let fitting = inquiry.candidates(of: hits, weights: material.weights) {
                material.found[$0]?.terms ?? []
            }
            return fitting.prefix(most).map(\.ordinal)
        }
    }

    /// The candidate list.
    func list(_ brief: Brief, isBriefOnly: Bool) -> CandidateList {
        let entries = zip(questions, chosen).flatMap { question, ordinals in
            ordinals.compactMap { entry($0, under: question) }
        }
        var list = CandidateList(title: brief.title, questions: questions, entries: entries)
        list.remarks = remarks(putForward: entries.count, isBriefOnly: isBriefOnly)
        if brief.leftOut > 0 {
            list.remarks.append("The brief asks \(brief.leftOut) more questions; they were not looked into.")
        }
        return list
    }

    /// The bytes of the raw output: every passage that a question found, in the order of the files.
    func rawOutput(isBriefOnly: Bool) -> [UInt8] {
        let passages = material.found.sorted { $0.key < $1.key }.map { ordinal, found in
            RawPassage(
                id: "P\(ordinal)",
                origin: origin(found),
                context: found.passage.context,
                bytes: found.bytes
            )
        }
        let count = "Raw output: \(passages.count) of \(material.passageCount) passages"
        let remark =
            isBriefOnly
            ? "no source came with this job, they are the brief's own" : "those that fit the brief"
        return RawOutput(passages: passages).bytes(remarks: [
            "\(count); \(remark).",
            "Each begins with its id in brackets and its origin; its lines follow “> ”, byte for byte.",
        ])
    }

    /// The entry for a passage, under the question for which it ranks best; `nil` under any other.
    private func entry(_ ordinal: Int, under question: Question) -> QuotedEntry? {
        guard let found = material.found[ordinal] else { return nil }
        let mentions = zip(questions, chosen).compactMap { other, ordinals in
            ordinals.firstIndex(of: ordinal).map { QuotedEntry.Mention(question: other.number, rank: $0 + 1) }
        }
        let ranked = mentions.sorted { ($0.rank, $0.question) < ($1.rank, $1.question) }
        guard let best = ranked.first, best.question == question.number else { return nil }
        var entry = QuotedEntry(
            question: question.number,
            id: "P\(ordinal)",
            text: String(decoding: found.bytes, as: UTF8.self)
        )
        entry.origin = origin(found)
        entry.rank = best.rank
        entry.also = Array(ranked.dropFirst())
        entry.context = found.passage.context
        return entry
    }

    private func origin(_ found: FoundPassage) -> Origin {
        Origin(file: material.files[found.file].name, lines: found.passage.lines)
    }

    private func remarks(putForward: Int, isBriefOnly: Bool) -> [String] {
        if isBriefOnly {
            return [
                "Material: no source came with this job; the brief itself is the only material.",
                "Passages: \(material.passageCount), of which \(putForward) are put forward.",
            ]
        }
        let sources = "\(material.files.count) source\(material.files.count == 1 ? "" : "s")"
        let first =
            "Material: \(sources) with \(material.passageCount) passages; \(putForward) are put forward."
        return [first, ""]
            + material.files.map { file in
                file.passages == 0
                    ? "\(file.name): holds no text (\(file.size) bytes)."
                    : "\(file.name): \(file.passages) passages, \(file.size) bytes."
            }
    }
}
