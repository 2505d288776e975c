import Foundation

/// A brief and its sources from the folder `Documents`, and what a person who read them expects.
struct DocumentSet: CustomStringConvertible, Sendable {
    /// Its folder.
    let name: String
    /// How many questions the brief asks.
    let questionCount: Int
    /// Facts that must stand under a question, white space folded.
    var facts: [(question: Int, fact: String)] = []
    /// Questions that must be named as not answered, or as answered in part at most.
    var unanswered: [Int] = []
    /// What no answer may quote.
    var absent: [String] = []
    /// What must stand side by side as a possible contradiction.
    var contrasts: [String] = []
    /// The text of the brief.
    let brief: String
    /// The texts of the sources by their names.
    let sources: [String: String]

    var description: String { name }

    /// Where the sets lie.
    static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Documents")

    init(_ name: String, questions: Int) {
        self.name = name
        questionCount = questions
        let folder = Self.root.appending(path: name)
        var files: [String: String] = [:]
        // A file that cannot be read is missing in the results, and the tests say so.
        for file in (try? FileManager.default.contentsOfDirectory(atPath: folder.path())) ?? [] {
            files[file] = try? String(contentsOf: folder.appending(path: file), encoding: .utf8)
        }
        brief = files.removeValue(forKey: "brief.md") ?? ""
        sources = files
    }

    /// What the three processors made of it; they ran once for all tests.
    func chain() throws -> Chain {
        if let chain = try Self.chains[name]?.get() { return chain }
        return try Chain(brief: brief, sources: sources)
    }

    private static let chains = Dictionary(
        uniqueKeysWithValues: all.map { set in
            (set.name, Result { try Chain(brief: set.brief, sources: set.sources) })
        }
    )

    /// The lines of a source, white space folded, without byte order marks and the marks of quoted lines.
    func folded(_ file: String, _ lines: ClosedRange<Int>) -> String {
        let bytes = Array((sources[file] ?? "").utf8)
        let all = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        guard lines.upperBound <= all.count else { return "" }
        let named = all[(lines.lowerBound - 1)...(lines.upperBound - 1)]
        return shown(String(decoding: Array(named.joined(separator: [0x0A])), as: UTF8.self))
    }

    /// The brief and all sources as `folded` gives them.
    var material: String { shown(([brief] + sources.values).joined(separator: "\n")) }

    /// White space folded; a line break between two wide characters is none.
    private func shown(_ text: String) -> String {
        let lines = text.replacing("\u{FEFF}", with: "").split(whereSeparator: \.isNewline)
        let bare = lines.map { $0.replacing(/^> ?/, with: "") }.joined(separator: "\n")
        let wide =
            /(?<before>[\u{3000}-\u{9FFF}\u{FF01}-\u{FF65}])\n(?<after>[\u{3000}-\u{9FFF}\u{FF01}-\u{FF65}])/
        return fold(bare.replacing(wide) { "\($0.before)\($0.after)" })
    }
}
