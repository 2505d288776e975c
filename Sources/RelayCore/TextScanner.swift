/// Finds the ATX headings of a Markdown text that comes in pieces, outside code fences (CommonMark 0.31, 4.2, 4.5).
///
/// A heading's text is what is left after the marks and white space around it are trimmed. Each text is kept once,
/// byte for byte; one that is not valid UTF-8 or holds NUL is none. A byte order mark before the first line is
/// skipped. A line that goes on behind 1,024 bytes with more than white space is no heading and ends no fence, and
/// at most 64 KiB of heading text is kept; both bound what a sender can make the bus remember, and a contract's
/// own headings are far below them.
package struct HeadingScanner: Sendable {
    private var headings: [String] = []
    private var known: Set<[UInt8]> = []
    private var kept = 0
    private var line: [UInt8] = []
    private var isCut = false
    private var isFirstLine = true
    private var fence: (mark: UInt8, length: Int)?
    private static let lineLimit = 1024
    private static let textLimit = 65_536

    package init() {}

    /// Takes the next bytes of the text.
    package mutating func take(_ bytes: some Collection<UInt8>) {
        withBuffer(of: bytes) { take($0) }
    }

    private mutating func take(_ bytes: UnsafeBufferPointer<UInt8>) {
        var start = 0
        for index in bytes.indices
        where bytes[index] == UInt8(ascii: "\n") || bytes[index] == UInt8(ascii: "\r") {
            keep(UnsafeBufferPointer(rebasing: bytes[start..<index]))
            endLine()
            start = index + 1
        }
        keep(UnsafeBufferPointer(rebasing: bytes[start...]))
    }

    /// Adds a part of the present line to it, as far as there is room.
    private mutating func keep(_ part: UnsafeBufferPointer<UInt8>) {
        let room = Self.lineLimit - line.count
        line.append(contentsOf: part.prefix(room))
        isCut = isCut || !part.dropFirst(room).allSatisfy(Self.isSpace)
    }

    /// Ends the text and gives the headings found.
    package mutating func finish() -> [String] {
        endLine()
        return headings
    }

    private mutating func endLine() {
        defer {
            line.removeAll(keepingCapacity: true)
            isCut = false
            isFirstLine = false
        }
        if isFirstLine, line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
        let indent = line.prefix { $0 == UInt8(ascii: " ") }.count
        guard indent <= 3, indent < line.count else { return }
        let content = line[indent...]
        if let open = fence {
            let isEnd = Self.run(of: open.mark, in: content) >= open.length && Self.isOnly(open.mark, content)
            if isEnd, !isCut { fence = nil }
            return
        }
        for mark in [UInt8(ascii: "`"), UInt8(ascii: "~")] where Self.run(of: mark, in: content) >= 3 {
            let length = Self.run(of: mark, in: content)
            if mark == UInt8(ascii: "~") || !content.dropFirst(length).contains(mark) {
                fence = (mark, length)
            }
            return
        }
        if !isCut { keepHeading(content) }
    }

    private mutating func keepHeading(_ content: ArraySlice<UInt8>) {
        let hash = UInt8(ascii: "#")
        let level = Self.run(of: hash, in: content)
        var text = content.dropFirst(level)
        guard (1...6).contains(level), text.first.map(Self.isSpace) ?? true else { return }
        text = Self.trimmed(text)
        let closing = text.reversed().prefix { $0 == hash }.count
        if closing > 0, closing == text.count || Self.isSpace(text[text.endIndex - closing - 1]) {
            text = Self.trimmed(text.dropLast(closing))
        }
        guard let heading = String(validating: text, as: UTF8.self), !text.isEmpty, !text.contains(0),
            kept + text.count <= Self.textLimit, known.insert(Array(text)).inserted
        else { return }
        kept += text.count
        headings.append(heading)
    }

    private static func run(of mark: UInt8, in bytes: ArraySlice<UInt8>) -> Int {
        bytes.prefix { $0 == mark }.count
    }

    private static func isOnly(_ mark: UInt8, _ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.drop { $0 == mark }.allSatisfy(isSpace)
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var bytes = bytes.drop(while: isSpace)
        while let last = bytes.last, isSpace(last) { bytes.removeLast() }
        return bytes
    }
}

/// Checks bytes that come in pieces for valid UTF-8 (RFC 3629: no overlong forms, no surrogates).
package struct UTF8Scanner: Sendable {
    private var pending = 0
    private var allowed: ClosedRange<UInt8> = 0x80...0xBF
    private var isValid = true

    package init() {}

    /// Takes the next bytes.
    package mutating func take(_ bytes: some Collection<UInt8>) {
        guard isValid else { return }
        withBuffer(of: bytes) { take($0) }
    }

    private mutating func take(_ bytes: UnsafeBufferPointer<UInt8>) {
        let raw = UnsafeRawBufferPointer(bytes)
        var index = 0
        while index < raw.count {
            // Most text is ASCII, which eight bytes at a time tell by their highest bits.
            while pending == 0, index + 8 <= raw.count,
                raw.loadUnaligned(fromByteOffset: index, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
            {
                index += 8
            }
            guard index < raw.count else { return }
            take(raw[index])
            index += 1
        }
    }

    /// Whether all bytes so far are whole, valid characters.
    package var holds: Bool { isValid && pending == 0 }

    private mutating func take(_ byte: UInt8) {
        if pending > 0 {
            isValid = isValid && allowed.contains(byte)
            allowed = 0x80...0xBF
            pending -= 1
            return
        }
        switch byte {
        case 0x00...0x7F: return
        case 0xC2...0xDF: pending = 1
        case 0xE0: (pending, allowed) = (2, 0xA0...0xBF)
        case 0xED: (pending, allowed) = (2, 0x80...0x9F)
        case 0xE1...0xEF: pending = 2
        case 0xF0: (pending, allowed) = (3, 0x90...0xBF)
        case 0xF1...0xF3: pending = 3
        case 0xF4: (pending, allowed) = (3, 0x80...0x8F)
        default: isValid = false
        }
    }
}

/// Runs `body` with the bytes in one piece of memory, so that the loops over them are not generic.
private func withBuffer(of bytes: some Collection<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
    if bytes.withContiguousStorageIfAvailable(body) == nil { Array(bytes).withUnsafeBufferPointer(body) }
}
