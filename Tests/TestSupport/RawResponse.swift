/// An HTTP/1.1 response as it was received.
package struct RawResponse: Equatable, Sendable {
    /// The three digits.
    package let status: Int
    /// The headers in their order, names as written, values without the white space around them.
    package let headers: [Header]
    /// The body; without the framing when it came in chunks.
    package let body: [UInt8]

    /// One header line.
    package struct Header: Equatable, Sendable {
        /// The name as written.
        package let name: String
        /// The value without the white space around it.
        package let value: String
    }

    /// The value of the first header of that name, in whatever case.
    package func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// The body as text; bytes that are not UTF-8 become U+FFFD.
    package var text: String { String(decoding: body, as: UTF8.self) }

    /// The response at the beginning of `bytes` and how many of them it has, or `nil` when it is not complete.
    ///
    /// `ended` says that no more bytes will come, which is the end of a body that does not say how long it is.
    ///
    /// - Throws: `WaitFailure` when it is no HTTP.
    package static func parse(
        _ bytes: [UInt8],
        toHead: Bool,
        ended: Bool
    ) throws -> (response: RawResponse, length: Int)? {
        guard let headEnd = bytes.firstIndex(of: "\r\n\r\n") else { return nil }
        let lines = String(decoding: bytes[..<headEnd], as: UTF8.self).split(separator: "\r\n")
        let words = (lines.first ?? "").split(separator: " ", maxSplits: 2)
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else {
            throw WaitFailure("no status line: \"\(lines.first ?? "")\"")
        }
        let headers = try lines.dropFirst().map(header)
        let head = RawResponse(status: status, headers: headers, body: [])
        let rest = bytes[(headEnd + 4)...]
        guard let (body, length) = try head.body(in: rest, toHead: toHead, ended: ended) else { return nil }
        return (RawResponse(status: status, headers: headers, body: body), headEnd + 4 + length)
    }

    private static func header(_ line: Substring) throws -> Header {
        guard let colon = line.firstIndex(of: ":") else { throw WaitFailure("no header: \"\(line)\"") }
        let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
        let end = value.lastIndex { $0 != " " && $0 != "\t" }
        return Header(name: String(line[..<colon]), value: end.map { String(value[...$0]) } ?? "")
    }

    private func body(in rest: ArraySlice<UInt8>, toHead: Bool, ended: Bool) throws -> (
        body: [UInt8], length: Int
    )? {
        if toHead || status < 200 || status == 204 || status == 304 { return ([], 0) }
        if header("Transfer-Encoding")?.lowercased() == "chunked" { return try Self.chunks(in: rest) }
        guard let written = header("Content-Length") else { return ended ? (Array(rest), rest.count) : nil }
        guard let length = Int(written), length >= 0 else {
            throw WaitFailure("no Content-Length: \"\(written)\"")
        }
        return rest.count >= length ? (Array(rest.prefix(length)), length) : nil
    }

    private static func chunks(in rest: ArraySlice<UInt8>) throws -> (body: [UInt8], length: Int)? {
        var body: [UInt8] = []
        var at = rest.startIndex
        while let lineEnd = rest[at...].firstIndex(of: "\r\n") {
            let digits = String(
                decoding: rest[at..<lineEnd].prefix { $0 != UInt8(ascii: ";") },
                as: UTF8.self
            )
            guard let size = Int(digits, radix: 16), size >= 0 else {
                throw WaitFailure("no chunk size: \"\(digits)\"")
            }
            let chunk = lineEnd + 2
            if size == 0 { return trailerEnd(in: rest, from: chunk).map { (body, $0 - rest.startIndex) } }
            guard chunk + size + 2 <= rest.endIndex else { return nil }
            body += rest[chunk..<(chunk + size)]
            at = chunk + size + 2
        }
        return nil
    }

    /// The end of the trailers, which are dropped, and of the empty line after them.
    private static func trailerEnd(in rest: ArraySlice<UInt8>, from start: Int) -> Int? {
        var at = start
        while let lineEnd = rest[at...].firstIndex(of: "\r\n") {
            if lineEnd == at { return lineEnd + 2 }
            at = lineEnd + 2
        }
        return nil
    }
}

extension Collection where Element == UInt8, Index == Int {
    /// Where the UTF-8 of `text` first begins.
    fileprivate func firstIndex(of text: StaticString) -> Int? {
        let wanted = text.withUTF8Buffer(Array.init)
        return indices.first { self[$0...].starts(with: wanted) }
    }
}
