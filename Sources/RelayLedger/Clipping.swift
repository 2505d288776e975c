import RelayCore
import RelayWire

/// What is told for people is cut to what its readers take, so that no row or event is ever unreadable.
extension Reason {
    /// The reason with a text of at most 4,096 bytes, the limit of `Reason.init(from:)`.
    var clipped: Reason { Reason(code: code, text: text.clipped, expected: expected) }
}

extension String {
    /// At most 4,096 bytes of UTF-8, the limit of texts on the wire; what is longer ends with an ellipsis.
    var clipped: String {
        let limit = 4096
        guard utf8.count > limit else { return self }
        let ending = "\u{2026}"
        var end = utf8.index(utf8.startIndex, offsetBy: limit - ending.utf8.count)
        while String.Index(end, within: unicodeScalars) == nil { end = utf8.index(before: end) }
        return String(self[..<end]) + ending
    }
}
