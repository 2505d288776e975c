/// Texts from outside in a form that cannot mislead a reader.
enum PlainText {
    /// Replaces control and format characters other than the line feed, and keeps at most `limit` bytes of the end.
    static func tail(of bytes: some Collection<UInt8>, atMost limit: Int) -> String {
        clipped(String(decoding: bytes, as: UTF8.self), atMost: limit, fromEnd: true)
    }

    /// Replaces control and format characters other than the line feed, and keeps at most `limit` bytes.
    static func clipped(_ text: String, atMost limit: Int, fromEnd: Bool = false) -> String {
        let scalars = text.unicodeScalars.map { isPlain($0) ? $0 : "\u{FFFD}" }
        var kept = String.UnicodeScalarView()
        var room = limit
        for scalar in fromEnd ? Array(scalars.reversed()) : scalars {
            room -= UTF8.width(scalar)
            guard room >= 0 else { break }
            kept.append(scalar)
        }
        return fromEnd ? String(String.UnicodeScalarView(kept.reversed())) : String(kept)
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .surrogate:
            scalar == "\n"
        default: true
        }
    }
}
