/// Where a text stands: a file and its lines, written `source-02.md, lines 14-18`.
package struct Origin: Equatable, Sendable, CustomStringConvertible {
    /// The name of the file.
    package let file: String
    /// The first and last line, from 1; `nil` when unknown.
    package let lines: ClosedRange<Int>?

    /// The place of `lines` in `file`.
    package init(file: String, lines: ClosedRange<Int>?) {
        self.file = file
        self.lines = lines
    }

    /// As it is written in lists and reviews.
    package var description: String {
        guard let lines else { return file }
        if lines.count == 1 { return "\(file), line \(lines.lowerBound)" }
        return "\(file), lines \(lines.lowerBound)-\(lines.upperBound)"
    }

    /// Reads what `description` writes.
    ///
    /// `file:14`, `file:14-18` and a bare file name are read too; anything else is `nil`.
    package init?(_ text: some StringProtocol) {
        let whole = text.folded()
        for separator in [", lines ", ", line ", ":"] {
            let parts = whole.split(separator: separator, maxSplits: 1)
            guard parts.count == 2, let lines = Self.lines(parts[1]) else { continue }
            self.init(file: String(parts[0]), lines: lines)
            return
        }
        guard !whole.isEmpty, !whole.contains(" "), whole.contains(".") else { return nil }
        self.init(file: whole, lines: nil)
    }

    private static func lines(_ text: Substring) -> ClosedRange<Int>? {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard let first = ends.first.flatMap({ $0 }), first > 0 else { return nil }
        guard ends.count == 2 else { return ends.count == 1 ? first...first : nil }
        guard let last = ends[1], last >= first else { return nil }
        return first...last
    }
}
