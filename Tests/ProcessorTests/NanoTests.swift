import Foundation
import RelayConsumer
import Testing

@testable import NanoConsumer

/// nano: reading the brief, cutting sources, putting candidates forward.
@Suite struct NanoTests {
    /// A brief, its title and its questions.
    static let briefs: [(brief: String, title: String, questions: [String])] = [
        ("# T\n\n1. One thing?\n2. Another one?\n", "T", ["One thing?", "Another one?"]),
        ("# T\n\n## Questions\n\n- The price\n- The date\n", "T", ["The price", "The date"]),
        ("# T\n\nWe have two. What now? Tell us. And then?", "T", ["What now?", "And then?"]),
        ("# T\n\n- two servers\n- Why is it slow?\n", "T", ["Why is it slow?"]),
        ("# T\n\n- servers\n- disks\n", "T", ["servers", "disks"]),
        ("# T\n\nNothing is asked.", "T", ["T"]),
        (
            "# T\n\n- Durability: when is\n  a write safe? Say why.\n", "T",
            ["Durability: when is a write safe? Say why."]
        ),
        ("# How high?\n\nCould you say?\n\n- Why?\n- Who is it?\n", "How high?", ["Why?", "Who is it?"]),
        ("# T\n\nWhat is due?\n\n- Why?\n", "T", ["What is due?", "Why?"]),
        ("# Is it safe?\n\nTell us.", "Is it safe?", ["Is it safe?"]),
        ("# T\n\n```\nWhat is this?\n```\n\nSame? Same?", "T", ["Same?"]),
        (
            "# T\r\n\r\n1. 多久检查一次？\r\n2. ¿Dónde está?\r\n3. متى يغلق؟\r\n", "T",
            ["多久检查一次？", "¿Dónde está?", "متى يغلق؟"]
        ),
        ("", "Untitled brief", ["Untitled brief"]),
    ]

    @Test(arguments: briefs.indices)
    func theQuestionsOfABriefAreFound(_ index: Int) {
        let (text, title, questions) = Self.briefs[index]
        let brief = Brief(reading: Array(text.utf8))
        #expect(brief.title == title)
        #expect(brief.questions.map(\.text) == questions)
        #expect(brief.questions.map(\.number) == Array(1...questions.count))
    }

    @Test func moreThanThirtyTwoQuestionsAreCountedAndSaid() throws {
        let brief = "# T\n\n" + (1...40).map { "\($0). What is item \($0) of the list?\n" }.joined()
        let chain = try Chain(brief: brief, sources: ["source-01.txt": "Item 3 of the list is a pump.\n"])
        #expect(chain.list.contains("asks 8 more questions"))
        #expect(chain.list.contains("### Question 32:"))
        #expect(!chain.list.contains("### Question 33:"))
    }

    /// A source and the texts of its passages.
    static let splits: [(source: String, passages: [String])] = [
        ("One.\n\nTwo.\n", ["One.\n\nTwo."]),
        ("# H\n\nOne.\n\n# I\n\nTwo.\n", ["One.", "Two."]),
        ("Steps:\n\n```\n# code\n\nx\n```\nAfter.\n", ["Steps:\n\n```\n# code\n\nx\n```", "After."]),
        ("- a\n- b\n\n| c |\n| - |\n", ["- a\n- b", "| c |\n| - |"]),
        ("Title\n=====\ntext\n---\nmore\n", ["more"]),
        ("---\ntitle: x\n---\ntext\n", ["---\ntitle: x\n---", "text"]),
        ("\u{FEFF}# H\n\nOne.\n", ["One."]),
        ("***\n\n\u{FEFF}\n", ["\u{FEFF}"]),
        ("~~~\nopen\n\n# not a heading", ["~~~\nopen\n\n# not a heading"]),
    ]

    @Test(arguments: splits.indices)
    func aSourceIsCutWhereItsStructureSays(_ index: Int) {
        let (source, expected) = Self.splits[index]
        let bytes = Array(source.utf8)
        let passages = PassageSplitter.passages(of: bytes, isMarkdown: true)
        #expect(passages.map { String(decoding: bytes[$0.range], as: UTF8.self) } == expected)
    }

