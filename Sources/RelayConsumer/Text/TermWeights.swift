#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// How much each term of the material tells: rare terms more than common ones.
package struct TermWeights: Sendable {
    private let frequency: [String: Int]
    private let count: Int

    /// Counts in how many of `texts` each term stands.
    package init(texts: [[String]]) {
        var frequency: [String: Int] = [:]
        for terms in texts {
            for term in Set(terms) { frequency[term, default: 0] += 1 }
        }
        self.frequency = frequency
        count = texts.count
    }

    /// Takes the counts from elsewhere: in how many of `count` texts each term stands.
    package init(frequency: [String: Int], of count: Int) {
        self.frequency = frequency
        self.count = count
    }

    /// The weight of `term`, above 0; one that the material lacks weighs as much as its rarest.
    package func weight(of term: String) -> Double {
        let texts = Double(max(1, frequency[term] ?? 0))
        // Rounded, so that another machine's last bit of the logarithm decides nothing.
        return (log(1 + Double(max(count, 1)) / texts) * 1024).rounded() / 1024
    }

    /// Whether any text holds `term`.
    package func isKnown(_ term: String) -> Bool { frequency[term] != nil }

    /// The weight of all `terms` together.
    package func weight(of terms: some Sequence<String>) -> Double { terms.reduce(0) { $0 + weight(of: $1) } }

    /// What part of the weight of `wanted`, from 0 to 1, stands in `present`.
    package func share(of wanted: [String], in present: Set<String>) -> Double {
        let whole = weight(of: wanted)
        guard whole > 0 else { return 0 }
        return weight(of: wanted.filter(present.speaks)) / whole
    }
}

extension Set<String> {
    /// Whether the terms have `term`, or a word that a long compound begins or ends with.
    ///
    /// `Bestätigung` speaks of a `Wohnungsgeberbestätigung`.
    package func speaks(of term: String) -> Bool {
        if contains(term) { return true }
        guard term.utf8.count >= 12 else { return false }
        return contains { part in
            part.utf8.count >= 6 && (term.hasPrefix(part) || term.hasSuffix(part))
        }
    }
}
