import Foundation

/// The final text as a reader sees it: its answers, its quotes, its lists.
///
/// Read by its layout alone, independent of the code under test. What is found nowhere else ends up in
/// `strays`.
struct FinalReading {
    /// What stands under a question.
    struct Answer {
        let number: Int
        let question: String
        /// The quoted pieces, white space folded, each with its citation.
        var quotes: [(text: String, citation: Int)] = []
        /// The lines shown as they stand in the source, each with its citation.
        var lines: [(text: String, citation: Int)] = []
        /// The citations of earlier answers that it points to.
        var seeAlso: [Int] = []
        /// Whether it says itself that it does not answer.
        var saysNo = false
    }

    /// An entry of the list of sources.
    struct Source {
        let number: Int
        let file: String
        let lines: ClosedRange<Int>
        let passage: String
    }

    private(set) var title = ""
    private(set) var preface = ""
    private(set) var answers: [Answer] = []
    /// The items of each section after the answers, by its heading.
    private(set) var sections: [String: [String]] = [:]
    /// The headings of the sections, in their order.
    private(set) var headings: [String] = []
    private(set) var sources: [Source] = []
    /// What is no part of the layout.
    private(set) var strays: [String] = []

    init(_ text: String) {
        var citation = 0
        for paragraph in text.components(separatedBy: "\n\n") {
            let lines = paragraph.split(separator: "\n").map(String.init)
            if title.isEmpty, lines.last?.allSatisfy({ $0 == "=" }) ?? false {
                title = fold(lines.dropLast().joined(separator: " "))
            } else if lines.count >= 2, lines[1].allSatisfy({ $0 == "-" }) {
                headings.append(lines[0])
                take(Array(lines.dropFirst(2)), under: lines[0])
            } else if let heading = headings.last {
                take(lines, under: heading)
            } else if preface.isEmpty {
                preface = fold(paragraph)
            } else {
                takeAnswer(lines, &citation)
            }
        }
        for entry in sections["Sources"] ?? [] where entry != "None is cited." {
            if let source = Self.source(entry) { sources.append(source) } else { strays.append(entry) }
        }
    }

    /// Every quoted piece of the answers.
    var quotes: [(text: String, citation: Int)] { answers.flatMap(\.quotes) }

    /// The answer to the question with that number, with what it points to, as one text.
    func answer(_ number: Int) -> String {
        guard let answer = answers.first(where: { $0.number == number }) else { return "" }
        let own = (answer.quotes + answer.lines).map(\.text)
        let earlier = answers.filter { $0.number < number }.flatMap { $0.quotes + $0.lines }
        return (own + earlier.filter { answer.seeAlso.contains($0.citation) }.map(\.text))
            .joined(separator: "\n")
    }

    /// What is said of the question in the section on what is not answered.
    func remark(_ number: Int) -> String {
        sections["What the material does not answer"]?.first { item in
            ["Question", "Topic"].contains { item.hasPrefix("\($0) \(number) is ") }
        } ?? ""
    }

    private mutating func takeAnswer(_ lines: [String], _ citation: inout Int) {
        let folded = fold(lines.joined(separator: " "))
        if let match = folded.wholeMatch(of: /([0-9]+)\. (.+)/), !lines[0].hasPrefix(" ") {
            answers.append(Answer(number: Int(match.1) ?? 0, question: String(match.2)))
        } else if lines.allSatisfy({ $0.hasPrefix("   >") }), let last = answers.indices.last {
            answers[last].lines += lines.map { (fold(String($0.dropFirst(4))), citation) }
        } else if let match = folded.wholeMatch(of: /“(.+)” \[([0-9]+)\]/), let last = answers.indices.last {
            let number = Int(match.2) ?? 0
            answers[last].quotes += match.1.components(separatedBy: " […] ").map { ($0, number) }
        } else if let match = folded.wholeMatch(of: /As given in \[([0-9]+)\]:/) {
            citation = Int(match.1) ?? 0
        } else if folded.wholeMatch(of: /See also \[[0-9]+\](?:, \[[0-9]+\])*\./) != nil,
            let last = answers.indices.last
        {
            answers[last].seeAlso += folded.matches(of: /\[([0-9]+)\]/).compactMap { Int($0.1) }
        } else if ["Not answered; nearest to it is:", "The material has no answer."].contains(folded),
            let last = answers.indices.last
        {
            answers[last].saysNo = true
        } else {
            strays.append(folded)
        }
    }

    /// Items begin with a mark; lines that are indented go on with one.
    private mutating func take(_ lines: [String], under heading: String) {
        for line in lines where !line.isEmpty {
            let isNew = !line.hasPrefix(" ") && (line.hasPrefix("- ") || line.hasPrefix("["))
            let text = fold(line.hasPrefix("- ") ? String(line.dropFirst(2)) : line)
            if isNew || sections[heading, default: []].isEmpty {
                sections[heading, default: []].append(text)
            } else {
                let last = (sections[heading]?.count ?? 1) - 1
                sections[heading]?[last] += " " + text
            }
        }
    }

    private static func source(_ entry: String) -> Source? {
        let layout = /\[([0-9]+)\] ([^,]+), lines? ([0-9]+)(?:-([0-9]+))?, passage (P[0-9]+)(?:, under “.+”)?/
        guard let match = entry.wholeMatch(of: layout) else { return nil }
        guard let number = Int(match.1), let first = Int(match.3) else { return nil }
        let last = match.4.flatMap { Int($0) } ?? first
        guard first <= last else { return nil }
        return Source(number: number, file: String(match.2), lines: first...last, passage: String(match.5))
    }
}
