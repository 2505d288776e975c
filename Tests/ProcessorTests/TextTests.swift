import RelayConsumer
import Testing

/// The text tools and formats that the processors share.
@Suite struct TextTests {
    /// A text and its sentences.
    static let sentences: [(text: String, sentences: [String])] = [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        (
            "See e.g. the log, cf. Fig. 3 of Dr. Smith. Then stop.",
            ["See e.g. the log, cf. Fig. 3 of Dr. Smith.", "Then stop."]
        ),
        ("Version 3.51.3 is out. Use it.", ["Version 3.51.3 is out.", "Use it."]),
        ("It is at example.org. J. Smith wrote it.", ["It is at example.org.", "J. Smith wrote it."]),
        ("He said “stop.” Then he left.", ["He said “stop.”", "Then he left."]),
        (
            "Am 3. Oktober ist frei. Morgen nicht, z. B. hier.",
            ["Am 3. Oktober ist frei.", "Morgen nicht, z. B. hier."]
        ),
        ("¿Qué pasa? ¡Nada! Bien.", ["¿Qué pasa?", "¡Nada!", "Bien."]),
        ("备份每月检查。然后恢复！好吗？好", ["备份每月检查。", "然后恢复！", "好吗？", "好"]),
        ("「はい。」そうです。", ["「はい。」", "そうです。"]),
        ("A title\n\nA line\nthat goes on.", ["A title", "A line\nthat goes on."]),
        (
            "**Bold.** `fsync` waits. Use it...  Or not",
            ["**Bold.**", "`fsync` waits.", "Use it...", "Or not"]
        ),
        ("Das gilt nach § 17 Abs. 2 BMG. Mehr nicht.", ["Das gilt nach § 17 Abs. 2 BMG.", "Mehr nicht."]),
        ("متى؟ الآن.", ["متى؟", "الآن."]),
        ("", []), (" \r\n\r\n ", []),
    ]

    @Test(arguments: sentences.indices)
    func sentencesEndWhereAReaderSaysSo(_ index: Int) {
        let (text, expected) = Self.sentences[index]
        #expect(Sentences.ranges(in: text).map { String(text[$0]) } == expected)
    }

    @Test(arguments: [
        ("writes", "writing"), ("backup", "backups"), ("durable", "durability"), ("copy", "copies"),
        ("Schlüssel", "schluessel".replacing("ue", with: "ü")), ("Sicherung", "Sicherungen"),
        ("stop", "stopped"),
        ("conservées", "conservée"), ("café", "cafe\u{301}"), ("anmelden", "anzumelden"),
        ("mitbringen", "Mitzubringende"), ("trésorier", "trésorière"), ("fill", "filled"),
        ("terminado", "terminó"),
    ])
    func wordsOfOneStemGiveOneTerm(_ one: String, _ other: String) {
        #expect(Words.terms(in: one) == Words.terms(in: other))
    }

    @Test(arguments: [
        ("file", "fill"), ("Einzugsdaten", "Eingsdaten"), ("-a", "-b"), ("Wohnung", "Bewohner"),
    ])
    func wordsOfDifferentStemsGiveDifferentTerms(_ one: String, _ other: String) {
        #expect(Words.terms(in: one) != Words.terms(in: other))
    }

    @Test func aLongCompoundIsSpokenOfByItsParts() {
        let compound = Words.terms(in: "Wohnungsgeberbestätigung")[0]
        #expect(Set(Words.terms(in: "die Bestätigung")).speaks(of: compound))
        #expect(Set(Words.terms(in: "des Wohnungsgebers")).speaks(of: compound))
        #expect(!Set(Words.terms(in: "die Wohnung")).speaks(of: compound))
    }

    /// A question, what the material says, and the words that it lacks.
    static let unknown: [(question: String, material: String, words: [String])] = [
        ("What does the permit cost?", "Tea has a cost.", ["permit"]),
        ("改签可以办理几次？", "一张车票只能办理一次改签。", []),
        ("车上的盒饭多少钱？", "车票的退票费", ["车上的盒饭"]),
        ("保証期間は何年ですか？", "長期間の電池", ["保証"]),
    ]

    @Test(arguments: unknown.indices)
    func unknownWordsAreThoseThatNothingCovers(_ index: Int) {
        let (question, material, words) = Self.unknown[index]
        let known = Set(Words.terms(in: material))
        #expect(Words.unknown(in: question, isKnown: known.contains).map(\.word) == words)
    }

