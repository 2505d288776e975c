import Testing

@testable import RelayCore

@Suite struct UTF8ScannerTests {
    /// One byte on each side of every edge that UTF-8 has.
    private static let edges: [UInt8] = [
        0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED,
        0xEE,
        0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xF8, 0xFC, 0xFE, 0xFF,
    ]

    private func holds(_ pieces: [some Collection<UInt8>]) -> Bool {
        var scanner = UTF8Scanner()
        for piece in pieces { scanner.take(piece) }
        return scanner.holds
    }

    private func oracle(_ bytes: [UInt8]) -> Bool { String(validating: bytes, as: UTF8.self) != nil }

    @Test func everySequenceOfOneAndTwoBytesIsJudgedAsTheLibraryJudgesIt() {
        #expect(holds([[UInt8]()]))
        for first in UInt8.min...UInt8.max {
            #expect(holds([[first]]) == oracle([first]), "\(first)")
            for second in UInt8.min...UInt8.max where holds([[first, second]]) != oracle([first, second]) {
                Issue.record("\([first, second])")
            }
        }
    }

    @Test(arguments: edges)
    func everyClassOfThreeAndFourBytesIsJudgedAsTheLibraryJudgesIt(_ first: UInt8) {
        for second in Self.edges {
            for third in Self.edges {
                let three = [first, second, third]
                if holds([three]) != oracle(three) { Issue.record("\(three)") }
                for fourth in Self.edges where holds([three + [fourth]]) != oracle(three + [fourth]) {
                    Issue.record("\(three + [fourth])")
                }
            }
        }
    }

    @Test(arguments: [[0x80...0x7FF], [0x800...0xFFFF], [0x1_0000...0x10_FFFF]] as [[ClosedRange<UInt32>]])
    func theEndsOfEveryRangeOfScalarsHold(_ ranges: [ClosedRange<UInt32>]) {
        for range in ranges {
            for value in [range.lowerBound, range.upperBound] {
                let text = Unicode.Scalar(value).map { Array(String($0).utf8) } ?? []
                #expect(holds([text]))
                #expect(!holds([text.dropLast()]))
                #expect(!holds([text.dropFirst()]))
            }
        }
    }

    @Test func randomBytesAreJudgedAsTheLibraryJudgesThem() {
        var random = SeededGenerator(seed: 3)
        for _ in 0..<20_000 {
            let bytes = random.bytes(Int.random(in: 0...7, using: &random), of: Self.edges)
            if holds([bytes]) != oracle(bytes) { Issue.record("\(bytes)") }
        }
    }

    @Test func noSplitChangesTheResult() {
        let texts: [[UInt8]] = [
            Array("a\u{E9}\u{20AC}\u{1F600}\u{0}\u{10FFFF}b".utf8), [0x61, 0xC3, 0xA9, 0xFF, 0x61],
            [0xF0, 0x9F, 0x98],
            [0xED, 0xA0, 0x80, 0xED, 0xB0, 0x80], [0xE2, 0x82, 0x41, 0xAC],
        ]
        for text in texts {
            for position in 0...text.count {
                #expect(
                    holds([text[..<position], text[position...]]) == oracle(text),
                    "\(text) at \(position)"
                )
            }
        }
    }

    @Test func whatIsBrokenStaysBroken() {
        #expect(!holds([[0xFF], Array("fine".utf8)]))
        #expect(!holds([[0xC3, 0x28], [0xA9]]))
    }
}
