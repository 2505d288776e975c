extension UnixMilliseconds {
    /// Reads the form in which HTTP's `Date` is sent, `Fri, 20 Nov 2026 09:33:48 GMT` (RFC 9110, section 5.6.7); the two
    /// obsolete forms, and what is no date, fail.
    package init?(httpDate text: String) {
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard words.count == 6, words[0].utf8.last == UInt8(ascii: ","), words[5] == "GMT",
            let month = months.firstIndex(of: String(words[2]))
        else { return nil }
        let number = (month < 9 ? "0" : "") + String(month + 1)
        self.init(rfc3339: "\(words[3])-\(number)-\(words[1])T\(words[4]).000Z")
    }
}
