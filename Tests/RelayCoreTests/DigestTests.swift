import Testing

@testable import RelayCore

private let digits = "00ff0123456789abcdef0123456789abcdef0123456789abcdef0123456789ab"
private let shorter = String(digits.dropLast())
private let shorterByTwo = String(digits.dropLast(2))

private let wrongDigits: [String] = [
    "", shorter, "\(digits)0", digits.uppercased(), "0x\(shorterByTwo)", "\(shorter)g", "\(shorter)/",
    "\(shorter):",
    "\(shorter)`", "\(shorter) ", "\(shorter)\n", "\(shorter)\u{0}", "\(shorterByTwo)\u{E9}",
    "\(shorterByTwo)\u{301}", "sha256:\(digits)", "\(digits)\u{301}",
]

private let wrongLabels: [String] = [
    "", "sha256:", digits, "sha256\(digits)", "SHA256:\(digits)", "sha256: \(digits)", "sha256:\(shorter)",
    "sha256:\(digits)0", "sha512:\(digits)", "sha256::\(digits)", "sha256:\u{301}\(digits)",
    "sha256:\u{200D}\(digits)", "sha256:\u{FE0F}\(digits)", " sha256:\(digits)", "sha256\u{301}:\(digits)",
    "sha256:\(digits)\u{301}", "sha256:\r\n\(digits)",
]

@Suite struct DigestTests {
    @Test func hexadecimalDigitsComeBackUnchanged() throws {
        let digest = try #require(Digest(hex: digits))
        #expect(digest.hex == digits)
        #expect(digest.description == digits)
        #expect(digest.labelled == "sha256:" + digits)
        #expect(digest.bytes.prefix(3) == [0x00, 0xFF, 0x01])
        #expect(Digest(bytes: digest.bytes) == digest)
        #expect(Digest(labelled: digest.labelled) == digest)
    }

    @Test(arguments: [0, 1, 31, 33, 64])
    func anotherCountOfBytesIsRefused(_ count: Int) {
        #expect(Digest(bytes: [UInt8](repeating: 0, count: count)) == nil)
    }

    @Test(arguments: wrongDigits)
    func anythingButSixtyFourLowerCaseDigitsIsRefused(_ text: String) {
        #expect(Digest(hex: text) == nil)
    }

    @Test(arguments: wrongLabels)
    func anythingButTheLabelAndTheDigitsIsRefused(_ text: String) {
        #expect(Digest(labelled: text) == nil)
    }
}
