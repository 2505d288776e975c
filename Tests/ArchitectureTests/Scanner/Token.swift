/// A word, a literal or one other sign of a Swift source.
struct Token: Equatable {
    /// The word with its `@`, `#` or backquotes, a literal between double quotes, or one ASCII sign.
    let text: String
    /// The line it begins on, from 1.
    let line: Int

    /// Whether it is a word and no literal, attribute, directive or other sign.
    var isWord: Bool { text.utf8.first.map(isWordByte) ?? false }
    /// Whether it is an attribute such as `@testable`.
    var isAttribute: Bool { text.utf8.first == UInt8(ascii: "@") && text.utf8.count > 1 }
}

extension SwiftText {
    /// The tokens of the source without its comments; a literal comes before the words interpolated in it.
    var tokens: [Token] {
        var result: [Token] = []
        var pending = literals[...]
        var line = 1
        var at = 0
        while at < code.count {
            if let literal = pending.first, literal.offset <= at {
                result.append(Token(text: "\"" + literal.text + "\"", line: line))
                pending.removeFirst()
                continue
            }
            let end = endOfToken(at: at)
            if end > at {
                result.append(Token(text: String(decoding: code[at..<end], as: UTF8.self), line: line))
                at = end
            } else {
                if code[at] == UInt8(ascii: "\n") { line += 1 }
                at += 1
            }
        }
        return result
    }

    /// The end of the token at `index`; `index` itself where there is only white space.
    private func endOfToken(at index: Int) -> Int {
        let first = code[index]
        guard first > UInt8(ascii: " ") else { return index }
        var end = index
        if "@#$`".utf8.contains(first), index + 1 < code.count, isWordByte(code[index + 1]) { end += 1 }
        guard isWordByte(code[end]) else { return index + 1 }
        while end < code.count, isWordByte(code[end]) { end += 1 }
        if first == UInt8(ascii: "`"), end < code.count, code[end] == first { end += 1 }
        return end
    }
}

extension Array where Element == Token {
    /// The text of the token at `index`; empty beyond either end.
    func text(_ index: Int) -> String { indices.contains(index) ? self[index].text : "" }

    /// For each token the index of the bracket it belongs to: `(`, `[` and `{` to what closes them and back.
    var brackets: [Int: Int] {
        var open: [Int] = []
        var result: [Int: Int] = [:]
        for (index, token) in enumerated() {
            switch token.text {
            case "(", "[", "{": open.append(index)
            case ")", "]", "}":
                guard let begin = open.popLast() else { continue }
                result[begin] = index
                result[index] = begin
            default: continue
            }
        }
        return result
    }
}
