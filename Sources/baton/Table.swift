import RelayWire

/// Columns of text.
enum Table {
    /// The rows with their columns one below the other; the last one is as wide as it is.
    static func lines(_ rows: [[String]]) -> [String] {
        let count = rows.map(\.count).max() ?? 0
        let widths = (0..<count).map { column in
            rows.map { $0.count > column ? $0[column].count : 0 }.max() ?? 0
        }
        return rows.map { row in
            let cells = row.enumerated().map { column, cell in
                column == row.count - 1
                    ? cell : cell + String(repeating: " ", count: widths[column] - cell.count)
            }
            return cells.joined(separator: "  ")
        }
    }

    /// A value in one line: progress by its state, reasons by code and text, what comes next by what and when.
    static func cell(_ json: JSON?) -> String {
        switch json {
        case nil, .null: return "-"
        case .string(let text): return oneLine(text)
        case .integer(let number): return String(number)
        case .bool(let value): return value ? "yes" : "no"
        case .array(let elements): return elements.map { cell($0) }.joined(separator: ", ")
        case .object(let members):
            let known = ["state", "code", "text", "what", "at"].compactMap { json?[$0] }.map { cell($0) }
            return known.isEmpty ? oneLine(JSON.object(members).text) : known.joined(separator: ": ")
        }
    }

    /// Without line ends and other control characters, which could forge a line of the table.
    static func oneLine(_ text: String) -> String {
        String(
            text.map {
                $0.isNewline || $0.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F } ? " " : $0
            }
        )
    }
}
