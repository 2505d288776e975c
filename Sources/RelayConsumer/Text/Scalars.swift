extension Unicode.Scalar {
    /// White space of any kind: what folding turns into one space.
    package var isSpace: Bool {
        value < 0x80 ? (value == 0x20 || (0x09...0x0D).contains(value)) : properties.isWhitespace
    }

    /// A control character that is not white space, or an invisible one that changes how its neighbours
    /// are shown: overrides of the writing direction, byte order marks, tags.
    package var isHidden: Bool {
        switch value {
        case 0x20...0x7E: false
        case 0x00...0x1F, 0x7F...0x9F: !isSpace
        case 0x202A...0x202E, 0x2066...0x2069, 0xFEFF, 0xE0000...0xE007F: true
        default: false
        }
    }

    /// A letter, digit or mark, as words are made of.
    var isWordPart: Bool {
        if value < 0x80 {
            return (0x30...0x39).contains(value) || (0x61...0x7A).contains(value)
                || (0x41...0x5A).contains(value)
        }
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
            .nonspacingMark, .spacingMark, .decimalNumber, .letterNumber, .otherNumber:
            return true
        default: return false
        }
    }

    /// Of a script that is written without spaces between words, or, like Hangul, with endings joined on.
    var isUnspaced: Bool {
        guard value >= 0x0E00 else { return false }
        return switch value {
        case 0x0E00...0x0EFF, 0x1000...0x109F, 0x1780...0x17FF: true
        case 0x3041...0x30FF, 0x3105...0x318E, 0x31A0...0x31FF, 0x3400...0x4DBF, 0x4E00...0x9FFF: true
        case 0x3005...0x3007, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFF66...0xFF9D, 0x20000...0x3134F: true
        default: false
        }
    }

    /// A Chinese or Japanese character or punctuation mark, which no space follows at the end of a line.
    var isWide: Bool {
        guard value >= 0x3000 else { return false }
        let isKorean = (0x3131...0x318E).contains(value) || (0xAC00...0xD7A3).contains(value)
        return !isKorean && (isUnspaced || value <= 0x303F || (0xFF01...0xFF65).contains(value))
    }

    /// Japanese hiragana, which mostly writes endings and particles.
    var isHiragana: Bool { (0x3041...0x309F).contains(value) }

    /// An ASCII or other decimal digit.
    package var isDigit: Bool {
        value < 0x80 ? (0x30...0x39).contains(value) : properties.generalCategory == .decimalNumber
    }
}
