import Testing

@testable import RelayBus

/// The reader of forms, with the body cut into pieces at every place.
@Suite struct MultipartReaderTests {
    private static func reader(_ boundary: String = "XyZ") throws -> MultipartReader {
        let type = try #require(ParameterizedValue("multipart/form-data; boundary=\(boundary)".utf8))
        return try MultipartReader(contentType: type)
    }

    /// The file's bytes, or the fault, when `body` comes in `pieces`.
    private static func read(_ pieces: [[UInt8]]) throws -> Result<[UInt8], MultipartFault> {
        var reader = try reader()
        var content: [UInt8] = []
        do throws(MultipartFault) {
            for piece in pieces { content += try reader.take(piece) }
            try reader.finish()
            return .success(content)
        } catch {
            return .failure(error)
        }
    }

    private func expect(_ pieces: [[UInt8]], _ wanted: Result<[UInt8], MultipartFault>) throws {
        let found = try Self.read(pieces)
        #expect(found == wanted)
    }

    private static let head = MultipartTests.disposition
    private static let contents = [
        "", "hello", "\r", "\n", "\r\n", "\r\n\r\n", "--XyZ", "\r\n--Xy", "\r\n--XyY\r\n--XyX--", "\r\r\n--X",
        "--XyZ--\r\n",
        "a\r\n-\r\n--\r\n--X\r\n--Xy\r\r\r",
    ]
    private static let broken: [(String, MultipartFault)] = [
        ("", .truncated), ("-", .truncated), ("--XyZ\r", .truncated), ("--XyZ--\r\n", .opening),
        ("x", .opening),
        ("--XyZ\r\n\r\nhello\r\n--XyZ--", .disposition), ("--XyZ\r\n\(head)\r\n\r\nhello", .truncated),
        ("--XyZ\r\n\(head)\r\n\r\nhello\r\n--XyZ", .truncated),
        ("--XyZ\r\n\(head)\r\n\r\nhello\r\n--XyZ-", .truncated),
        ("--XyZ\r\n\(head)\r\n\r\nhello\r\n--XyZ--\r", .afterEnd),
        ("--XyZ\r\n\(head)\r\n\r\nhello\r\n--XyZ--\r\nx", .afterEnd),
        ("--XyZ\r\n\(head)\r\n\r\nhello\r\n--XyZ--x", .afterEnd),
        ("--XyZ\r\n\(head)\r\n\r\nhello\r\n--XyZ\r\n", .secondPart),
        ("--XyZ\r\n\(head)\r\n\r\nhello\r\n--XyZx", .truncated),
        ("--XyZ\r\n\(head)\r\n\r\nhello\r\n--XyZxx", .afterBoundary),
    ]

    @Test(arguments: contents) func theFileIsTheSameHoweverTheBodyIsCut(_ text: String) throws {
        for end in ["--", "--\r\n"] {
            let body = MultipartTests.form(Self.head, text, end: end)
            let wanted = Result<[UInt8], MultipartFault>.success(Array(text.utf8))
            try expect([body], wanted)
            try expect(body.map { [$0] }, wanted)
            for first in body.indices {
                try expect([Array(body[..<first]), Array(body[first...])], wanted)
            }
        }
    }

    @Test(arguments: broken) func theFaultIsTheSameHoweverTheBodyIsCut(
        _ body: String,
        _ fault: MultipartFault
    ) throws {
        let bytes = Array(body.utf8)
        let wanted = Result<[UInt8], MultipartFault>.failure(fault)
        try expect([bytes], wanted)
        try expect(bytes.map { [$0] }, wanted)
        for cut in bytes.indices {
            try expect([Array(bytes[..<cut]), Array(bytes[cut...])], wanted)
        }
    }

    @Test func threePiecesAtEveryTwoPlaces() throws {
        let body = MultipartTests.form(Self.head, "\r\n--Xy\r\n--XyZ-".replacing("--XyZ-", with: "--XyY-"))
        for first in body.indices {
            for second in body.indices[first...] {
                let pieces = [body[..<first], body[first..<second], body[second...]].map { Array($0) }
                try expect(pieces, .success(Array("\r\n--Xy\r\n--XyY-".utf8)))
            }
        }
    }
}
