import Foundation
import RelayConsumer
import Testing

/// What a reader may expect of the final text on each of the document sets.
@Suite struct DocumentSetTests {
    @Test func everyFolderOfDocumentsHasItsExpectations() throws {
        let folders = try FileManager.default.contentsOfDirectory(atPath: DocumentSet.root.path())
        #expect(folders.sorted() == DocumentSet.all.map(\.name).sorted())
        #expect(DocumentSet.all.allSatisfy { !$0.brief.isEmpty && !$0.sources.isEmpty })
    }

    @Test(arguments: DocumentSet.all)
    func theContractsHold(_ set: DocumentSet) throws {
        let chain = try set.chain()
        #expect(chain.list.contains("\n## Candidates\n"))
        #expect(chain.review.contains("\n## Accepted\n"))
        #expect(chain.review.contains("\n## Rejected\n"))
        for text in [chain.list, chain.review, chain.final] {
            #expect((1...1_048_576).contains(text.utf8.count))
        }
        #expect((1...16_777_216).contains(chain.raw.count))
        #expect(String(validating: chain.raw, as: UTF8.self) != nil)
    }

    @Test(arguments: DocumentSet.all)
    func twoRunsGiveTheSameBytes(_ set: DocumentSet) throws {
        let (first, second) = (try set.chain(), try Chain(brief: set.brief, sources: set.sources))
        #expect(first.list == second.list)
        #expect(first.raw == second.raw)
        #expect(first.review == second.review)
        #expect(first.final == second.final)
    }

    @Test(arguments: DocumentSet.all)
    func citationsAndSourcesMatch(_ set: DocumentSet) throws {
        let chain = try set.chain()
        let reading = FinalReading(chain.final)
        let numbers = reading.sources.map(\.number)
        #expect(numbers == Array(0..<numbers.count).map { $0 + 1 })
        let compared = (reading.sections["Where sources may disagree"] ?? []).joined()
        let used = reading.answers.flatMap { ($0.quotes + $0.lines).map(\.citation) }
        let cited = Set(used + compared.matches(of: /\[([0-9]+)\]/).compactMap { Int($0.1) })
        #expect(cited == Set(numbers))
        for answer in reading.answers {
            #expect(answer.seeAlso.allSatisfy(numbers.contains))
        }
    }

    @Test(arguments: DocumentSet.all)
    func everyQuoteStandsWhereItsCitationSays(_ set: DocumentSet) throws {
        let reading = FinalReading(try set.chain().final)
        for answer in reading.answers {
            for quote in answer.quotes + answer.lines {
                let source = reading.sources.first { $0.number == quote.citation }
                let text = source.map { set.folded($0.file, $0.lines) } ?? ""
                #expect(text.contains(quote.text), "\(quote)")
            }
        }
        for quoted in reading.sections["Where sources may disagree"] ?? [] {
            for match in quoted.matches(of: /\[([0-9]+)\] has: “(.+?[.!。])”/) {
                let source = reading.sources.first { $0.number == Int(match.1) }
                #expect(source.map { set.folded($0.file, $0.lines) }?.contains(match.2) ?? false, "\(quoted)")
            }
        }
    }

    @Test(arguments: DocumentSet.all)
    func noSentenceStandsTwice(_ set: DocumentSet) throws {
        let reading = FinalReading(try set.chain().final)
        var seen: Set<String> = []
        for quote in reading.quotes {
            for range in Sentences.ranges(in: quote.text) {
                #expect(seen.insert(String(quote.text[range])).inserted, "\(quote)")
            }
        }
        let compared = (reading.sections["Where sources may disagree"] ?? []).joined(separator: " ")
        for sentence in seen { #expect(!compared.contains("“\(sentence)”"), "\(sentence)") }
    }

    @Test(arguments: DocumentSet.all)
    func everyQuestionIsAnsweredOrNamed(_ set: DocumentSet) throws {
        let reading = FinalReading(try set.chain().final)
        #expect(reading.answers.map(\.number) == Array(1...set.questionCount))
        for answer in reading.answers {
            #expect(fold(set.brief).contains(answer.question))
            let isEmpty = answer.quotes.isEmpty && answer.lines.isEmpty && answer.seeAlso.isEmpty
            let isNamed = reading.remark(answer.number).contains("is not answered: ")
            #expect(isNamed == answer.saysNo, "\(answer)")
            #expect(!isEmpty || isNamed, "\(answer)")
        }
    }

    @Test(arguments: DocumentSet.all)
    func thereIsNothingButFramesAndQuotes(_ set: DocumentSet) throws {
        let reading = FinalReading(try set.chain().final)
        #expect(reading.strays.isEmpty)
        #expect(fold(set.brief).contains(reading.title))
        let known = ["What the material does not answer", "Sources", "Acceptance list"]
        #expect(reading.headings.filter { $0 != "Where sources may disagree" } == known)
        for (heading, items) in reading.sections where heading != "Sources" {
            for item in items { #expect(Frame.isKnown(item, in: set), "\(item)") }
        }
        #expect(Frame.isKnown(reading.preface, in: set), "\(reading.preface)")
        #expect(!reading.headings.isEmpty)
    }

    @Test(arguments: DocumentSet.all)
    func theFactsAHumanReaderExpectsAreFound(_ set: DocumentSet) throws {
        let chain = try set.chain()
        let reading = FinalReading(chain.final)
        for (number, fact) in set.facts {
            #expect(reading.answer(number).contains(fact), "question \(number): \(fact)\n\(chain.final)")
        }
        for number in set.unanswered {
            #expect(!reading.remark(number).isEmpty, "question \(number)\n\(chain.final)")
        }
        let quoted = reading.answers.flatMap { ($0.quotes + $0.lines).map(\.text) }.joined(separator: "\n")
        for stray in set.absent { #expect(!quoted.contains(stray), "\(stray)\n\(chain.final)") }
        for contrast in set.contrasts {
            let compared = (reading.sections["Where sources may disagree"] ?? []).joined(separator: "\n")
            #expect(fold(chain.final).contains(contrast) && !compared.isEmpty, "\(contrast)\n\(chain.final)")
        }
    }
}
