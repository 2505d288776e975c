/// The tables of a Markdown document under their headings.
package struct ReadmeTables {
    /// One table.
    package struct Table {
        /// The text of the nearest heading above it, without back quotes.
        package let heading: String
        /// The cells of its head.
        package let head: [String]
        /// The cells of its rows, without back quotes around the first.
        package let rows: [[String]]
    }

    /// The tables in the order of the document.
    package let tables: [Table]
    /// The headings in the order of the document, without back quotes.
    package let headings: [String]

    /// Reads `text`; tables in code fences do not count.
    package init(_ text: String) {
        var tables: [Table] = []
        var headings: [String] = []
        var lines: [[String]] = []
        var isFenced = false
        for line: Substring in text.split(separator: "\n", omittingEmptySubsequences: false) + [""] {
            if line.hasPrefix("```") { isFenced.toggle() }
            if line.hasPrefix("|"), !isFenced {
                lines.append(Self.cells(line))
                continue
            }
            if lines.count > 2 {
                tables.append(
                    Table(heading: headings.last ?? "", head: lines[0], rows: Array(lines.dropFirst(2)))
                )
            }
            lines = []
            if line.hasPrefix("#"), !isFenced {
                headings.append(line.drop { $0 == "#" || $0 == " " }.filter { $0 != "`" })
            }
        }
        self.tables = tables
        self.headings = headings
    }

    /// The first cells of the rows of the first table under `heading`, none without such a table.
    package func names(under heading: String) -> [String] {
        tables.first { $0.heading == heading }?.rows.compactMap(\.first) ?? []
    }

    private static func cells(_ line: Substring) -> [String] {
        var cells: [String] = [""]
        var isEscaped = false
        for character in line.dropFirst() {
            if character == "|", !isEscaped {
                cells.append("")
            } else {
                cells[cells.count - 1].append(character)
            }
            isEscaped = character == "\\"
        }
        return cells.dropLast().map { cell in
            let bare = cell.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()
            let text = String(bare)
            let isQuoted = text.count > 2 && text.hasPrefix("`") && text.hasSuffix("`")
            return isQuoted ? String(text.dropFirst().dropLast()) : text
        }
    }
}
