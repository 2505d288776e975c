import Foundation
import JPConsumer
import NanoConsumer
import RelayConsumer
import SGConsumer

/// What the three processors made of some material, one after the other, in a scratch directory.
struct Chain {
    let list: String
    let raw: [UInt8]
    let review: String
    let final: String

    /// Runs nano, sg and jp, each on what the one before left.
    init(brief: String, sources: [String: String]) throws {
        var inputs = sources.mapValues { Array($0.utf8) }
        inputs["brief.md"] = Array(brief.utf8)
        let gathered = try Chain.outputs(of: NanoProcessor(), inputs)
        let reviewed = try Chain.outputs(of: SGProcessor(), gathered)
        let written = try Chain.outputs(of: JPProcessor(), gathered.merging(reviewed) { first, _ in first })
        list = Chain.text(gathered["candidate-list.md"])
        raw = gathered["de-raw-output.txt"] ?? []
        review = Chain.text(reviewed["sg-review.md"])
        final = Chain.text(written["jp-final.txt"])
    }

    /// Runs sg and jp on a list and a raw output made by hand.
    init(list: String, raw: String) throws {
        self.list = list
        self.raw = Array(raw.utf8)
        let gathered = ["candidate-list.md": Array(list.utf8), "de-raw-output.txt": self.raw]
        let reviewed = try Chain.outputs(of: SGProcessor(), gathered)
        let written = try Chain.outputs(of: JPProcessor(), gathered.merging(reviewed) { first, _ in first })
        review = Chain.text(reviewed["sg-review.md"])
        final = Chain.text(written["jp-final.txt"])
    }

    /// Runs one processor in a directory of its own and returns its outputs.
    static func outputs(
        of processor: any EmbeddedProcessor,
        _ inputs: [String: [UInt8]]
    ) throws -> [String: [UInt8]] {
        let files = FileManager.default
        let root = files.temporaryDirectory.appending(path: "baton-text-\(UUID().uuidString)")
        defer {
            // Nobody reads the error: scratch that stays is only untidy.
            if ProcessInfo.processInfo.environment["BATON_KEEP_SCRATCH"] != "1" {
                try? files.removeItem(at: root)
            }
        }
        let (input, output) = (root.appending(path: "in"), root.appending(path: "out"))
        for directory in [input, output] {
            try files.createDirectory(at: directory, withIntermediateDirectories: true)
        }
        for (name, bytes) in inputs { try Data(bytes).write(to: input.appending(path: name)) }
        try processor.run(in: Workspace(input: input.path(), output: output.path(), job: "demo", round: 1))
        var outputs: [String: [UInt8]] = [:]
        for name in try files.contentsOfDirectory(atPath: output.path()) {
            outputs[name] = Array(try Data(contentsOf: output.appending(path: name)))
        }
        return outputs
    }

    private static func text(_ bytes: [UInt8]?) -> String { String(decoding: bytes ?? [], as: UTF8.self) }
}

extension Chain {
    /// The quoted pieces of the final text's answers, white space folded, each with its citation.
    var quotes: [(text: String, citation: Int)] {
        final.components(separatedBy: "\n\n").flatMap { paragraph -> [(text: String, citation: Int)] in
            let folded = fold(paragraph)
            guard folded.hasPrefix("“"), let close = folded.range(of: "” [", options: .backwards) else {
                return []
            }
            let number = Int(folded[close.upperBound...].prefix { $0.isNumber }) ?? 0
            let inner = String(folded[folded.index(after: folded.startIndex)..<close.lowerBound])
            return inner.components(separatedBy: " […] ").map { ($0, number) }
        }
    }

    /// The numbers of the list of sources.
    var sourceNumbers: [Int] {
        final.split(separator: "\n").compactMap { line in
            line.hasPrefix("[") ? Int(line.dropFirst().prefix { $0.isNumber }) : nil
        }
    }

    /// The entries of a section of the review, as text.
    func reviewed(_ section: String) -> String {
        let parts = review.components(separatedBy: "\n## ")
        return parts.first { $0.hasPrefix(section) } ?? ""
    }
}

/// White space as single spaces, independent of the code under test.
func fold(_ text: String) -> String {
    text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
}
