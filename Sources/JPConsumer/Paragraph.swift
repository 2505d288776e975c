/// Plain text in lines of bearable width.
enum Paragraph {
    /// The width that lines are filled up to, in characters.
    static let width = 100

    /// Fills `words` into lines, the first after `lead`, the others indented as deep.
    ///
    /// Lines break at spaces only, so that every quote can still be found by a search; what has no spaces
    /// makes a longer line.
    static func filled(_ text: String, lead: String = "") -> String {
        let indent = String(repeating: " ", count: lead.count)
        var lines: [String] = []
        var line = lead
        var isEmpty = true
        for word in text.split(separator: " ") {
            if isEmpty {
                line += word
            } else if line.count + 1 + word.count <= width {
                line += " " + word
            } else {
                lines.append(line)
                line = indent + word
            }
            isEmpty = false
        }
        lines.append(line)
        return lines.joined(separator: "\n") + "\n"
    }

    /// `text` and a line of `mark` below it.
    static func heading(_ text: String, _ mark: Character) -> String {
        let width = min(max(text.count, 3), Self.width)
        return filled(text) + String(repeating: mark, count: width) + "\n"
    }
}
