import Foundation

/// What a command takes, for reading its arguments and for its help.
struct Syntax {
    /// One option.
    struct Option {
        let name: String
        /// What its value is, in capitals; `nil` for a switch.
        let value: String?
        let help: String
        var mayRepeat = false
    }

    let name: String
    let summary: String
    /// The words besides options; one in brackets may be missing.
    var words: [String] = []
    var options: [Option] = []
    /// What else a person must know.
    var notes = ""

    static let config = Option(
        name: "config",
        value: "FILE",
        help: "the node's role file (default /etc/baton/node.json)"
    )
    static let json = Option(name: "json", value: nil, help: "print JSON")
    static let helpOption = Option(name: "help", value: nil, help: "print this")

    var usage: String {
        let shown = options.map { option in
            "[--\(option.name)\(option.value.map { " " + $0 } ?? "")]\(option.mayRepeat ? "…" : "")"
        }
        return "usage: baton " + ([name] + words + shown).joined(separator: " ")
    }

    var help: String {
        let heads = (options + [Self.helpOption]).map { "--\($0.name)\($0.value.map { " " + $0 } ?? "")" }
        let width = heads.map(\.count).max() ?? 0
        let lines = zip(heads, options + [Self.helpOption]).map { head, option in
            "  \(head.padding(toLength: width, withPad: " ", startingAt: 0))  \(option.help)"
        }
        return "\(summary)\n\n\(usage)\n\n\(lines.joined(separator: "\n"))"
            + (notes.isEmpty ? "" : "\n\n\(notes)")
    }
}

/// A command line that is not as the syntax says.
struct UsageError: Error {
    let text: String

    init(_ text: String) { self.text = text }
}

/// The arguments of one command, read by its syntax.
struct Arguments {
    /// The words besides options, in order.
    private(set) var words: [String] = []
    private var values: [String: [String]] = [:]

    init(_ texts: [String], syntax: Syntax) throws {
        var rest = texts[...]
        while let text = rest.popFirst() {
            guard text.hasPrefix("-"), text != "-" else {
                words.append(text)
                continue
            }
            guard text != "--" else {
                words += rest
                break
            }
            let isShortHelp = text == "-h"
            let parts = text.drop { $0 == "-" }.split(
                separator: "=",
                maxSplits: 1,
                omittingEmptySubsequences: false
            )
            let name = isShortHelp ? "help" : String(parts.first ?? "")
            let known = syntax.options + [Syntax.helpOption]
            guard text.hasPrefix("--") || isShortHelp, let option = known.first(where: { $0.name == name })
            else {
                throw UsageError("there is no option \(text)")
            }
            try take(option, inline: parts.count > 1 ? String(parts[1]) : nil, from: &rest)
        }
        guard !has("help") else { return }
        let needed = syntax.words.count { !$0.hasPrefix("[") }
        guard words.count >= needed else { throw UsageError("\(syntax.words[words.count]) is missing") }
        guard words.count <= syntax.words.count else {
            throw UsageError("\(words[syntax.words.count]) is too much")
        }
    }

    private mutating func take(_ option: Syntax.Option, inline: String?, from rest: inout ArraySlice<String>)
        throws
    {
        guard option.value != nil else {
            guard inline == nil else { throw UsageError("--\(option.name) takes no value") }
            values[option.name] = []
            return
        }
        guard let value = inline ?? rest.popFirst() else {
            throw UsageError("--\(option.name) needs a value")
        }
        guard option.mayRepeat || values[option.name] == nil else {
            throw UsageError("--\(option.name) is there twice")
        }
        values[option.name, default: []].append(value)
    }

    /// Whether the option is there.
    func has(_ name: String) -> Bool { values[name] != nil }

    /// The value of an option, `nil` when it is absent.
    func value(_ name: String) -> String? { values[name]?.first }

    /// The values of an option that may repeat, in order.
    func all(_ name: String) -> [String] { values[name] ?? [] }
}
