/// The line that names a passage: `[P12] source-02.md, lines 14-18; rank 1; under Backups`.
struct EntryHead: Equatable {
    var id: String?
    var origin: Origin?
    var rank: Int?
    var also: [QuotedEntry.Mention] = []
    var context = ""
    /// What is left when the id is taken off, for an item whose text stands on its own line.
    var rest: Substring

    /// More mentions of questions are not read.
    private static let mostMentions = 64

    /// Reads `line`; fields it does not know are left in `rest` only.
    init(_ line: Substring) {
        rest = line
        takeLeadingID()
        var fields = rest
        if let under = rest.ranges(of: "under ").first(where: { rest[..<$0.lowerBound].endsField }) {
            context = rest[under.upperBound...].excerpt(160)
            fields = rest[..<under.lowerBound]
        }
        for field in fields.split(separator: ";") { take(field.trimmed()) }
        takeTrailingID()
    }

    /// Whether the line holds nothing but the id and fields, so that the text must stand elsewhere.
    var isOnlyFields: Bool { rest.trimmed().isEmpty || origin != nil || rank != nil }

    private mutating func take(_ field: Substring) {
        if field.hasPrefix("rank ") {
            rank = Int(field.dropFirst(5)).flatMap { $0 > 0 ? $0 : nil }
        } else if field.hasPrefix("also question ") {
            let numbers = field.split { !($0.isASCII && $0.isNumber) }.compactMap { Int($0) }
            guard let question = numbers.first, question > 0, also.count < Self.mostMentions else { return }
            also.append(.init(question: question, rank: numbers.dropFirst().first ?? 1))
        } else if origin == nil {
            origin = field.utf8.count <= 200 ? Origin(field) : nil
        }
    }

    private mutating func takeLeadingID() {
        let line = rest.trimmed()
        rest = line
        if line.first == "[", let close = line.firstIndex(of: "]") {
            let label = line[line.index(after: line.startIndex)..<close].trimmed()
            guard Self.isID(label) || label.isEmpty || label == "x" || label == "X" else { return }
            if Self.isID(label) { id = String(label) }
            rest = line[line.index(after: close)...].trimmed()
        } else if let colon = line.firstIndex(of: ":"), Self.isID(line[..<colon]) {
            id = String(line[..<colon])
            rest = line[line.index(after: colon)...].trimmed()
        }
    }

    private mutating func takeTrailingID() {
        guard id == nil, let last = rest.last, last == "]" || last == ")" else { return }
        guard let open = rest.lastIndex(of: last == "]" ? "[" : "(") else { return }
        let label = rest[rest.index(after: open)...].dropLast()
        guard Self.isID(label) else { return }
        id = String(label)
        rest = rest[..<open].trimmed()
    }

    /// One to four ASCII letters and one to nine digits, as `P12`.
    private static func isID(_ label: Substring) -> Bool {
        let letters = label.utf8.prefix { (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) }
        let digits = label.utf8.dropFirst(letters.count)
        return (1...4).contains(letters.count) && (1...9).contains(digits.count)
            && digits.allSatisfy { (0x30...0x39).contains($0) }
    }
}

extension Substring {
    /// The text without white space at its ends.
    func trimmed() -> Substring {
        guard let first = unicodeScalars.firstIndex(where: { !$0.isSpace }) else { return "" }
        let last = unicodeScalars.lastIndex { !$0.isSpace } ?? first
        return self[first..<unicodeScalars.index(after: last)]
    }

    /// Whether a field of an entry's head may begin after the text.
    fileprivate var endsField: Bool {
        let before = trimmed()
        return before.isEmpty || before.last == ";"
    }
}
