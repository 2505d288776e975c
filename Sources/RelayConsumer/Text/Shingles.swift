/// The word triples of a text, by which near-duplicates are found.
///
/// Equal triples have equal hashes on every machine (FNV-1a), so results do not depend on the run.
package struct Shingles: Equatable, Sendable {
    /// The hashes of the different triples, ascending.
    package let hashes: [UInt64]

    /// Cuts the terms of a text, in order, into overlapping triples; fewer than three make one.
    package init(of terms: [String]) {
        guard !terms.isEmpty else {
            hashes = []
            return
        }
        let count = max(1, terms.count - 2)
        let all = (0..<count).map { Self.hash(terms[$0..<min($0 + 3, terms.count)]) }
        hashes = Set(all).sorted()
    }

    /// What share of the smaller set's triples the other has too, from 0 to 1.
    package func overlap(with other: Shingles) -> Double {
        let smaller = min(hashes.count, other.hashes.count)
        guard smaller > 0 else { return 0 }
        return Double(common(with: other)) / Double(smaller)
    }

    /// What share of these triples the other has too, from 0 to 1.
    package func share(in other: Shingles) -> Double {
        hashes.isEmpty ? 0 : Double(common(with: other)) / Double(hashes.count)
    }

    private func common(with other: Shingles) -> Int {
        var (left, right, common) = (0, 0, 0)
        while left < hashes.count, right < other.hashes.count {
            if hashes[left] == other.hashes[right] {
                common += 1
                left += 1
                right += 1
            } else if hashes[left] < other.hashes[right] {
                left += 1
            } else {
                right += 1
            }
        }
        return common
    }

    private static func hash(_ terms: ArraySlice<String>) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for term in terms {
            for byte in term.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
            hash = (hash ^ 0x20) &* 0x100_0000_01B3
        }
        return hash
    }
}
