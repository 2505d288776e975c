/// Text that others wrote, in one line that cannot mislead a reader or a terminal.
package enum ShownText {
    /// Replaces control, format and other invisible characters by U+FFFD, and keeps at most `limit` bytes.
    ///
    /// What is cut off is told by an ellipsis, which counts.
    package static func line(_ text: String, atMost limit: Int) -> String {
        var kept = String.UnicodeScalarView()
        var count = 0
        for scalar in text.unicodeScalars {
            let plain = isPlain(scalar) ? scalar : "\u{FFFD}"
            count += UTF8.width(plain)
            guard count <= limit else { return shortened(kept, to: limit) }
            kept.append(plain)
        }
        return String(kept)
    }

    private static func shortened(_ kept: String.UnicodeScalarView, to limit: Int) -> String {
        var kept = kept
        while kept.reduce(0, { $0 + UTF8.width($1) }) > max(0, limit - 3), !kept.isEmpty { kept.removeLast() }
        return String(kept) + "\u{2026}"
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .surrogate:
            false
        default: true
        }
    }
}
