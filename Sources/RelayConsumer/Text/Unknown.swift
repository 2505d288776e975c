extension Words {
    /// The words of `text` that nothing of the material covers, each with its terms, in order.
    ///
    /// In a script without spaces a pair of characters may stand across two words, so that a lack of it tells
    /// nothing; there a word is unknown when none of its characters stands in a known pair.
    package static func unknown(
        in text: some StringProtocol,
        isKnown: (String) -> Bool
    ) -> [(word: String, terms: [String])] {
        var seen: Set<String> = []
        return text.unicodeScalars.split { !$0.isWordPart }.flatMap {
            run -> [(word: String, terms: [String])] in
            let text = String(String.UnicodeScalarView(run))
            guard run.contains(where: \.isUnspaced) else {
                let terms = terms(in: text)
                return terms.isEmpty || terms.contains(where: isKnown) ? [] : [(text, terms)]
            }
            return uncovered(Array(run), isKnown: isKnown).map { ($0, self.terms(in: $0)) }
        }.filter { !$0.terms.isEmpty && seen.insert($0.terms[0]).inserted }
    }

    /// The stretches of at least two characters of `run` that no known pair has; endings belong to none.
    private static func uncovered(_ run: [Unicode.Scalar], isKnown: (String) -> Bool) -> [String] {
        var isCovered = run.map { $0.isHiragana || !$0.isUnspaced }
        for index in run.indices.dropLast() {
            var pair = String(run[index])
            pair.unicodeScalars.append(run[index + 1])
            guard isKnown(pair) || StopWords.all.contains(pair) else { continue }
            isCovered[index] = true
            isCovered[index + 1] = true
        }
        let stretches = run.indices.split { isCovered[$0] }.filter { $0.count >= 2 }
        return stretches.map { String(String.UnicodeScalarView(run[$0.startIndex..<$0.endIndex])) }
    }
}
