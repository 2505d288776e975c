/// Light stemming: enough that `write`, `writes` and `writing` meet, for a few European languages at once.
enum Stem {
    private static let maximumLength = 40

    /// The form that stands for the lower-case `word` and its common inflections.
    static func stem(of word: String) -> String {
        var letters = Array(word.utf8.prefix(maximumLength))
        guard letters.allSatisfy({ (0x61...0x7A).contains($0) }) else { return shortened(word) }
        guard letters.count > 3 else { return word }
        dropParticle(&letters)
        dropPlural(&letters)
        dropEnding(&letters)
        dropFinalVowel(&letters)
        dropDouble(&letters)
        return String(decoding: letters, as: UTF8.self)
    }

    /// Words with digits stay whole; words of other alphabets keep the start that inflection leaves alone.
    private static func shortened(_ word: String) -> String {
        if word.utf8.contains(where: { (0x30...0x39).contains($0) }) {
            return String(word.unicodeScalars.prefix(maximumLength))
        }
        return String(word.unicodeScalars.prefix(6))
    }

    /// `anzumelden` is `anmelden`: the German particle within a verb and the ending of its participle.
    private static func dropParticle(_ letters: inout [UInt8]) {
        let prefix = separable.first { letters.starts(with: $0 + zu) }
        guard let prefix, letters.count >= prefix.count + 7 else { return }
        let verb = letters.dropFirst(prefix.count + 2)
        // `Einzugsdaten` has a `zug` in it.
        guard !verb.starts(with: "gs".utf8) else { return }
        guard let ending = verbEndings.first(where: { verb.suffix($0.count).elementsEqual($0) }) else {
            return
        }
        letters = prefix + verb.dropLast(ending.count) + Array("en".utf8)
    }

    private static func dropPlural(_ letters: inout [UInt8]) {
        guard letters.last == UInt8(ascii: "s"), letters.count > 3 else { return }
        let before = letters[letters.count - 2]
        if !"sui".utf8.contains(before) { letters.removeLast() }
    }

    private static func dropEnding(_ letters: inout [UInt8]) {
        for (ending, replacement, minimum) in endings where letters.count >= ending.count + minimum {
            guard letters.suffix(ending.count).elementsEqual(ending) else { continue }
            letters.removeLast(ending.count)
            letters += replacement
            return
        }
    }

    private static func dropFinalVowel(_ letters: inout [UInt8]) {
        guard let last = letters.last, letters.count > 3 else { return }
        switch last {
        case UInt8(ascii: "e"), UInt8(ascii: "a"), UInt8(ascii: "o"): letters.removeLast()
        case UInt8(ascii: "y"): letters[letters.count - 1] = UInt8(ascii: "i")
        default: break
        }
    }

    /// `stopped` gave `stopp`; a short word such as `fill` has its two letters by itself.
    private static func dropDouble(_ letters: inout [UInt8]) {
        guard let last = letters.last, letters.count > 3, last == letters[letters.count - 2] else { return }
        if letters.count == 4, "lsz".utf8.contains(last) { return }
        letters.removeLast()
    }

    private static let zu = Array("zu".utf8)
    private static let separable = [
        "an", "ab", "auf", "aus", "ein", "mit", "vor", "um", "nach", "bei", "her", "hin", "weg", "dar",
    ].map { Array($0.utf8) }
    private static let verbEndings = ["ende", "enden", "ender", "endem", "endes", "end", "en"].map {
        Array($0.utf8)
    }

    /// Ending, what replaces it, and how many letters must stand before it.
    private static let endings: [(ending: [UInt8], replacement: [UInt8], minimum: Int)] = [
        ("iere", "i", 4), ("ier", "i", 4), ("ee", "", 4), ("ada", "", 4), ("ado", "", 4),
        ("ability", "abl", 3), ("ibility", "ibl", 3), ("ungen", "", 4), ("ement", "", 4),
        ("ments", "ment", 3), ("ing", "", 3), ("ung", "", 4), ("edly", "", 4), ("ies", "i", 2),
        ("ie", "i", 2), ("ed", "", 3), ("ly", "", 4), ("ern", "", 4), ("en", "", 4), ("er", "", 4),
        ("em", "", 4),
    ].map { (Array($0.0.utf8), Array($0.1.utf8), $0.2) }
}
