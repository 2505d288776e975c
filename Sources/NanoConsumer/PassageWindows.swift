import RelayConsumer

/// Cuts what is too long for one passage into windows.
enum PassageWindows {
    /// Blocks up to so many bytes stay whole.
    private static let longest = 1000
    /// Windows of longer ones are filled up to so many bytes.
    private static let filled = 700

    /// The windows of the block at `range`, in order, between sentences or between lines where possible.
    ///
    /// None is longer than 1000 bytes. White space between windows belongs to none.
    static func windows(of range: Range<Int>, in bytes: [UInt8], atSentences: Bool) -> [Range<Int>] {
        guard range.count > longest else { return [range] }
        let units = atSentences ? sentences(range, bytes) : lines(range, bytes)
        var windows: [Range<Int>] = []
        var current: Range<Int>?
        for unit in units.flatMap({ pieces(of: $0, bytes) }) {
            if let open = current, unit.upperBound - open.lowerBound <= filled {
                current = open.lowerBound..<unit.upperBound
            } else {
                if let open = current { windows.append(open) }
                current = unit
            }
        }
        if let open = current { windows.append(open) }
        return windows
    }

    private static func sentences(_ range: Range<Int>, _ bytes: [UInt8]) -> [Range<Int>] {
        let text = String(decoding: bytes[range], as: UTF8.self)
        return Sentences.ranges(in: text).map { sentence in
            let start = text.utf8.distance(from: text.startIndex, to: sentence.lowerBound)
            let end = text.utf8.distance(from: text.startIndex, to: sentence.upperBound)
            return (range.lowerBound + start)..<(range.lowerBound + end)
        }
    }

    private static func lines(_ range: Range<Int>, _ bytes: [UInt8]) -> [Range<Int>] {
        bytes[range].split(separator: UInt8(ascii: "\n")).map { $0.startIndex..<$0.endIndex }
    }

    /// Cuts `unit` at spaces, or between characters when there is none, into pieces that fit.
    private static func pieces(of unit: Range<Int>, _ bytes: [UInt8]) -> [Range<Int>] {
        var pieces: [Range<Int>] = []
        var rest = unit
        while rest.count > longest {
            let window = rest.lowerBound..<(rest.lowerBound + filled)
            var cut = bytes[window].lastIndex(of: 0x20) ?? window.upperBound
            if cut <= window.lowerBound + filled / 2 { cut = window.upperBound }
            // Not within a character: continuation bytes stay with their first one.
            while cut > rest.lowerBound + 1, bytes[cut] & 0xC0 == 0x80 { cut -= 1 }
            pieces.append(rest.lowerBound..<cut)
            rest = cut..<rest.upperBound
        }
        return pieces + [rest]
    }
}
