import RelayConsumer

/// The final text, `jp-final.txt`, as plain text in English frames around quotes in their own language.
///
/// In this order: the title; for each question the quotes that answer it, each with its citation; what the
/// material does not answer; where sources may disagree (when some do); the sources of the citations with
/// file, lines and passage id; the acceptance list. What stands between “ and ” or after `> ` is quoted;
/// everything else is the frame's.
struct FinalText {
    /// Longer acceptance lists are cut.
    private static let mostListed = 400

    let title: String
    let answers: [Answer]
    let evidence: Evidence
    let review: Review
    /// How many questions are not looked into.
    var unanswered = 0

    private let citations: Citations
    private let disagreements: [Disagreement]

    init(title: String, answers: [Answer], evidence: Evidence, review: Review) {
        self.title = title.folded()
        self.answers = answers
        self.evidence = evidence
        self.review = review
        let disagreements = Disagreement.pairs(in: evidence)
        self.disagreements = disagreements
        citations = Citations(answers, disagreements)
    }

    /// The whole text, with a line break at its end.
    var text: String {
        var parts = [Paragraph.heading(title, "="), Paragraph.filled(preface)]
        parts += answers.flatMap(section)
        parts += [Paragraph.heading("What the material does not answer", "-") + open]
        if !disagreements.isEmpty {
            let intro = "Found by comparing words, not by understanding; a person should read both."
            parts += [Paragraph.heading("Where sources may disagree", "-") + Paragraph.filled(intro)]
            parts += disagreements.map(compared)
        }
        parts += [Paragraph.heading("Sources", "-") + sources]
        parts += [Paragraph.heading("Acceptance list", "-") + acceptance]
        return parts.joined(separator: "\n")
    }

    private var preface: String {
        let files = Set(evidence.passages.compactMap { $0.entry.origin?.file })
        if files.isEmpty { return "Nothing was accepted, so there is nothing to quote." }
        let source =
            files == ["brief.md"] ? "No source came with this job: the quotes are the brief's own words." : ""
        return """
            \(source) Put together from quotes. What stands between “ and ” is word for word as in the source, only \
            line breaks and the marks of quoted lines may differ; […] marks an omission, and [1] leads to the list \
            of sources.
            """
    }
}

// MARK: - Answers

extension FinalText {
    private func section(_ answer: Answer) -> [String] {
        let number = "\(answer.question.number). "
        var parts = [Paragraph.filled(answer.question.text, lead: number)]
        if answer.reach == .nearestOnly {
            parts.append(Paragraph.filled("Not answered; nearest to it is:", lead: "   "))
        }
        parts += quotes(answer).map { Paragraph.filled($0, lead: "   ") }
        if let index = answer.blockOf, let number = citations.number(of: index) {
            let lines = evidence.passages[index].block.lines.map {
                "   > \($0)".withoutTrailingSpaces() + "\n"
            }
            parts.append("   As given in [\(number)]:\n\n" + lines.joined())
        }
        let others = answer.seeAlso.compactMap { citations.number(of: $0) }.sorted().map { "[\($0)]" }
        if !others.isEmpty {
            parts.append(Paragraph.filled("See also \(others.joined(separator: ", ")).", lead: "   "))
        }
        if answer.reach == .nothing {
            parts.append(Paragraph.filled("The material has no answer.", lead: "   "))
        }
        return parts
    }

    /// The quotes of an answer, one paragraph for each passage, sentences in the order of the passage.
    private func quotes(_ answer: Answer) -> [String] {
        var order: [Int] = []
        var byPassage: [Int: [Statement]] = [:]
        for statement in answer.runs.joined() {
            if byPassage[statement.passage] == nil { order.append(statement.passage) }
            byPassage[statement.passage, default: []].append(statement)
        }
        return order.map { passage in
            let statements = (byPassage[passage] ?? []).sorted { $0.place < $1.place }
            var quote = ""
            var last: Statement?
            for statement in statements {
                if let last { quote += statement.place == last.place + 1 ? statement.gap : " […] " }
                quote += statement.text
                last = statement
            }
            return "“\(quote)” [\(citations.number(of: passage) ?? 0)]"
        }
    }

