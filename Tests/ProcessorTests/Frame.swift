import Foundation

/// The sentences that the final text may hold besides quotes.
enum Frame {
    /// Whether `item` is a known sentence with nothing in it that the material or the brief does not have.
    static func isKnown(_ item: String, in set: DocumentSet) -> Bool {
        let material = set.material
        var bare = ""
        var rest = Substring(item)
        // The preface shows the marks themselves.
        if item.hasSuffix("and [1] leads to the list of sources.") { return preface.contains(item) }
        while let open = rest.firstIndex(of: "“") {
            guard let close = closing(of: rest, after: open, in: material) else { return false }
            bare += rest[..<open] + "“”"
            rest = rest[rest.index(after: close)...]
        }
        bare += rest
        return patterns.contains { bare.wholeMatch(of: $0) != nil }
    }

    /// Where the quote that opens at `open` closes, so that what it quotes stands in `material`.
    private static func closing(
        of text: Substring,
        after open: String.Index,
        in material: String
    ) -> String.Index? {
        let start = text.index(after: open)
        return text.indices[start...].first { index in
            guard text[index] == "”" else { return false }
            let quoted = text[start..<index]
            if quoted.hasSuffix("…") { return material.contains(quoted.dropLast()) }
            return material.contains(quoted) || material.lowercased().contains(quoted)
        }
    }

    private static let preface = [
        """
        Put together from quotes. What stands between “ and ” is word for word as in the source, only line \
        breaks and the marks of quoted lines may differ; […] marks an omission, and [1] leads to the list of \
        sources.
        """
    ]

    private static var patterns: [Regex<AnyRegexOutput>] { outlines.compactMap { try? Regex($0) } }

    private static let outlines: [String] = [
        "Nothing was accepted, so there is nothing to quote\\.",
        "(Question|Topic) [0-9]+ is (not answered: (nothing that can be quoted was accepted for it|"
            + "what was accepted hardly touches it)|answered in part at most)\\."
            + "( No passage of the raw output has the words? “”(, “”)*\\.)?",
        "Each question found quotes that share most of its words\\.",
        "Whether a quote truly answers is for the reader to judge: it was chosen by its words\\.",
        "Found by comparing words, not by understanding; a person should read both\\.",
        "\\[[0-9]+\\] and \\[[0-9]+\\] both speak of “”(, “”)*, and (one denies something, the other does not|"
            + "their numbers differ)\\.( \\[[0-9]+\\] has: “”){0,2}",
        "Of [0-9]+ candidates? the review accepted [0-9]+ and rejected [0-9]+\\.",
        "accepted P[0-9]+ \\(source-[0-9]{2}\\.(md|txt), lines? [0-9-]+\\): (cited as \\[[0-9]+\\]|not needed)",
        "rejected P[0-9]+: near-duplicate of P[0-9]+ \\((nearly the same words|"
            + "[0-9]+ % of its word triples)\\)",
        "rejected P[0-9]+: off the brief: it shares too little with (question|topic) [0-9]+",
        "rejected P[0-9]+: too thin: [0-9]+ words?, nothing to check or to use",
        "rejected P[0-9]+: outranked: its question has [0-9]+ better candidates",
    ]
}
