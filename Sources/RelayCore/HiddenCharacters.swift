/// Characters of a text that a reader does not see and a program may obey: the favourite tools of hidden instructions.
package struct HiddenCharacters: Hashable, Sendable {
    /// What kinds there are; sent and stored as is.
    package enum Kind: String, CaseIterable, Hashable, Sendable {
        /// Marks, embeddings, overrides and isolates that change the order in which text is shown (UAX #9).
        case bidirectional
        /// Characters without width: U+00AD, U+034F, U+180E, U+200B to U+200D, U+2060 to U+2064, and U+FEFF behind the
        /// first place.
        case zeroWidth = "zero-width"
        /// U+E0000 to U+E007F, which repeat ASCII invisibly.
        case tag
        /// Control characters but tab, line feed, form feed and carriage return: those that begin an escape sequence
        /// are among them.
        case control
    }

    /// The kind.
    package let kind: Kind
    /// How many of the kind there are.
    package let count: Int64
    /// Where the first one begins, in bytes from the start of the file.
    package let first: Int64

    package init(kind: Kind, count: Int64, first: Int64) {
        self.kind = kind
        self.count = count
        self.first = first
    }

    /// What was found, in words.
    package var sentence: String { "\(count) \(kind.rawValue), the first at byte \(first)" }
}

/// Finds hidden characters in a text that comes in pieces; what is not valid UTF-8 counts for nothing.
package struct HiddenCharacterScanner: Sendable {
    private var found: [HiddenCharacters.Kind: (count: Int64, first: Int64)] = [:]
    private var offset: Int64 = 0
    private var scalar: UInt32 = 0
    private var pending = 0
    private var start: Int64 = 0

    package init() {}

    /// Takes the next bytes of the text.
    package mutating func take(_ bytes: some Collection<UInt8>) {
        if bytes.withContiguousStorageIfAvailable({ take(UnsafeRawBufferPointer($0)) }) == nil {
            Array(bytes).withUnsafeBytes { take($0) }
        }
    }

    private mutating func take(_ bytes: UnsafeRawBufferPointer) {
        var index = 0
        while index < bytes.count {
            // Most text is printable ASCII, which eight bytes at a time tell: none below 0x20, none from 0x7F on.
            while pending == 0, index + 8 <= bytes.count,
                Self.isPlain(bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            {
                index += 8
            }
            guard index < bytes.count else { break }
            take(bytes[index], at: offset + Int64(index))
            index += 1
        }
        offset += Int64(bytes.count)
    }

    /// What was found, sorted by kind.
    package func finish() -> [HiddenCharacters] {
        found.map { HiddenCharacters(kind: $0.key, count: $0.value.count, first: $0.value.first) }
            .sorted { $0.kind.rawValue < $1.kind.rawValue }
    }

    private static func isPlain(_ word: UInt64) -> Bool {
        let (ones, highs) = (UInt64(0x0101_0101_0101_0101), UInt64(0x8080_8080_8080_8080))
        let below = (word &- ones &* 0x20) & ~word & highs
        // 0x7F plus one sets the highest bit, as do the bytes that have it already.
        let above = ((word & ~highs) &+ ones) & highs
        return below | above | (word & highs) == 0
    }

    private mutating func take(_ byte: UInt8, at place: Int64) {
        switch byte {
        case 0x00..<0x80:
            pending = 0
            note(UInt32(byte), at: place)
        case 0x80..<0xC0:
            guard pending > 0 else { return }
            scalar = scalar << 6 | UInt32(byte & 0x3F)
            pending -= 1
            if pending == 0 { note(scalar, at: start) }
        case 0xC0..<0xE0: begin(byte & 0x1F, 1, at: place)
        case 0xE0..<0xF0: begin(byte & 0x0F, 2, at: place)
        default: begin(byte & 0x07, 3, at: place)
        }
    }

    private mutating func begin(_ bits: UInt8, _ more: Int, at place: Int64) {
        (scalar, pending, start) = (UInt32(bits), more, place)
    }

    private mutating func note(_ scalar: UInt32, at place: Int64) {
        guard let kind = Self.kind(of: scalar, at: place) else { return }
        let known = found[kind] ?? (0, place)
        found[kind] = (known.count + 1, known.first)
    }

    private static func kind(of scalar: UInt32, at place: Int64) -> HiddenCharacters.Kind? {
        switch scalar {
        case 0x09, 0x0A, 0x0C, 0x0D: nil
        case 0x00..<0x20, 0x7F..<0xA0: .control
        case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: .bidirectional
        // At the first place it is a byte order mark.
        case 0xFEFF: place == 0 ? nil : .zeroWidth
        case 0xAD, 0x034F, 0x180E, 0x200B...0x200D, 0x2060...0x2064: .zeroWidth
        case 0xE0000...0xE007F: .tag
        default: nil
        }
    }
}

/// What a contract says of hidden characters in its texts.
package enum HiddenCharacterRule: String, CaseIterable, Hashable, Sendable {
    /// They break the contract.
    case refuse
    /// They are shown in the evidence.
    case report
    /// They are nobody's business.
    case allow
}