    /// What was asked and is not answered.
    private var open: String {
        var lines: [String] = []
        for answer in answers {
            let name = "\(answer.question.isTopic ? "Topic" : "Question") \(answer.question.number)"
            let unknown = answer.unknownWords.prefix(6).map { "“\($0)”" }.joined(separator: ", ")
            let noun = answer.unknownWords.count == 1 ? "word" : "words"
            let words = unknown.isEmpty ? "" : " No passage of the raw output has the \(noun) \(unknown)."
            switch answer.reach {
            case .nothing:
                lines.append(
                    "\(name) is not answered: nothing that can be quoted was accepted for it.\(words)"
                )
            case .nearestOnly:
                lines.append("\(name) is not answered: what was accepted hardly touches it.\(words)")
            case .inPart: lines.append("\(name) is answered in part at most.\(words)")
            case .answered: break
            }
        }
        if unanswered > 0 { lines.append("\(unanswered) further questions were not looked into.") }
        if lines.isEmpty { lines.append("Each question found quotes that share most of its words.") }
        lines.append("Whether a quote truly answers is for the reader to judge: it was chosen by its words.")
        return lines.map { Paragraph.filled($0, lead: "- ") }.joined()
    }

    private func compared(_ pair: Disagreement) -> String {
        let numbers = [pair.first, pair.second].map { "[\(citations.number(of: $0.passage) ?? 0)]" }
        let shared = pair.shared.map { "“\($0)”" }.joined(separator: ", ")
        let sign =
            pair.sign == .negation ? "one denies something, the other does not" : "their numbers differ"
        var text = "\(numbers[0]) and \(numbers[1]) both speak of \(shared), and \(sign)."
        for (statement, number) in zip([pair.first, pair.second], numbers)
        where !citations.isQuoted(statement) {
            text += " \(number) has: “\(statement.text)”"
        }
        return Paragraph.filled(text, lead: "- ")
    }
}

// MARK: - Lists

extension FinalText {
    private var sources: String {
        if citations.order.isEmpty { return "None is cited.\n" }
        return citations.order.enumerated().map { index, passage in
            let entry = evidence.passages[passage].entry
            let context = entry.context.isEmpty ? "" : ", under “\(entry.context)”"
            let place = entry.origin?.description ?? "unknown place"
            return Paragraph.filled("\(place), passage \(entry.id ?? "?")\(context)", lead: "[\(index + 1)] ")
        }.joined()
    }

    private var acceptance: String {
        let (accepted, rejected) = (review.accepted.count, review.rejected.count)
        var lines = [
            "Of \(accepted + rejected) candidates the review accepted \(accepted) and rejected \(rejected)."
        ]
        let listed = evidence.passages.enumerated().map { index, passage in
            let use = citations.number(of: index).map { "cited as [\($0)]" } ?? "not needed"
            let place = passage.entry.origin.map { " (\($0))" } ?? ""
            return "accepted \(passage.entry.id ?? "?")\(place): \(use)"
        }
        let left = evidence.unbacked.map {
            "accepted \($0.id ?? "“\($0.text.excerpt(60))”"): left out, it does not stand in the raw output"
        }
        let turned = review.rejected.map { entry in
            "rejected \(entry.id ?? "“\(entry.text.excerpt(60))”"): \(entry.reason.isEmpty ? "no reason given" : entry.reason.excerpt(200))"
        }
        if evidence.leftOut > 0 {
            lines.append("\(evidence.leftOut) further accepted ones were not looked at")
        }
        for list in [listed + left, turned] {
            lines += list.prefix(Self.mostListed)
            if list.count > Self.mostListed { lines.append("… and \(list.count - Self.mostListed) more") }
        }
        return Paragraph.filled(lines[0]) + "\n"
            + lines.dropFirst().map { Paragraph.filled($0, lead: "- ") }.joined()
    }
}

extension String {
    fileprivate func withoutTrailingSpaces() -> String {
        String(reversed().drop { $0 == " " || $0 == "\t" }.reversed())
    }
}
