#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Finds texts in the raw output, verbatim but for white space.
///
/// A text with `[…]` or `[...]` is backed when all its parts stand, in order, in one passage.
package struct Backing: Sendable {
    /// What was found for a text.
    package enum Verdict: Equatable, Sendable {
        /// The passage at this index of `passages` holds the text.
        case backed(Int)
        /// The named passage does not hold the text, but the one at this index does.
        case elsewhere(Int)
        /// The named passage is not in the raw output.
        case unknownID
        /// No passage holds the text.
        case absent
    }

    /// The passages of the raw output.
    package let passages: [RawPassage]

    /// The folded passages, one after the other, and a NUL.
    private let folded: [UInt8]
    private let starts: [Int]
    private let indexOfID: [String: Int]

    /// Folds all passages once; costs their size in memory again.
    package init(_ raw: RawOutput) {
        passages = raw.passages
        var folded: [UInt8] = []
        var starts: [Int] = []
        var indexOfID: [String: Int] = [:]
        for (index, passage) in raw.passages.enumerated() {
            starts.append(folded.count)
            folded += passage.text.folded().utf8
            // Loose paragraphs may be quoted across their bounds, passages not.
            folded.append(raw.isLoose ? UInt8(ascii: " ") : UInt8(ascii: "\n"))
            if indexOfID[passage.id] == nil { indexOfID[passage.id] = index }
        }
        self.folded = folded + [0]
        self.starts = starts
        self.indexOfID = indexOfID
    }

    /// The passage called `id`.
    package func passage(_ id: String) -> RawPassage? { indexOfID[id].map { passages[$0] } }

    /// Whether `text` stands in the passage called `id`, or anywhere when `id` is `nil`.
    package func verdict(on text: String, id: String?) -> Verdict {
        let parts = Self.parts(of: text)
        guard let id else { return find(parts).map { .backed($0) } ?? .absent }
        guard let index = indexOfID[id] else { return .unknownID }
        if holds(parts, range(index)) { return .backed(index) }
        return find(parts).map { .elsewhere($0) } ?? .absent
    }

    /// Where the folded text ends.
    private var end: Int { folded.count - 1 }

    private func range(_ index: Int) -> Range<Int> {
        starts[index]..<(index + 1 < starts.count ? starts[index + 1] : end)
    }

    private static func parts(of text: String) -> [[UInt8]] {
        var parts = [text.folded()]
        for omission in ["[…]", "[...]"] {
            parts = parts.flatMap { $0.split(separator: omission).map { $0.folded() } }
        }
        return parts.filter { !$0.isEmpty }.map { Array($0.utf8) }
    }

    private func find(_ parts: [[UInt8]]) -> Int? {
        guard let first = parts.first else { return nil }
        var from = 0
        while let place = place(of: first, in: from..<end) {
            let index = (starts.partitioningIndex { $0 > place }) - 1
            if parts.count == 1 || holds(parts, range(index)) { return index }
            from = range(index).upperBound
        }
        return nil
    }

    private func holds(_ parts: [[UInt8]], _ range: Range<Int>) -> Bool {
        guard !parts.isEmpty else { return false }
        var from = range.lowerBound
        for part in parts {
            guard let place = place(of: part, in: from..<range.upperBound) else { return false }
            from = place + part.count
        }
        return true
    }

    /// Where `part` begins in `range`; `strstr` is quick, and what was folded holds no NUL.
    private func place(of part: [UInt8], in range: Range<Int>) -> Int? {
        guard !range.isEmpty, part.count <= range.count else { return nil }
        let isWhole = range.upperBound == end
        let text = isWhole ? [] : Array(folded[range]) + [0]
        return (isWhole ? folded : text).withUnsafeBytes { haystack in
            (part + [0]).withUnsafeBytes { needle -> Int? in
                let start = isWhole ? range.lowerBound : 0
                guard let base = haystack.baseAddress?.advanced(by: start) else { return nil }
                guard let sought = needle.baseAddress else { return nil }
                let characters = base.assumingMemoryBound(to: CChar.self)
                guard let found = strstr(characters, sought.assumingMemoryBound(to: CChar.self)) else {
                    return nil
                }
                return range.lowerBound + (UnsafeRawPointer(found) - base)
            }
        }
    }
}

extension [Int] {
    /// The index of the first element of the sorted array for which `isAfter` holds, or the count.
    fileprivate func partitioningIndex(where isAfter: (Int) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isAfter(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
