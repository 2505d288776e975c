/// The terms of a text: what passages are ranked by, compared by and found by.
///
/// A term is a lower-case word without diacritics and without common endings; stop words and single letters
/// are left out, but options such as `-a` are terms.
/// Scripts without spaces between words give every two neighbouring characters as a term, since neither
/// SQLite's `unicode61` nor a dictionary-free splitter finds words there.
package enum Words {
    /// The terms of `text`, in order and with repeats.
    package static func terms(in text: some StringProtocol) -> [String] {
        var scanner = TermScanner()
        for scalar in text.unicodeScalars { scanner.take(scalar) }
        return scanner.finish()
    }

    /// The different terms of `text`, in the order of their first appearance.
    package static func distinctTerms(in text: some StringProtocol) -> [String] {
        var seen: Set<String> = []
        return terms(in: text).filter { seen.insert($0).inserted }
    }

    /// The words of `text` as they stand there, each with its term; stop words are left out.
    package static func surfaces(in text: some StringProtocol) -> [(word: String, term: String)] {
        text.unicodeScalars.split { !$0.isWordPart }.flatMap { run -> [(word: String, term: String)] in
            let text = String(String.UnicodeScalarView(run))
            let terms = terms(in: text)
            if run.contains(where: \.isUnspaced) { return terms.map { ($0, $0) } }
            return terms.first.map { [(text, $0)] } ?? []
        }
    }

    /// How long `text` is in words; two characters of a script without spaces count as one word.
    package static func count(in text: some StringProtocol) -> Int {
        var words = 0
        var unspaced = 0
        var inWord = false
        for scalar in text.unicodeScalars {
            if scalar.isUnspaced {
                unspaced += 1
                inWord = false
            } else {
                let isPart = scalar.isWordPart
                if isPart, !inWord { words += 1 }
                inWord = isPart
            }
        }
        return words + unspaced / 2
    }
}

/// Cuts a stream of scalars into terms.
private struct TermScanner {
    private var terms: [String] = []
    private var word = ""
    private var run: [Unicode.Scalar] = []
    /// Whether a hyphen opens the word, as in the option `-a`.
    private var isOption = false
    private var last = Unicode.Scalar(0x20 as UInt8)

    mutating func take(_ scalar: Unicode.Scalar) {
        let value = scalar.value
        defer { last = scalar }
        if value < 0x80 {
            endRun()
            if (0x61...0x7A).contains(value) || (0x30...0x39).contains(value) {
                word.unicodeScalars.append(scalar)
            } else if (0x41...0x5A).contains(value) {
                word.unicodeScalars.append(Unicode.Scalar(UInt8(value + 0x20)))
            } else {
                endWord()
                isOption = value == 0x2D && (last.isSpace || last == "`" || last == "(")
            }
        } else if scalar.isUnspaced {
            endWord()
            run.append(scalar)
        } else if scalar.isWordPart {
            endRun()
            takeLetter(scalar)
        } else {
            endWord()
            endRun()
        }
    }

    mutating func finish() -> [String] {
        endWord()
        endRun()
        return terms
    }

    private mutating func takeLetter(_ scalar: Unicode.Scalar) {
        for lower in scalar.properties.lowercaseMapping.unicodeScalars {
            if let plain = Diacritics.plainForm(of: lower) {
                word += plain
            } else {
                word.unicodeScalars.append(lower)
            }
        }
    }

    private mutating func endWord() {
        guard !word.isEmpty else { return }
        defer { word.removeAll(keepingCapacity: true) }
        if word.utf8.count == 1, let byte = word.utf8.first, byte >= 0x61 {
            if isOption { terms.append("-\(word)") }
            return
        }
        if StopWords.all.contains(word) { return }
        terms.append(Stem.stem(of: word))
    }

    private mutating func endRun() {
        guard let first = run.first else { return }
        defer { run.removeAll(keepingCapacity: true) }
        guard run.count > 1 else {
            if !first.isHiragana { terms.append(String(first)) }
            return
        }
        for (left, right) in zip(run, run.dropFirst()) where !(left.isHiragana && right.isHiragana) {
            var pair = String(left)
            pair.unicodeScalars.append(right)
            if !StopWords.all.contains(pair) { terms.append(pair) }
        }
    }
}
