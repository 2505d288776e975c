import Foundation
import Testing

/// What holds for the whole chain on any material.
@Suite struct ChainTests {
    @Test(arguments: Sample.all)
    func twoRunsGiveTheSameBytes(_ sample: Sample) throws {
        let first = try sample.chain()
        let second = try Chain(brief: sample.brief, sources: sample.sources)
        #expect(first.list == second.list)
        #expect(first.raw == second.raw)
        #expect(first.review == second.review)
        #expect(first.final == second.final)
    }

    @Test(arguments: Sample.all)
    func theContractsHeadingsAndSizesHold(_ sample: Sample) throws {
        let chain = try sample.chain()
        #expect(headings(chain.list).filter { $0 == "Candidates" }.count == 1)
        #expect(headings(chain.review).filter { $0 == "Accepted" }.count == 1)
        #expect(headings(chain.review).filter { $0 == "Rejected" }.count == 1)
        for text in [chain.list, chain.review, chain.final] {
            #expect((1...1_048_576).contains(text.utf8.count))
        }
        #expect((1...16_777_216).contains(chain.raw.count))
        #expect(String(validating: chain.raw, as: UTF8.self) != nil)
    }

    @Test(arguments: Sample.all)
    func everyCitationLeadsToASource(_ sample: Sample) throws {
        let chain = try sample.chain()
        #expect(chain.sourceNumbers == Array(0..<chain.sourceNumbers.count).map { $0 + 1 })
        for quote in chain.quotes { #expect(chain.sourceNumbers.contains(quote.citation), "\(quote)") }
    }

    @Test(arguments: Sample.all)
    func everyQuoteStandsInASourceWordForWord(_ sample: Sample) throws {
        let chain = try sample.chain()
        let sources = (Array(sample.sources.values) + [sample.brief]).map { text in
            let shown = String(String.UnicodeScalarView(text.unicodeScalars.filter { !isHidden($0) }))
            // The marks of quoted lines are no words.
            return fold(shown.replacing(/(?m)^> ?/, with: ""))
        }
        for quote in chain.quotes {
            #expect(sources.contains { $0.contains(quote.text) }, "\(quote.text)")
        }
    }

    @Test(arguments: Sample.all)
    func noQuoteIsRepeated(_ sample: Sample) throws {
        let chain = try sample.chain()
        let texts = chain.quotes.map(\.text)
        #expect(Set(texts).count == texts.count)
        let whole = fold(chain.final)
        for text in texts { #expect(whole.components(separatedBy: text).count == 2, "\(text)") }
    }

    @Test(arguments: Sample.all)
    func theAnswerIsFound(_ sample: Sample) throws {
        let chain = try sample.chain()
        let quoted = chain.quotes.map(\.text).joined(separator: "\n") + fold(chain.final)
        for find in sample.finds { #expect(quoted.contains(find), "\(find)\n\(chain.final)") }
    }

    @Test(arguments: Sample.all)
    func theFinalTextHasNoHiddenCharacters(_ sample: Sample) throws {
        let chain = try sample.chain()
        for text in [chain.list, chain.review, chain.final] {
            #expect(!text.unicodeScalars.contains(where: isHidden))
        }
    }

    @Test(arguments: Sample.all)
    func everyCandidateIsAcceptedOrRejected(_ sample: Sample) throws {
        let chain = try sample.chain()
        let put = entries(chain.list).count
        let accepted = entries(chain.reviewed("Accepted")).count
        let rejected = entries(chain.reviewed("Rejected")).count
        #expect(put == accepted + rejected)
        #expect(chain.final.contains("accepted \(accepted) and rejected \(rejected)."))
    }

    @Test func theExampleShowsItsContradictionItsDuplicateAndItsGap() throws {
        let chain = try Chain(brief: Sample.example.brief, sources: Sample.example.sources)
        let text = fold(chain.final)
        #expect(text.contains("one denies something, the other does not"))
        #expect(text.contains("so there is no need for `FULL` in WAL mode.”"))
        #expect(text.contains("near-duplicate of"))
        #expect(text.contains("No passage of the raw output has the word “managed”."))
        for stray in ["coffee", "Noodles", "umlauts", "bicycle", "authorized_keys"] {
            #expect(!text.contains(stray))
        }
    }

    private func headings(_ text: String) -> [String] {
        var isFenced = false
        return text.components(separatedBy: "\n").compactMap { line in
            if line.hasPrefix("```") || line.hasPrefix("~~~") { isFenced.toggle() }
            guard !isFenced, line.hasPrefix("#") else { return nil }
            return line.drop { $0 == "#" }.trimmingCharacters(in: .whitespaces)
        }
    }

    private func entries(_ text: String) -> [String] {
        text.components(separatedBy: "\n").filter { $0.hasPrefix("- ") }
    }

    private func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A, 0x0D: false
        case 0x00...0x1F, 0x7F...0x9F, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
