/// A Swift source with its comments and literals set apart from its code, which is all the rules need to know.
///
/// It knows comments that nest, raw and multi-line strings, interpolation (whose inside is code) and
/// regular expressions. A bare `/…/` counts as one only after one of `( [ { , = : ;`.
struct SwiftText {
    /// The source with every byte of a comment or a literal replaced by a space; line breaks stay.
    let code: [UInt8]
    /// The literals in the order they begin in.
    let literals: [Literal]
    /// The lines, from 1, that hold at least a part of a comment.
    let commentLines: Set<Int>
    /// The lines, from 1, that hold at least a part of a documentation comment which says something.
    let documentationLines: Set<Int>
    /// How many lines the source has.
    let lineCount: Int

    /// A string or regular expression literal, without what delimits it.
    struct Literal: Equatable {
        /// Where in the source its delimiter begins, in bytes.
        let offset: Int
        /// What it holds, escapes and interpolations as written.
        let text: String
    }

    /// Scans `source`; any text will do, and what never ends goes to the end of the source.
    init(_ source: String) {
        var scanner = Scanner(bytes: Array(source.utf8))
        scanner.scanCode(toParenthesis: false)
        code = scanner.code
        literals = scanner.literals.sorted { $0.offset < $1.offset }
        commentLines = scanner.lines(of: scanner.comments)
        documentationLines = scanner.lines(of: scanner.documentation)
        lineCount = source.isEmpty ? 0 : scanner.line(of: scanner.bytes.count - 1)
    }
}

/// The way through one source.
private struct Scanner {
    let bytes: [UInt8]
    var code: [UInt8]
    var literals: [SwiftText.Literal] = []
    var comments: [Range<Int>] = []
    var documentation: [Range<Int>] = []
    private var at = 0
    private let lineStarts: [Int]

    init(bytes: [UInt8]) {
        self.bytes = bytes
        code = bytes
        lineStarts = [0] + bytes.indices.filter { bytes[$0] == newline }.map { $0 + 1 }
    }

    /// The line, from 1, of the byte at `offset`.
    func line(of offset: Int) -> Int {
        lineStarts.partitioningIndex { $0 > offset }
    }

    /// All lines that `ranges` touch.
    func lines(of ranges: [Range<Int>]) -> Set<Int> {
        Set(ranges.filter { !$0.isEmpty }.flatMap { line(of: $0.lowerBound)...line(of: $0.upperBound - 1) })
    }

    /// Goes over code to the end, or before the parenthesis that closes an interpolation.
    mutating func scanCode(toParenthesis: Bool) {
        var depth = 0
        while at < bytes.count {
            if skipComment() || skipLiteral() { continue }
            if bytes[at] == UInt8(ascii: "(") { depth += 1 }
            if bytes[at] == UInt8(ascii: ")") {
                if toParenthesis, depth == 0 { return }
                depth -= 1
            }
            at += 1
        }
    }

    private mutating func skipComment() -> Bool {
        let begin = at
        if sees("//") {
            while at < bytes.count, bytes[at] != newline { at += 1 }
        } else if sees("/*") {
            var depth = 0
            repeat {
                if sees("/*") {
                    depth += 1
                    at += 2
                } else if sees("*/") {
                    depth -= 1
                    at += 2
                } else {
                    at += 1
                }
            } while depth > 0 && at < bytes.count
            at = min(at, bytes.count)
        } else {
            return false
        }
        blank(begin..<at)
        comments.append(begin..<at)
        let words = bytes[begin..<at]
        if words.starts(with: "///".utf8) || words.starts(with: "/**".utf8), words.contains(where: isWordByte)
        {
            documentation.append(begin..<at)
        }
        return true
    }

