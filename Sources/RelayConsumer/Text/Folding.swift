extension StringProtocol {
    /// The text with every run of white space as one space, none at the ends, and without hidden controls.
    ///
    /// A line break between two Chinese or Japanese characters is no space.
    /// Two texts that fold alike are called the same verbatim text everywhere in the processors.
    package func folded() -> String {
        var folded = String.UnicodeScalarView()
        var spaceIsDue = false
        var isBroken = false
        for scalar in unicodeScalars {
            if scalar.isSpace {
                spaceIsDue = true
                if scalar.value == 0x0A { isBroken = true }
            } else if !scalar.isHidden {
                let isJoined = isBroken && scalar.isWide && folded.last?.isWide ?? false
                if spaceIsDue, !folded.isEmpty, !isJoined { folded.append(" ") }
                (spaceIsDue, isBroken) = (false, false)
                folded.append(scalar)
            }
        }
        return String(folded)
    }

    /// The text without hidden controls; white space stays as it is.
    package func withoutHiddenControls() -> String {
        var shown = String.UnicodeScalarView()
        for scalar in unicodeScalars where !scalar.isHidden { shown.append(scalar) }
        return String(shown)
    }

    /// The folded text, cut after at most `limit` characters at a space where there is one, with `…`.
    package func excerpt(_ limit: Int) -> String {
        let whole = folded()
        guard whole.count > limit else { return whole }
        let cut = whole.prefix(limit)
        let atSpace = cut.lastIndex(of: " ").map { cut[..<$0] } ?? cut
        return (atSpace.count * 2 > limit ? atSpace : cut) + "…"
    }
}

/// Latin letters with marks and the plain letters they are looked up by.
enum Diacritics {
    private static let plain: [Unicode.Scalar: String] = {
        let groups: [(letters: String, plain: String)] = [
            ("àáâãäåāăą", "a"), ("çćĉċč", "c"), ("ďđð", "d"), ("èéêëēĕėęě", "e"), ("ĝğġģ", "g"),
            ("ĥħ", "h"), ("ìíîïĩīĭįı", "i"), ("ĵ", "j"), ("ķ", "k"), ("ĺļľŀł", "l"), ("ñńņňŉ", "n"),
            ("òóôõöøōŏő", "o"), ("ŕŗř", "r"), ("śŝşšș", "s"), ("ţťŧț", "t"), ("ùúûüũūŭůűų", "u"),
            ("ŵ", "w"), ("ýÿŷ", "y"), ("źżž", "z"), ("ß", "ss"), ("æ", "ae"), ("œ", "oe"), ("þ", "th"),
        ]
        var table: [Unicode.Scalar: String] = [:]
        for group in groups {
            for letter in group.letters.unicodeScalars { table[letter] = group.plain }
        }
        return table
    }()

    /// What stands for the lower-case `scalar` in a term; `nil` when it stands for itself.
    static func plainForm(of scalar: Unicode.Scalar) -> String? {
        if (0x300...0x36F).contains(scalar.value) { return "" }
        return scalar.value < 0x250 ? plain[scalar] : nil
    }
}