    @Test func linesWithADateOrATimeAreItems() {
        let lines = ["2024-03-14 02:11 start", "[00:03:37] MARTA: Yes", "9:30 tea"].map { Array($0.utf8) }
        for line in lines { #expect(MarkdownLine(line, 0..<line.count) == .item(content: 0)) }
        let others = ["12:3 ratio", "[1] note", "2024-3 x"].map { Array($0.utf8) }
        for line in others { #expect(MarkdownLine(line, 0..<line.count) == .text) }
    }

    @Test func aByteOrderMarkBelongsToNoLine() {
        #expect(TextLine.lines(of: [0xEF, 0xBB, 0xBF, 0x23, 0x0A]).map(\.range) == [3..<4])
    }

    @Test func termsLeaveOutStopWordsAndPairUnspacedScripts() {
        #expect(Words.terms(in: "What is the L'eau of it?") == ["eau"])
        #expect(Words.terms(in: "`-a` is a flag, --b is-c") == ["-a", "flag"])
        #expect(Words.terms(in: "数据库") == ["数据", "据库"])
        #expect(Words.terms(in: "これは") == [])
        #expect(Words.count(in: "two words 数据库的") == 4)
    }

    @Test(arguments: [
        ("  a \r\n\t b  ", "a b"), ("a\u{A0}\u{2028}b", "a b"), ("a\u{0}\u{202E}b\u{1B}[0m", "ab[0m"),
        ("", ""), ("容量が\n減る。\n次", "容量が減る。次"), ("서울에\n간다", "서울에 간다"), ("中\nA", "中 A"),
    ])
    func foldingKeepsWordsAndDropsWhatCannotBeSeen(_ text: String, _ folded: String) {
        #expect(text.folded() == folded)
    }

    @Test func aCandidateListIsReadAsItWasWritten() {
        var entry = QuotedEntry(
            question: 2,
            id: "P12",
            text: "One line.\n\n> quoted\n- item\n```\n# Candidates\n```"
        )
        entry.origin = Origin(file: "source-02.md", lines: 14...18)
        entry.rank = 1
        entry.also = [.init(question: 3, rank: 4), .init(question: 1, rank: 2)]
        entry.context = "Backups; and under roofs > Restore drill"
        let questions = [Question(number: 1, text: "One?"), Question(number: 2, text: "Two: what?")]
        let list = CandidateList(title: "A title", questions: questions, entries: [entry])
        #expect(CandidateList(reading: Array(list.markdown.utf8)) == list)
    }

    @Test func aReviewIsReadAsItWasWritten() {
        var kept = QuotedEntry(question: 1, id: "P1", text: "Kept text.")
        kept.reason = "backed by P1"
        var gone = QuotedEntry(question: nil, id: nil, text: "Gone text.")
        gone.reason = "not backed"
        let topic = Question(number: 1, text: "Trains", isTopic: true)
        let review = Review(title: "T", questions: [topic], accepted: [kept], rejected: [gone])
        #expect(Review(reading: Array(review.markdown.utf8)) == review)
    }

    @Test func aRawOutputIsReadAsItWasWritten() {
        let passages = [
            RawPassage(
                id: "P1",
                origin: Origin(file: "a.md", lines: 1...1),
                context: "",
                bytes: Array("> q".utf8)
            ),
            RawPassage(
                id: "P2",
                origin: Origin(file: "b.txt", lines: 2...4),
                context: "X > Y",
                bytes: Array("a\n\nb".utf8)
            ),
        ]
        let bytes = RawOutput(passages: passages).bytes(remarks: ["Two passages."])
        #expect(RawOutput(reading: bytes, name: "raw").passages == passages)
    }

    @Test(arguments: ["source-02.md, lines 14-18", "source-02.md, line 3", "source-02.md"])
    func originsAreReadAsTheyAreWritten(_ text: String) {
        #expect(Origin(text)?.description == text)
    }

    @Test func shinglesOfTheSameTextOverlapWhollyAndOfOthersNot() {
        let one = Shingles(of: Words.terms(in: "The quick brown fox jumps over a lazy dog in Vienna"))
        let more = Shingles(
            of: Words.terms(in: "Yes: the quick brown fox jumps over a lazy dog in Vienna, again today")
        )
        let other = Shingles(of: Words.terms(in: "Parcels wait at the front desk until evening comes"))
        #expect(one.overlap(with: one) == 1)
        #expect(one.overlap(with: more) > 0.9)
        #expect(one.overlap(with: other) == 0)
    }
}
