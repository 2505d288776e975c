import RelayConsumer

/// What the brief wants: its title and its questions.
///
/// A list item with a question in it is a question, and so are a heading and a sentence of running text that
/// end in a question mark. In a section whose heading says `Questions` (in one of a few languages) every
/// item is one. Where items ask, a title that asks is only the title, and “Could you find out?” only a
/// courtesy. A brief that asks nothing has its list items as topics, or else its title.
struct Brief: Equatable {
    /// So many questions are taken.
    static let mostQuestions = 32
    /// Longer titles are cut, in characters.
    private static let longestTitle = 200

    /// The first heading, or the beginning of the text.
    private(set) var title = ""
    /// The questions, in order.
    private(set) var questions: [Question] = []
    /// How many questions were left out because there are too many.
    private(set) var leftOut = 0

    private struct Block {
        enum Kind { case heading, item, text }
        let kind: Kind
        var text: String
        let isUnderQuestions: Bool
    }

    init(reading bytes: [UInt8]) {
        let blocks = Self.blocks(of: bytes)
        let opening = blocks.first { $0.kind == .heading } ?? blocks.first
        title = (opening?.text ?? "").excerpt(Self.longestTitle)
        if title.isEmpty { title = "Untitled brief" }
        let areListed = blocks.contains { $0.kind == .item && !Self.asked($0).isEmpty }
        let asking =
            areListed && opening?.kind == .heading ? blocks.filter { $0.text != opening?.text } : blocks
        var texts = Self.distinct(
            asking.flatMap { block in
                Self.asked(block).filter { !areListed || block.kind == .item || !Self.isCourtesy($0) }
            }
        )
        let isTopic = texts.isEmpty
        if isTopic { texts = Self.distinct(blocks.filter { $0.kind == .item }.map(\.text)) }
        if texts.isEmpty { texts = [title] }
        leftOut = max(0, texts.count - Self.mostQuestions)
        questions = texts.prefix(Self.mostQuestions).enumerated().map { index, text in
            Question(number: index + 1, text: text, isTopic: isTopic)
        }
    }

    private static func distinct(_ texts: [String]) -> [String] {
        var seen: Set<String> = []
        return texts.map { $0.folded() }.filter { !$0.isEmpty && seen.insert($0).inserted }
    }

    private static func asked(_ block: Block) -> [String] {
        let sentences = Sentences.ranges(in: block.text).map { String(block.text[$0]) }
        switch block.kind {
        case .heading: return block.text.isQuestion ? [block.text] : []
        case .item:
            return block.isUnderQuestions || sentences.contains(where: \.isQuestion) ? [block.text] : []
        case .text: return sentences.filter(\.isQuestion)
        }
    }

    /// Whether the question only asks the reader to do something.
    private static func isCourtesy(_ question: String) -> Bool {
        let lower = question.lowercased()
        return courtesies.contains { lower.contains($0) }
    }

    private static let courtesies = [
        "can you", "could you", "would you", "will you", "können sie", "könnten sie", "würden sie",
        "kannst du",
        "könntest du", "könnt ihr", "peux-tu", "pourrais-tu", "pouvez-vous", "pourriez-vous", "puedes",
        "podrías",
        "podría usted", "podéis", "puoi", "potresti", "você pode", "能否请", "请问能", "お願いできますか",
    ]

    private static func blocks(of bytes: [UInt8]) -> [Block] {
        var blocks: [Block] = []
        var fence = FenceState()
        var isUnderQuestions = false
        var continues = false
        func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
        func begin(_ kind: Block.Kind, _ range: Range<Int>) {
            blocks.append(Block(kind: kind, text: text(range), isUnderQuestions: isUnderQuestions))
            continues = kind != .heading
        }
        for line in TextLine.lines(of: bytes) {
            let kind = MarkdownLine(bytes, line.range)
            if fence.take(kind) {
                continues = false
                continue
            }
            switch kind {
            case .blank, .rule, .fence: continues = false
            case .heading(_, let title):
                begin(.heading, title)
                isUnderQuestions = saysQuestions(text(title))
            case .item(let content): begin(.item, content..<line.range.upperBound)
            case .quote, .row, .text:
                if continues, let last = blocks.indices.last {
                    blocks[last].text += "\n" + text(line.range)
                } else {
                    begin(.text, line.range)
                }
            }
        }
        return blocks
    }

    private static func saysQuestions(_ heading: String) -> Bool {
        let lower = heading.lowercased()
        let words = ["question", "fragen", "pregunta", "domande", "pergunta", "вопрос", "问题", "問題", "質問"]
        return words.contains { lower.contains($0) }
    }
}
