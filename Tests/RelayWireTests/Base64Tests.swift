import Foundation
import RelayWire
import Testing

@Suite struct Base64Tests {
    @Test(
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"), ("\u{0}\u{0}\u{0}", "AAAA"), ("~~~???", "fn5+Pz8/"),
        ]
    )
    func theVectorsOfTheRFCHold(_ row: (String, String)) {
        #expect(Base64.encoded(Array(row.0.utf8)) == row.1)
        #expect(Base64.decoded(row.1) == Array(row.0.utf8))
    }

    @Test(
        arguments: [
            "Z", "Zg", "Zg=", "Zm8", "Zm9", "Zh==", "Zv==", "Zm9=", "Zm+=", "AB==", "AAB=", "====", "A===",
            "=", "==",
            "===", "=AAA", "A=AA", "AA=A", "Zg==Zg==", "Zm8=Zm8=", "Zg===", "Zm9v=", "Zm9v====", " Zm9v",
            "Zm9v ",
            "Zm9v\n", "Zm9v\r\n", "Zm\n9v", "Zm 9v", "fn5-Pz8_", "Zm9*", "Zm9\u{E9}", "Zm9v\u{0}",
            "Zg=\u{301}",
            "Zg==\u{301}\u{301}", "\u{FF3A}m9v", "Zm\u{0}v", "\u{FEFF}Z", "Zg%3D",
        ]
    )
    func anyOtherTextIsRefused(_ text: String) {
        #expect(Base64.decoded(text) == nil)
    }

    @Test func everyLastGroupIsTakenOnlyInItsOneForm() {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=".utf8)
        for last in digits {
            for text in [[0x41, last, 0x3D, 0x3D], [0x41, 0x41, last, 0x3D], [0x41, 0x41, 0x41, last]]
                as [[UInt8]]
            {
                let text = String(decoding: text, as: UTF8.self)
                #expect(Base64.decoded(text) == oracle(text), "\(text)")
            }
        }
    }

    @Test func randomBytesAgreeWithFoundation() {
        var random = SeededGenerator(seed: 64)
        for count in 0..<300 {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            let text = Data(bytes).base64EncodedString()
            #expect(Base64.encoded(bytes) == text)
            #expect(Base64.decoded(text) == bytes)
        }
    }

    @Test func noiseIsTakenOnlyInTheFormThatFoundationWrites() {
        var random = SeededGenerator(seed: 65)
        let alphabet = Array("AQgwZ9+/=-_ \n".utf8)
        for _ in 0..<20_000 {
            let count = Int.random(in: 0...9, using: &random)
            let noise = (0..<count).map { _ in alphabet.randomElement(using: &random) ?? 0 }
            let text = String(decoding: noise, as: UTF8.self)
            #expect(Base64.decoded(text) == oracle(text), "\(text)")
        }
    }

    /// What Foundation reads, if it writes the same text for it.
    private func oracle(_ text: String) -> [UInt8]? {
        guard let data = Data(base64Encoded: text), data.base64EncodedString() == text else { return nil }
        return [UInt8](data)
    }
}