    private mutating func skipLiteral() -> Bool {
        var hashes = 0
        while at + hashes < bytes.count, bytes[at + hashes] == UInt8(ascii: "#") { hashes += 1 }
        let open = at + hashes
        guard open < bytes.count else { return false }
        if bytes[open] == UInt8(ascii: "\"") {
            skipString(hashes: hashes)
        } else if bytes[open] == UInt8(ascii: "/"), hashes > 0 || isBareExpression(at: open) {
            skipExpression(hashes: hashes)
        } else {
            return false
        }
        return true
    }

    private mutating func skipString(hashes: Int) {
        let begin = at
        let multiline = isMultilineOpening(at: at + hashes)
        let quotes = multiline ? 3 : 1
        at += hashes + quotes
        blank(begin..<at)
        let content = at
        let close = String(repeating: "\"", count: quotes) + String(repeating: "#", count: hashes)
        let escape = "\\" + String(repeating: "#", count: hashes)
        var end = bytes.count
        while at < bytes.count {
            if sees(close) {
                end = at
                skip(close.utf8.count)
                break
            }
            if bytes[at] == newline, !multiline {
                end = at
                break
            }
            if sees(escape) {
                skip(escape.utf8.count)
                skipEscaped()
            } else {
                skip(1)
            }
        }
        record(begin, content..<end)
    }

    /// Goes over what an escape is followed by: one byte, or an interpolation, whose inside stays code.
    private mutating func skipEscaped() {
        guard at < bytes.count, bytes[at] == UInt8(ascii: "(") else { return skip(1) }
        at += 1
        scanCode(toParenthesis: true)
        at = min(at + 1, bytes.count)
    }

    private mutating func skipExpression(hashes: Int) {
        let begin = at
        let close = "/" + String(repeating: "#", count: hashes)
        skip(hashes + 1)
        let content = at
        while at < bytes.count, !sees(close), hashes > 0 || bytes[at] != newline {
            skip(bytes[at] == UInt8(ascii: "\\") ? 2 : 1)
        }
        let end = at
        skip(close.utf8.count)
        record(begin, content..<end)
    }

    /// Whether the quotes at `index` open a multi-line string: three of them, and nothing else on the line.
    private func isMultilineOpening(at index: Int) -> Bool {
        guard bytes[index...].starts(with: "\"\"\"".utf8) else { return false }
        return bytes[(index + 3)...].prefix { $0 != newline }.allSatisfy(isBlank)
    }

    /// Whether the slash at `index` begins a regular expression without `#`, as far as one can tell from its line.
    private func isBareExpression(at index: Int) -> Bool {
        let rest = bytes[(index + 1)...].prefix { $0 != newline }
        guard let first = rest.first, !isBlank(first), first != UInt8(ascii: ")"), first != UInt8(ascii: ",")
        else { return false }
        guard rest.contains(UInt8(ascii: "/")) else { return false }
        guard let before = bytes[..<index].last(where: { !isBlank($0) }) else { return false }
        return "([{,=:;".utf8.contains(before)
    }

    private func sees(_ text: String) -> Bool {
        bytes[at...].starts(with: text.utf8)
    }

    private mutating func skip(_ count: Int) {
        let end = min(at + count, bytes.count)
        blank(at..<end)
        at = end
    }

    private mutating func blank(_ range: Range<Int>) {
        for index in range where bytes[index] != newline { code[index] = UInt8(ascii: " ") }
    }

    private mutating func record(_ begin: Int, _ content: Range<Int>) {
        literals.append(.init(offset: begin, text: String(decoding: bytes[content], as: UTF8.self)))
    }
}

private let newline = UInt8(ascii: "\n")

private func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
}

/// Whether `byte` can be part of a word: a letter, a digit, `_`, or any byte beyond ASCII.
func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...: true
    default: false
    }
}

extension RandomAccessCollection where Index == Int {
    /// The first index whose element is in the second part, when the elements are parted by `isInSecondPart`.
    func partitioningIndex(where isInSecondPart: (Element) -> Bool) -> Int {
        var low = startIndex
        var high = endIndex
        while low < high {
            let middle = (low + high) / 2
            if isInSecondPart(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
