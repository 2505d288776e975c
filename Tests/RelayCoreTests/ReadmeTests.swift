import RelayCore
import TestSupport
import Testing

/// What README says of states is what the table of states says.
@Suite struct ReadmeTests {
    private struct Arrow: Hashable {
        let from: String
        let to: String
        let event: String
    }

    @Test func theDiagramOfStatesIsTheTableOfStates() throws {
        let text = try Files.readText(repositoryRoot + "/README.md")
        let drawn = Set(text.split(separator: "\n").compactMap { Self.arrow(in: String($0)) })
        var table: Set<Arrow> = []
        for state in TaskState.allCases {
            for event in TaskEvent.allCases {
                guard let next = state.next(after: event) else { continue }
                table.insert(Arrow(from: state.rawValue, to: next.rawValue, event: event.rawValue))
            }
        }
        #expect(drawn == table)
    }

    @Test func everyStateIsExplained() throws {
        let text = try Files.readText(repositoryRoot + "/README.md")
        let rows = text.split(separator: "\n").filter { $0.hasPrefix("| `") }
        for state in TaskState.allCases {
            #expect(rows.contains { $0.split(separator: "|")[0].contains("`\(state.rawValue)`") }, "\(state)")
        }
    }

    /// `a --> b: e` of the diagram; the beginning and the ends have no event.
    private static func arrow(in line: String) -> Arrow? {
        let words = line.split(separator: " ")
        guard words.count == 4, words[1] == "-->", words[2].hasSuffix(":") else { return nil }
        return Arrow(from: String(words[0]), to: String(words[2].dropLast()), event: String(words[3]))
    }
}
