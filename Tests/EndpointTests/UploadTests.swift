import Testing

/// Names, parameters and digests of uploads.
@Suite(.timeLimit(.minutes(10))) struct UploadTests {
    private static func hostile(_ what: String, _ name: [UInt8]) -> Row {
        Row(
            "a name: \(what)",
            .post("/upload?job=job-1&name=\(Request.escaped(name))", Array("x".utf8)),
            .problem(400, "bad-parameter")
        )
    }

    private static func hostile(_ what: String, _ name: String) -> Row { hostile(what, Array(name.utf8)) }

    static let names: [Row] = [
        hostile("empty", ""), hostile("one dot", "."), hostile("two dots", ".."), hostile("a slash", "/"),
        hostile("a way up", "../evil.md"), hostile("a way up in the middle", "a/../../evil.md"),
        hostile("a directory", "a/b.md"), hostile("a backslash", "a\\b.md"),
        hostile("absolute", "/etc/passwd"),
        hostile("a slash with an accent", "../\u{301}evil"), hostile("a full-width slash", "a\u{FF0F}b"),
        hostile("a line break", "a\nb.md"), hostile("a carriage return", "a\r\nb.md"),
        hostile("a tab", "a\tb.md"),
        hostile("an escape", "a\u{1B}[2J.md"), hostile("a delete", "a\u{7F}.md"),
        hostile("C1", "a\u{85}b.md"),
        hostile("an overlong slash", [0x61, 0xC0, 0xAF, 0x62]),
        hostile("an overlong dot", [0xC0, 0xAE, 0xC0, 0xAE]),
        hostile("an overlong NUL", [0x61, 0xC0, 0x80]), hostile("a lone byte", [0x61, 0xFF]),
        hostile("half of a surrogate pair", [0x61, 0xED, 0xA0, 0x80]),
        hostile("129 characters", String(repeating: "a", count: 129)),
        hostile("2000 characters", String(repeating: "a", count: 2000)),
        hostile("composed (NFC)", "caf\u{E9}.md"), hostile("decomposed (NFD)", "cafe\u{301}.md"),
        hostile("the Kelvin sign", "\u{212A}.md"), hostile("a direction mark", "a\u{202E}dm.md"),
        hostile("a zero-width blank", "a\u{200B}.md"), hostile("a blank", "a b.md"),
        hostile("a leading blank", " a.md"),
        hostile(".part", "a.part"), hostile(".PART", "a.PART"), hostile("a leading dot", ".a.md"),
        hostile("a leading hyphen", "-rf"), hostile("a leading underscore", "_a.md"),
        hostile("a tilde", "a.md~nano"),
        hostile("a percent sign", "a%2Fb"), hostile("a plus", "a+b.md"), hostile("a colon", "c:a.md"),
        hostile("a star", "*.md"),
        Row("a name: NUL", .post("/upload?job=job-1&name=a%00.md", [1]), .problem(400, "bad-request")),
        Row("a name of one letter", .upload("a", "x"), .success(201), changes: true),
        Row(
            "a name of 128 characters",
            .upload(String(repeating: "a", count: 128), "x"),
            .success(201),
            changes: true
        ),
        Row("a name with all that is allowed", .upload("A-9_z..md", "x"), .success(201), changes: true),
    ]

    private static func parameter(_ what: String, _ query: String, _ says: String? = nil) -> Row {
        Row(what, .post("/upload?\(query)", [1]), .problem(400, "bad-parameter"), says: says)
    }

    static let parameters: [Row] = [
        parameter("no parameters", ""), parameter("no job", "name=a.md"), parameter("no name", "job=job-1"),
        parameter("an empty job", "job=&name=a.md"), parameter("a job with a capital", "job=Job&name=a.md"),
        parameter("a job with a dot", "job=a.b&name=a.md"),
        parameter("a job that begins with a hyphen", "job=-a&name=a.md"),
        parameter("a job with a way up", "job=..&name=a.md"),
        parameter("a job with a slash", "job=a%2Fb&name=a.md"),
        parameter("a job of 64 characters", "job=\(String(repeating: "a", count: 64))&name=a.md"),
        parameter("a job in full-width letters", "job=%EF%BD%81&name=a.md"),
        parameter("round 0", "job=job-1&name=a.md&round=0"),
        parameter("round 17", "job=job-1&name=a.md&round=17"),
        parameter("a signed round", "job=job-1&name=a.md&round=%2B1"),
        parameter("a negative round", "job=job-1&name=a.md&round=-1"),
        parameter("a fraction as round", "job=job-1&name=a.md&round=1.0"),
        parameter("an empty round", "job=job-1&name=a.md&round="),
        parameter("a round over 64 bits", "job=job-1&name=a.md&round=18446744073709551617"),
        parameter("a round in Arabic digits", "job=job-1&name=a.md&round=%D9%A1"),
        parameter("two jobs", "job=job-1&job=job-2&name=a.md"),
        parameter("two names", "job=job-1&name=a.md&name=b.md"),
        parameter("an unknown parameter", "job=job-1&name=a.md&nam=b.md", "Did you mean name?"),
        parameter("a parameter in capitals", "job=job-1&NAME=a.md"),
        parameter("an epoch without a task", "job=job-1&name=a.md&epoch=1"),
        parameter("a sender that is no name", "job=job-1&name=a.md&from=NANO"),
        Row(
            "an output over TCP",
            .post("/upload?task=job-1.sg.1&epoch=1&name=a.md", [1]),
            .problem(403, "local-only")
        ),
        Row(
            "an output of no task",
            .post("/upload?task=job-1.sg.1&epoch=1&name=sg-review.md", [1]),
            from: .local,
            .problem(404, "unknown-task")
        ),
        Row(
            "an output without an epoch",
            .post("/upload?task=job-1.sg.1&name=a.md", [1]),
            from: .local,
            .problem(400, "bad-parameter")
        ),
        Row(
            "an output of epoch 0",
            .post("/upload?task=job-1.sg.1&epoch=0&name=a.md", [1]),
            from: .local,
            .problem(400, "bad-parameter")
        ),
        Row(
            "an output of a task that is no id",
            .post("/upload?task=job-1.sg&epoch=1&name=a.md", [1]),
            from: .local,
            .problem(400, "bad-parameter")
        ),
        Row(
            "more than the limit",
            .post("/upload?job=job-1&name=a.md", [UInt8](repeating: 97, count: TestFleet.uploadLimit + 1)),
            .problem(413, "too-large")
        ),
        Row(
            "exactly the limit",
            .post("/upload?job=job-1&name=large.md", [UInt8](repeating: 97, count: TestFleet.uploadLimit)),
            .success(201),
            changes: true
        ),
        Row("a file without a byte", .upload("empty.md", ""), .success(201), changes: true),
        Row("the same bytes again", .upload("empty.md", ""), .success(200)),
        Row("other bytes under an unbound name", .upload("empty.md", "x"), .success(201), changes: true),
    ]

    private static func digest(
        _ what: String,
        _ values: [String],
        _ answer: Row.Answer,
        changes: Bool = false
    ) -> Row {
        Row(
            "Content-Digest: \(what)",
            .upload("digest.md", "hello", values.map { "Content-Digest: \($0)" }),
            answer,
            changes: changes
        )
    }

    private static let good = "sha-256=:LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=:"
    private static let zeros = "sha-256=:\(String(repeating: "A", count: 43))=:"
    private static let bad = Row.Answer.problem(400, "bad-digest")
    private static let other = Row.Answer.problem(422, "digest-mismatch")

    static let digests: [Row] = [
        digest("of other bytes", [zeros], other),
        digest("of other bytes beside another algorithm", ["md5=:AAAA:, \(zeros)"], other),
        digest("of other bytes in a second line", ["sha-512=:AAAA:", zeros], other),
        digest("empty", [""], bad), digest("a bare word", ["sha-256"], bad),
        digest("no colons", ["sha-256=\(good.dropFirst(9).dropLast())"], bad),
        digest("too short", ["sha-256=:AAAA:"], bad), digest("not base64", ["sha-256=:****:"], bad),
        digest("without padding", [String(good.dropLast(2)) + ":"], bad),
        digest(
            "hexadecimal",
            ["sha-256=2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"],
            bad
        ),
        digest("url-safe base64", [good.replacing("+", with: "-")], bad),
        digest("twice in one line", ["\(good), \(good)"], bad),
        digest("twice in two lines", [good, zeros], bad),
        digest("a comma at the end", ["\(good),"], bad), digest("with a parameter", ["\(good);a=1"], bad),
        digest(
            "blanks around the equals sign",
            [good.replacing("=:", with: " = :", maxReplacements: 1)],
            bad
        ),
        digest("of these bytes", [good], .success(201), changes: true),
        digest("of these bytes beside another algorithm", ["\(good),\tsha-512=:AAAA:"], .success(200)),
        digest("only an algorithm that is not checked", ["sha-512=:AAAA:"], .success(200)),
    ]

    static let types: [Row] = [
        Row(
            "two types",
            .upload(
                "a.md",
                "x",
                ["Content-Type: text/plain", "Content-Type: multipart/form-data; boundary=x"]
            ),
            .problem(400, "bad-request")
        ),
        Row(
            "another multipart type",
            .upload("a.md", "x", ["Content-Type: multipart/mixed; boundary=x"]),
            .problem(415, "unsupported-media-type")
        ),
        Row(
            "multipart in capitals",
            .upload("a.md", "x", ["Content-Type: MULTIPART/RELATED; boundary=x"]),
            .problem(415, "unsupported-media-type")
        ),
        Row(
            "the type that curl gives",
            .upload("type.md", "x", ["Content-Type: application/x-www-form-urlencoded"]),
            .success(201),
            changes: true
        ),
    ]

    private static func half(
        _ what: String,
        _ target: String,
        _ type: String,
        _ body: String,
        withPart: Bool = false
    ) -> Row {
        let request =
            "POST \(target) HTTP/1.1\r\nHost: sg\r\nContent-Type: \(type)\r\nContent-Length: 200000\r\n\r\n\(body)"
        return Row("cut off: \(what)", Request(raw: request), .cut(withPart: withPart))
    }

    static let cuts: [Row] = [
        half("before the body", "/upload?job=cut&name=a.md", "text/plain", ""),
        half(
            "within the body",
            "/upload?job=cut&name=a.md",
            "text/plain",
            String(repeating: "a", count: 150_000),
            withPart: true
        ),
        half(
            "within a form",
            "/upload?job=cut&name=a.md",
            "multipart/form-data; boundary=x",
            "--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.md\"\r\n\r\n"
                + String(repeating: "a", count: 150_000),
            withPart: true
        ),
        half("within a document", "/task", "application/json", "{\"baton\":1"),
        Row(
            "cut off: within the head",
            Request(raw: "POST /upload?job=cut&name=a.md HTTP/1.1\r\nHost: s"),
            .cut(withPart: false)
        ),
    ]

    static var count: Int { names.count + parameters.count + digests.count + types.count + cuts.count }

    @Test func onlyCheckedNamesAreStored() async throws {
        try await withNode { try $0.check(Self.names) }
    }

    @Test func parametersTypesAndDigestsAreChecked() async throws {
        try await withNode { try $0.check(Self.parameters + Self.digests + Self.types) }
    }

    @Test func aBodyCutOffHalfWayLeavesNothing() async throws {
        try await withNode { try $0.check(Self.cuts) }
    }
}