    @Test func plainTextHasNoHeadingsOrFences() {
        let bytes = Array("# one\n```\ntwo\n".utf8)
        let passages = PassageSplitter.passages(of: bytes, isMarkdown: false)
        #expect(passages.map(\.context) == [""])
        #expect(passages.map(\.lines) == [1...3])
    }

    @Test(arguments: ["The fox runs. ", "狐狸在跑步，", "x", "word ", "line\n", "é\r\n"])
    func noPassageIsLongOrCutsACharacter(_ piece: String) {
        let bytes = Array(String(repeating: piece, count: 4000).utf8)
        let passages = PassageSplitter.passages(of: bytes, isMarkdown: true)
        #expect(!passages.isEmpty)
        var end = 0
        for passage in passages {
            #expect(passage.range.count <= 1000)
            #expect(String(validating: bytes[passage.range], as: UTF8.self) != nil)
            let between = String(decoding: bytes[end..<passage.range.lowerBound], as: UTF8.self)
            #expect(fold(between).isEmpty)
            let line = bytes[..<passage.range.lowerBound].count { $0 == 0x0A } + 1
            #expect(passage.lines.lowerBound == line)
            end = passage.range.upperBound
        }
        #expect(fold(String(decoding: bytes[end...], as: UTF8.self)).isEmpty)
    }

    @Test(arguments: Sample.all)
    func theRawOutputQuotesTheLinesOfTheFileByteForByte(_ sample: Sample) throws {
        let chain = try sample.chain()
        for passage in RawOutput(reading: chain.raw, name: "de-raw-output.txt").passages {
            guard passage.origin.file != "de-raw-output.txt" else { continue }
            let source =
                passage.origin.file == "brief.md" ? sample.brief : sample.sources[passage.origin.file] ?? ""
            let lines = source.utf8.split(separator: 0x0A, omittingEmptySubsequences: false)
            let range = try #require(passage.origin.lines)
            let named = lines[(range.lowerBound - 1)...(range.upperBound - 1)].joined(separator: [0x0A])
            let text = String(decoding: Array(named), as: UTF8.self)
            #expect(text.replacing("\r\n", with: "\n").contains(passage.text), "\(passage.origin)")
        }
        for source in sample.sources.values where source.contains("\u{1B}") {
            #expect(String(decoding: chain.raw, as: UTF8.self).contains(source.dropLast()))
        }
    }

    @Test func withoutSourcesTheListAndTheTextSaySo() throws {
        let chain = try Chain(brief: Sample.noSources.brief, sources: [:])
        #expect(chain.list.contains("no source came with this job; the brief itself is the only material"))
        #expect(chain.final.contains("No source came with this job"))
        #expect(chain.list.contains("brief.md, line 3"))
    }

    @Test func emptySourcesAreNamedAsEmpty() throws {
        let chain = try Chain(brief: "What is it?", sources: Sample.emptySources.sources)
        #expect(chain.list.contains("source-01.md: holds no text (0 bytes)."))
        #expect(chain.final.contains("nothing that can be quoted was accepted for it"))
    }

    @Test func everyQuestionHasItsHeadingAndItsBestPassage() throws {
        let chain = try Chain(brief: Sample.german.brief, sources: Sample.german.sources)
        let parts = chain.list.components(separatedBy: "### Question ")
        #expect(parts.count == 3)
        #expect(parts[1].contains("geprüft, und das Ergebnis"))
        #expect(parts[2].contains("Den Schlüssel bewahrt"))
    }

    @Test func aSourceThatIsNotUTF8IsRefusedByName() {
        let refusal = ProcessorRefusal(
            "the input source-07.txt is not valid UTF-8; convert it and order the job again"
        )
        #expect(throws: refusal) {
            try Chain.outputs(of: NanoProcessor(), ["brief.md": [0x41], "source-07.txt": [0x41, 0xFF]])
        }
    }
}
