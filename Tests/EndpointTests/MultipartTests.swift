import Testing

/// Forms with one file, and what is no such form.
@Suite(.timeLimit(.minutes(10))) struct MultipartTests {
    static let disposition = "Content-Disposition: form-data; name=\"file\"; filename=\"a.md\""

    /// A form with one part.
    static func form(
        _ head: String,
        _ content: String = "hello",
        boundary: String = "XyZ",
        end: String = "--\r\n"
    ) -> [UInt8] {
        Array("--\(boundary)\r\n\(head)\r\n\r\n\(content)\r\n--\(boundary)\(end)".utf8)
    }

    private static func post(
        _ body: [UInt8],
        type: String = "multipart/form-data; boundary=XyZ",
        query: String = "job=form",
        _ headers: [String] = []
    ) -> Request {
        .post("/upload?\(query)", body, ["Content-Type: \(type)"] + headers)
    }

    private static func bad(_ what: String, _ request: Request, _ says: String) -> Row {
        Row("a form: \(what)", request, .problem(400, "bad-form"), says: says)
    }

    private static func fileName(_ what: String, _ fileName: String, _ says: String = "file name") -> Row {
        bad(
            "file name \(what)",
            post(form("Content-Disposition: form-data; name=\"file\"; filename=\(fileName)")),
            says
        )
    }

    static let types: [Row] = [
        bad("no boundary", post(form(disposition), type: "multipart/form-data"), "boundary"),
        bad("an empty boundary", post(form(disposition), type: "multipart/form-data; boundary="), "boundary"),
        bad(
            "an empty quoted boundary",
            post(form(disposition), type: "multipart/form-data; boundary=\"\""),
            "boundary"
        ),
        bad(
            "a boundary of 71",
            post(
                form(disposition, boundary: String(repeating: "b", count: 71)),
                type: "multipart/form-data; boundary=\(String(repeating: "b", count: 71))"
            ),
            "70"
        ),
        bad(
            "a boundary with a character that is not allowed",
            post(form(disposition, boundary: "a*b"), type: "multipart/form-data; boundary=\"a*b\""),
            "boundary"
        ),
        bad(
            "a boundary that ends with a blank",
            post(form(disposition), type: "multipart/form-data; boundary=\"XyZ \""),
            "boundary"
        ),
        bad(
            "two boundaries",
            post(form(disposition), type: "multipart/form-data; boundary=a; boundary=XyZ"),
            "boundary"
        ),
        bad(
            "another parameter",
            post(form(disposition), type: "multipart/form-data; boundary=XyZ; charset=utf-8"),
            "one parameter"
        ),
        bad(
            "an open quote",
            post(form(disposition), type: "multipart/form-data; boundary=\"XyZ"),
            "boundary"
        ),
    ]

    static let frames: [Row] = [
        bad("no byte", post([]), "ends before"),
        bad("another boundary", post(form(disposition, boundary: "other")), "begin"),
        bad("a preamble", post(Array("hello\r\n".utf8) + form(disposition)), "begin"),
        bad("a line break before it", post(Array("\r\n".utf8) + form(disposition)), "begin"),
        bad("no part", post(Array("--XyZ--\r\n".utf8)), "begin"),
        bad("bare LFs", post(Array("--XyZ\n\(disposition)\n\nhello\n--XyZ--\n".utf8)), "begin"),
        bad("only a boundary", post(Array("--XyZ\r\n".utf8)), "ends before"),
        bad("only a head", post(Array("--XyZ\r\n\(disposition)\r\n\r\n".utf8)), "ends before"),
        bad(
            "no closing boundary",
            post(Array("--XyZ\r\n\(disposition)\r\n\r\nhello\r\n".utf8)),
            "ends before"
        ),
        bad("half of the closing boundary", post(form(disposition, end: "-")), "ends before"),
        bad("a boundary and nothing behind it", post(form(disposition, end: "")), "ends before"),
        bad(
            "other bytes behind the boundary",
            post(form(disposition, end: "zz--\r\n")),
            "follows a boundary"
        ),
        bad("blanks behind the boundary", post(form(disposition, end: " --\r\n")), "follows a boundary"),
        bad("an epilogue", post(form(disposition, end: "--\r\nhello")), "closing boundary"),
        bad("a second line break at the end", post(form(disposition, end: "--\r\n\r\n")), "closing boundary"),
        bad("half of a line break at the end", post(form(disposition, end: "--\r")), "closing boundary"),
        bad("bytes right behind the end", post(form(disposition, end: "--hello")), "closing boundary"),
        bad(
            "two files",
            post(Array("--XyZ\r\n\(disposition)\r\n\r\none\r\n".utf8) + form(disposition)),
            "second part"
        ),
        bad(
            "a file and a field",
            post(
                form(
                    disposition,
                    end: "\r\nContent-Disposition: form-data; name=\"job\"\r\n\r\nx\r\n--XyZ--\r\n"
                )
            ),
            "second part"
        ),
        bad("a part after the end", post(form(disposition) + form(disposition)), "closing boundary"),
        bad(
            "a nested form",
            post(
                form(
                    "Content-Disposition: form-data; name=\"f\"\r\nContent-Type: multipart/mixed; boundary=b"
                )
            ),
            "field"
        ),
    ]

    static let heads: [Row] = [
        bad("no header", post(Array("--XyZ\r\n\r\nhello\r\n--XyZ--\r\n".utf8)), "Content-Disposition"),
        bad("only a type", post(form("Content-Type: text/plain")), "Content-Disposition"),
        bad(
            "an encoded part",
            post(form("\(disposition)\r\nContent-Transfer-Encoding: base64")),
            "content-transfer-encoding"
        ),
        bad("a length of the part", post(form("\(disposition)\r\nContent-Length: 5")), "content-length"),
        bad(
            "a digest of the part",
            post(form("\(disposition)\r\nContent-Digest: sha-256=:x:")),
            "content-digest"
        ),
        bad("two dispositions", post(form("\(disposition)\r\n\(disposition)")), "twice"),
        bad(
            "two types",
            post(form("\(disposition)\r\nContent-Type: text/plain\r\nContent-Type: text/html")),
            "twice"
        ),
        bad("a broken type", post(form("\(disposition)\r\nContent-Type: ;")), "name: value"),
        bad(
            "a folded header",
            post(form("Content-Disposition: form-data;\r\n name=\"file\"; filename=\"a.md\"")),
            "name: value"
        ),
        bad("a line without a colon", post(form("\(disposition)\r\nhello")), "name: value"),
        bad(
            "a blank before the colon",
            post(form("Content-Disposition : form-data; name=\"f\"; filename=\"a.md\"")),
            "name: value"
        ),
        bad("a NUL in the head", post(form("\(disposition)\r\nContent-Type: a\0b")), "control character"),
        bad("a bare LF in the head", post(form("\(disposition)\nContent-Type: text/plain")), "name: value"),
        bad(
            "a large head",
            post(form("\(disposition)\r\nContent-Type: \(String(repeating: "a", count: 5000))")),
            "4096"
        ),
        bad(
            "a head without an end",
            post(Array("--XyZ\r\n\(String(repeating: "a", count: 9000))".utf8)),
            "4096"
        ),
        bad(
            "an attachment",
            post(form("Content-Disposition: attachment; name=\"f\"; filename=\"a.md\"")),
            "form-data"
        ),
        bad("no name", post(form("Content-Disposition: form-data; filename=\"a.md\"")), "name="),
        bad("a field", post(form("Content-Disposition: form-data; name=\"file\"")), "field"),
        bad(
            "another parameter of the disposition",
            post(form("\(disposition); size=5")),
            "any other parameter"
        ),
        bad("two file names", post(form("\(disposition); filename=\"b.md\"")), "Content-Disposition"),
    ]

    static let fileNames: [Row] = [
        fileName("with a way up", "\"../a.md\""), fileName("with a directory", "\"dir/a.md\""),
        fileName("empty", "\"\""),
        fileName("with a backslash", "\"dir\\a.md\"", "backslash"),
        fileName("with an escaped quote", "\"a\\\".md\"", "backslash"),
        fileName("with a quote", "\"a\"b.md\"", "Content-Disposition"),
        fileName("without its end", "\"a.md", "Content-Disposition"),
        fileName("with an accent", "\"caf\u{E9}.md\""), fileName("percent-encoded", "\"a%2Fb.md\""),
        fileName("with a leading dot", "\".a.md\""),
        fileName("of a part", "\"a.part\""),
        fileName("of 129 characters", "\"\(String(repeating: "a", count: 129))\""),
        fileName("with a blank", "\"a b.md\""),
        bad(
            "an extended file name",
            post(form("Content-Disposition: form-data; name=\"f\"; filename*=UTF-8''a.md")),
            "filename*"
        ),
        bad(
            "an extended file name beside a plain one",
            post(form("\(disposition); filename*=UTF-8''..%2Fa.md")),
            "filename*"
        ),
        bad(
            "a file name that is not UTF-8",
            post(
                Array("--XyZ\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a".utf8) + [0xFF]
                    + Array(".md\"\r\n\r\nhello\r\n--XyZ--\r\n".utf8)
            ),
            "Content-Disposition"
        ),
        Row(
            "a form: a bad name in the query",
            post(form(disposition), query: "job=form&name=..%2Fa.md"),
            .problem(400, "bad-parameter")
        ),
        Row("a form: no job", post(form(disposition), query: ""), .problem(400, "bad-parameter")),
        Row(
            "a form: too large by its length",
            post(form(disposition, String(repeating: "a", count: TestFleet.uploadLimit + 8192))),
            .problem(413, "too-large")
        ),
        Row(
            "a form: a file over the limit",
            post(form(disposition, String(repeating: "a", count: TestFleet.uploadLimit + 1))),
            .problem(413, "too-large")
        ),
        Row(
            "a form: Content-Digest of the file",
            post(
                form(disposition),
                ["Content-Digest: sha-256=:LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=:"]
            ),
            .problem(422, "digest-mismatch")
        ),
    ]

    static let good: [Row] = [
        Row(
            "a form: Content-Digest of the body",
            post(form(disposition), ["Content-Digest: \(ContentSum.header(of: form(disposition)))"]),
            .success(201),
            says: "\"name\":\"a.md\",\"size\":5",
            changes: true
        ),
        Row(
            "a form: the same file again",
            post(form(disposition, boundary: "other"), type: "Multipart/Form-Data; Boundary=\"other\""),
            .success(200),
            says: "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
        ),
        Row("a form: the same file raw", .upload("a.md", "hello", job: "form"), .success(200)),
        Row(
            "a form: a type and no line break at the end",
            post(form("\(disposition)\r\nContent-Type: text/markdown; charset=UTF-8", end: "--")),
            .success(200)
        ),
        Row(
            "a form: headers in another order and case",
            post(form("content-type: text/plain\r\nCONTENT-DISPOSITION:form-data;filename=a.md;name=f")),
            .success(200)
        ),
        Row(
            "a form: a name in the query",
            post(
                form("Content-Disposition: form-data; name=\"f\"; filename=\"Caf\u{E9} (1).md\""),
                query: "job=form&name=b.md"
            ),
            .success(201),
            says: "\"name\":\"b.md\"",
            changes: true
        ),
        Row(
            "a form: an empty file",
            post(form(disposition, ""), query: "job=form&name=c.md"),
            .success(201),
            says: "\"size\":0",
            changes: true
        ),
        Row(
            "a form: a file of line breaks and half boundaries",
            post(form(disposition, "\r\n\r\n--XyY\r\n--Xy\r\n-\r\n--"), query: "job=form&name=d.md"),
            .success(201),
            says: "\"size\":22",
            changes: true
        ),
        Row(
            "a form: a file of exactly the limit",
            post(
                form(disposition, String(repeating: "a", count: TestFleet.uploadLimit)),
                query: "job=form&name=e.md"
            ),
            .success(201),
            says: "\"size\":\(TestFleet.uploadLimit)",
            changes: true
        ),
        Row(
            "a form: the longest boundary",
            post(
                form(disposition, boundary: String(repeating: "b", count: 70)),
                type: "multipart/form-data; boundary=\(String(repeating: "b", count: 70))"
            ),
            .success(200)
        ),
    ]

    static var count: Int { types.count + frames.count + heads.count + fileNames.count + good.count }

    @Test func whatIsNoFormWithOneFileIsRefused() async throws {
        try await withNode { try $0.check(Self.types + Self.frames + Self.heads + Self.fileNames) }
    }

    @Test func aFormWithOneFileIsStoredLikeTheFile() async throws {
        try await withNode { try $0.check(Self.good) }
    }
}
