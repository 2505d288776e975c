/// The near miss a person probably meant.
package enum Suggestion {
    /// The candidate nearest to `text` by edit distance without regard to case; `nil` when all are far off.
    ///
    /// Near is: at most a third of the longer text's length apart. Of equally near ones the first wins.
    package static func nearest(to text: String, among candidates: [String]) -> String? {
        let wanted = Array(text.lowercased().utf8.prefix(128))
        var best: (candidate: String, distance: Int)?
        for candidate in candidates {
            let other = Array(candidate.lowercased().utf8.prefix(128))
            let distance = editDistance(wanted, other)
            guard distance * 3 <= max(wanted.count, other.count), distance < best?.distance ?? .max else {
                continue
            }
            best = (candidate, distance)
        }
        return best?.candidate
    }

    /// Levenshtein's distance: insertions, deletions and replacements of single bytes.
    static func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        guard !left.isEmpty, !right.isEmpty else { return max(left.count, right.count) }
        var row = Array(0...right.count)
        for (index, byte) in left.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in 1...right.count {
                let replaced = diagonal + (byte == right[column - 1] ? 0 : 1)
                diagonal = row[column]
                row[column] = min(replaced, row[column] + 1, row[column - 1] + 1)
            }
        }
        return row[right.count]
    }
}
