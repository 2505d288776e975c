/// The pattern of a numbered family of file names, such as `source-[0-9]{2}[.](md|txt)`.
///
/// A subset of POSIX extended regular expressions that matches a whole name and has a longest match:
/// literals `A-Z a-z 0-9 _ -`, sets `[0-9a-f.]` with a hyphen first or last, groups of literals `(md|txt)`, and
/// the counts `{n}` and `{n,m}` behind any of them. `.`, `*`, `+`, `^` and `$` are refused, as their meaning
/// would surprise in a file name.
package struct NamePattern: Hashable, Sendable, CustomStringConvertible {
    /// The pattern as it was written.
    package let text: String
    let pieces: [Piece]

    /// What one byte, or one word, of a name may be.
    enum Atom: Hashable, Sendable {
        case set(Set<UInt8>)
        case alternatives([[UInt8]])

        var longest: Int {
            switch self {
            case .set: 1
            case .alternatives(let words): words.map(\.count).max() ?? 0
            }
        }
    }

    /// An atom and how often it may come.
    struct Piece: Hashable, Sendable {
        let atom: Atom
        let counts: ClosedRange<Int>
    }

    /// Fails when the text is not in the subset, or can match more than an attachment name's 128 bytes.
    package init?(_ text: String) {
        var parser = Parser(bytes: Array(text.utf8))
        guard let pieces = parser.pieces(), !pieces.isEmpty else { return nil }
        self.text = text
        self.pieces = pieces
        guard longestMatch <= 128 else { return nil }
    }

    package var description: String { text }

    /// The length in bytes of the longest name that matches.
    package var longestMatch: Int { pieces.reduce(0) { $0 + $1.atom.longest * $1.counts.upperBound } }

    /// Whether the whole of `name` is in the family.
    package func matches(_ name: AttachmentName) -> Bool {
        var ends: Set<Int> = [0]
        let bytes = Array(name.rawValue.utf8)
        for piece in pieces {
            var reached: Set<Int> = piece.counts.lowerBound == 0 ? ends : []
            for count in 1...max(1, piece.counts.upperBound) where piece.counts.upperBound > 0 {
                ends = Set(ends.flatMap { Self.ends(of: piece.atom, in: bytes, from: $0) })
                if ends.isEmpty { break }
                if piece.counts.contains(count) { reached.formUnion(ends) }
            }
            ends = reached
        }
        return ends.contains(bytes.count)
    }

    private static func ends(of atom: Atom, in bytes: [UInt8], from start: Int) -> [Int] {
        switch atom {
        case .set(let set): start < bytes.count && set.contains(bytes[start]) ? [start + 1] : []
        case .alternatives(let words):
            words.filter { bytes[start...].starts(with: $0) }.map { start + $0.count }
        }
    }

    /// Reads the subset; every function gives `nil` for what is outside it.
    private struct Parser {
        let bytes: [UInt8]
        var position = 0

        mutating func pieces() -> [Piece]? {
            var pieces: [Piece] = []
            while position < bytes.count {
                guard let atom = atom(), let counts = counts() else { return nil }
                pieces.append(Piece(atom: atom, counts: counts))
            }
            return pieces
        }

        private mutating func atom() -> Atom? {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "["): return set()
            case UInt8(ascii: "("): return alternatives()
            default: return Self.isLiteral(byte) ? .set([byte]) : nil
            }
        }

        private mutating func set() -> Atom? {
            guard let end = bytes[position...].firstIndex(of: UInt8(ascii: "]")), end > position else {
                return nil
            }
            let hyphen = UInt8(ascii: "-")
            let start = position
            var members: Set<UInt8> = []
            while position < end {
                let low = bytes[position]
                let isRange = position + 2 < end && bytes[position + 1] == hyphen
                let high = isRange ? bytes[position + 2] : low
                guard Self.isLiteral(low) || low == UInt8(ascii: "."), low <= high,
                    !isRange || Self.isLiteral(high)
                else { return nil }
                // POSIX leaves open what a hyphen means but as the first or the last of a set.
                let isEnd = position == start || position == end - 1
                guard low != hyphen || (isEnd && !isRange), !isRange || high != hyphen else { return nil }
                members.formUnion(low...high)
                position += isRange ? 3 : 1
            }
            position = end + 1
            return .set(members)
        }

        private mutating func alternatives() -> Atom? {
            guard let end = bytes[position...].firstIndex(of: UInt8(ascii: ")")) else { return nil }
            let words = bytes[position..<end].split(
                separator: UInt8(ascii: "|"),
                omittingEmptySubsequences: false
            )
            position = end + 1
            guard words.allSatisfy({ !$0.isEmpty && $0.allSatisfy(Self.isLiteral) }) else { return nil }
            return .alternatives(words.map(Array.init))
        }

        private mutating func counts() -> ClosedRange<Int>? {
            guard position < bytes.count, bytes[position] == UInt8(ascii: "{") else { return 1...1 }
            guard let end = bytes[position...].firstIndex(of: UInt8(ascii: "}")) else { return nil }
            let numbers = bytes[(position + 1)..<end].split(
                separator: UInt8(ascii: ","),
                omittingEmptySubsequences: false
            )
            position = end + 1
            let values = numbers.compactMap { digits -> Int? in
                guard (1...3).contains(digits.count), digits.allSatisfy(ByteRules.isDigit) else { return nil }
                return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
            }
            guard values.count == numbers.count, let low = values.first, let high = values.last,
                values.count <= 2,
                low <= high, (1...128).contains(high)
            else { return nil }
            return low...high
        }

        private static func isLiteral(_ byte: UInt8) -> Bool {
            ByteRules.isAlphanumeric(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
        }
    }
}
