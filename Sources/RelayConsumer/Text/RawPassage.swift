/// A piece of a source, quoted byte for byte.
package struct RawPassage: Equatable, Sendable {
    /// Its id within the job's material, such as `P12`.
    package let id: String
    /// Where it stands.
    package let origin: Origin
    /// The headings it stands under, outermost first, joined by ` > `; empty when under none.
    package let context: String
    /// Its bytes, without the last line break.
    package let bytes: [UInt8]

    /// A passage; `bytes` are those of the file at `origin`.
    package init(id: String, origin: Origin, context: String, bytes: [UInt8]) {
        self.id = id
        self.origin = origin
        self.context = context
        self.bytes = bytes
    }

    /// Its text.
    package var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// The raw output, `de-raw-output.txt`: the passages that candidates come from.
///
/// ```
/// Raw output: 2 passages of 1 source.
///
/// [P12] source-02.md, lines 14-15; under Backups > Restore drill
/// > A backup that was never restored
/// > is a hope.
///
/// [P13] source-02.md, line 17
/// > - Restore it every month.
/// ```
/// A passage begins with its id in brackets and its origin; each of its lines follows `> `, byte for byte as
/// in the file, carriage returns and control characters included.
package struct RawOutput: Sendable {
    /// The passages, in the order of the file.
    package let passages: [RawPassage]
    /// Whether the file names no passage, so that its paragraphs stand in, as `R1`, `R2` and so on.
    package let isLoose: Bool

    /// A raw output of `passages` with different ids.
    package init(passages: [RawPassage]) {
        self.passages = passages
        isLoose = false
    }

    /// Reads a raw output, however it was made.
    ///
    /// - Parameters:
    ///   - bytes: the whole file.
    ///   - name: the file's name, the origin of paragraphs when no passage is named.
    package init(reading bytes: [UInt8], name: String) {
        let lines = TextLine.lines(of: bytes)
        let named = Self.named(bytes, lines)
        isLoose = named.isEmpty
        passages = named.isEmpty ? Self.paragraphs(bytes, lines, name) : named
    }

    /// The bytes of the file; `remarks` are lines about the material, before the first passage.
    package func bytes(remarks: [String]) -> [UInt8] {
        var bytes: [UInt8] = []
        for remark in remarks { bytes += "\(remark.folded())\n".utf8 }
        for passage in passages {
            let under = passage.context.isEmpty ? "" : "; under \(passage.context.folded())"
            bytes += "\n[\(passage.id)] \(passage.origin)\(under)\n".utf8
            for line in passage.bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
                bytes += "> ".utf8
                bytes += line
                bytes.append(UInt8(ascii: "\n"))
            }
        }
        return bytes
    }

    private static func named(_ bytes: [UInt8], _ lines: [TextLine]) -> [RawPassage] {
        var found: [RawPassage] = []
        var index = 0
        while index < lines.count {
            let line = lines[index]
            index += 1
            guard bytes[line.range].first == UInt8(ascii: "["), index < lines.count else { continue }
            guard bytes[lines[index].range].first == UInt8(ascii: ">") else { continue }
            let head = EntryHead(Substring(decoding: bytes[line.range], as: UTF8.self))
            guard let id = head.id else { continue }
            var quoted: [UInt8] = []
            while index < lines.count, bytes[lines[index].range].first == UInt8(ascii: ">") {
                if !quoted.isEmpty { quoted.append(UInt8(ascii: "\n")) }
                let hasSpace = bytes[lines[index].range].dropFirst().first == UInt8(ascii: " ")
                quoted += bytes[lines[index].range].dropFirst(hasSpace ? 2 : 1)
                index += 1
            }
            let origin = head.origin ?? Origin(file: String(head.rest).excerpt(120), lines: nil)
            found.append(RawPassage(id: id, origin: origin, context: head.context, bytes: quoted))
        }
        return found
    }

    private static func paragraphs(_ bytes: [UInt8], _ lines: [TextLine], _ name: String) -> [RawPassage] {
        var found: [RawPassage] = []
        var first: TextLine?
        var last: TextLine?
        func close() {
            guard let start = first, let end = last else { return }
            found.append(
                RawPassage(
                    id: "R\(found.count + 1)",
                    origin: Origin(file: name, lines: start.number...end.number),
                    context: "",
                    bytes: Array(bytes[start.range.lowerBound..<end.range.upperBound])
                )
            )
            first = nil
        }
        for line in lines {
            if MarkdownLine(bytes, line.range) == .blank {
                close()
            } else {
                first = first ?? line
                last = line
            }
        }
        close()
        return found
    }
}
