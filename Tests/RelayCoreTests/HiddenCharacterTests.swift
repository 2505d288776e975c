import Testing

@testable import RelayCore

/// Characters that nobody sees.
@Suite struct HiddenCharacterTests {
    private func found(_ bytes: [UInt8], by pieces: Int = .max) -> [HiddenCharacters] {
        var scanner = HiddenCharacterScanner()
        var rest = bytes[...]
        while !rest.isEmpty {
            scanner.take(rest.prefix(pieces))
            rest = rest.dropFirst(pieces)
        }
        return scanner.finish()
    }

    /// Each row: a text, and what is found in it.
    @Test(
        arguments: [
            ("", []), ("plain text, with a tab\t and lines\r\n\u{C}\n", []), ("Grüße, 日本語, 👍", []),
            ("\u{FEFF}with a byte order mark", []), ("a\u{FEFF}b", ["1 zero-width, the first at byte 1"]),
            ("pay \u{202E}001$", ["1 bidirectional, the first at byte 4"]),
            ("\u{200F}\u{2066}x\u{2069}", ["3 bidirectional, the first at byte 0"]),
            ("zero\u{200B}width\u{2060}", ["2 zero-width, the first at byte 4"]),
            ("so\u{AD}ft", ["1 zero-width, the first at byte 2"]),
            ("\u{E0049}\u{E0067}", ["2 tag, the first at byte 0"]),
            ("red \u{1B}[31m", ["1 control, the first at byte 4"]),
            ("\u{9B}31m", ["1 control, the first at byte 0"]),
            ("bell\u{7}, nul\u{0}, del\u{7F}", ["3 control, the first at byte 4"]),
            (
                "\u{1B}\u{200B}\u{202A}",
                [
                    "1 bidirectional, the first at byte 4", "1 control, the first at byte 0",
                    "1 zero-width, the first at byte 1",
                ]
            ),
            ("every \u{1FFFF} other \u{E0080} \u{2065} \u{2070} \u{A0}", []),
        ] as [(String, [String])]
    )
    func theKindsAreFound(text: String, expected: [String]) {
        #expect(found(Array(text.utf8)).map(\.sentence) == expected)
    }

    @Test func whereATextIsCutMakesNoDifference() {
        let text = "0123456\u{1B}01234567\u{200B}8\u{E0041}\u{202E}" + String(repeating: "é\u{7F}", count: 9)
        let whole = found(Array(text.utf8))
        #expect(whole.count == 4)
        for pieces in 1...17 { #expect(found(Array(text.utf8), by: pieces) == whole) }
    }

    /// One at each place of a long line: the fast way over eight bytes at once must not step over it.
    @Test(arguments: [0x00, 0x1B, 0x1F, 0x7F] as [UInt8])
    func noPlaceHidesOne(byte: UInt8) {
        for place in 0..<40 {
            var bytes = [UInt8](repeating: UInt8(ascii: "~"), count: 40)
            bytes[place] = byte
            #expect(found(bytes) == [HiddenCharacters(kind: .control, count: 1, first: Int64(place))])
        }
        for plain in UInt8(0x20)..<0x7F { #expect(found([UInt8](repeating: plain, count: 24)) == []) }
    }

    @Test func bytesThatAreNoTextCountForNothing() {
        // Cut, overlong beginnings and lone continuations; the letter behind each is read again.
        for bytes: [UInt8] in [[0xE2, 0x80], [0x8E, 0x80], [0xE2, 0x80, 0x41], [0xE2, 0xE2, 0x80]] {
            #expect(found(bytes) == [])
        }
    }
}
