/// Classes of ASCII bytes that names are made of.
///
/// Names are checked on their UTF-8 bytes and never on `Character`s: to Swift's `String`, a slash followed by
/// a combining accent is not a slash (reliability.md, 0.4).
enum ByteRules {
    static func isLowerLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) }
    static func isUpperLetter(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte) }
    static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    static func isLowerAlphanumeric(_ byte: UInt8) -> Bool { isLowerLetter(byte) || isDigit(byte) }
    static func isAlphanumeric(_ byte: UInt8) -> Bool { isLowerAlphanumeric(byte) || isUpperLetter(byte) }

    /// Whether `text` is one byte of `first` followed by at most `limit` bytes of `rest`.
    static func holds(
        _ text: String,
        first: (UInt8) -> Bool,
        rest: (UInt8) -> Bool,
        atMost limit: Int
    ) -> Bool {
        let bytes = text.utf8
        guard let head = bytes.first, first(head), bytes.count <= limit + 1 else { return false }
        return bytes.dropFirst().allSatisfy(rest)
    }
}
