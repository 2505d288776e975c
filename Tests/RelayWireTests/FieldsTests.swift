import RelayCore
import RelayWire
import Testing

/// One member of each kind, some levels down.
private struct Probe: WireReadable, Equatable {
    let inner: Inner?
    let list: [Inner]

    init(from fields: inout Fields) throws(WireError) {
        inner = try fields.optional("inner") { (fields, name) throws(WireError) in try fields.object(name) }
        list = try fields.objects("list", atMost: 2)
    }
}

private struct Inner: WireReadable, Equatable {
    let number: Int64
    let job: JobID?
    let names: [AttachmentName]
    let isSet: Bool?
    let at: UnixMilliseconds?
    let text: String?

    init(from fields: inout Fields) throws(WireError) {
        number = try fields.integer("number", 1...9)
        job = try fields.optional("job") { (fields, name) throws(WireError) in try fields.name(name) }
        names = try fields.names("names", atMost: 2)
        isSet = try fields.optional("set") { (fields, name) throws(WireError) in try fields.bool(name) }
        at = try fields.optional("at") { (fields, name) throws(WireError) in try fields.moment(name) }
        text = try fields.optional("text") { (fields, name) throws(WireError) in
            try fields.string(name, atMost: 3)
        }
    }
}

@Suite struct FieldsTests {
    @Test(
        arguments: [
            ("[]", "", "an object belongs here"), ("{\"x\":1}", "x", "an unknown field"),
            ("{\"inner\":null}", "inner", "an object belongs here"),
            ("{\"inner\":{}}", "inner.number", "is missing; a whole number from 1 to 9 belongs here"),
            ("{\"inner\":{\"number\":0}}", "inner.number", "a whole number from 1 to 9 belongs here"),
            ("{\"inner\":{\"number\":10}}", "inner.number", "a whole number from 1 to 9 belongs here"),
            ("{\"inner\":{\"number\":\"1\"}}", "inner.number", "a whole number from 1 to 9 belongs here"),
            ("{\"inner\":{\"number\":true}}", "inner.number", "a whole number from 1 to 9 belongs here"),
            ("{\"inner\":{\"number\":1,\"x\":1}}", "inner.x", "an unknown field"),
            ("{\"inner\":{\"number\":1,\"job\":\"A\"}}", "inner.job", "\(JobID.rule) belongs here"),
            ("{\"inner\":{\"number\":1,\"job\":null}}", "inner.job", "\(JobID.rule) belongs here"),
            (
                "{\"inner\":{\"number\":1,\"names\":\"a\"}}", "inner.names",
                "an array of at most 2 belongs here"
            ),
            ("{\"inner\":{\"number\":1,\"names\":[\"a\",\"..\"]}}", "inner.names[1]", AttachmentName.rule),
            (
                "{\"inner\":{\"number\":1,\"names\":[\"a\",\"b\",\"c\"]}}", "inner.names",
                "an array of at most 2 belongs here"
            ),
            ("{\"inner\":{\"number\":1,\"set\":1}}", "inner.set", "true or false belongs here"),
            (
                "{\"inner\":{\"number\":1,\"at\":0}}", "inner.at",
                "a time such as 2026-11-20T09:33:48.000Z belongs here"
            ),
            (
                "{\"inner\":{\"number\":1,\"text\":\"abcd\"}}", "inner.text",
                "a text of at most 3 bytes belongs here"
            ),
            (
                "{\"inner\":{\"number\":1,\"text\":\"\u{E9}\u{E9}\"}}", "inner.text",
                "a text of at most 3 bytes belongs here"
            ),
            ("{\"list\":{}}", "list", "an array of at most 2 belongs here"),
            ("{\"list\":[1]}", "list[0]", "an object belongs here"),
            ("{\"list\":[{\"number\":1},{\"number\":1,\"x\":0}]}", "list[1].x", "an unknown field"),
            ("{\"list\":[{\"number\":1,\"names\":[1]}]}", "list[0].names[0]", AttachmentName.rule),
            (
                "{\"list\":[{\"number\":1},{\"number\":1},{\"number\":1}]}", "list",
                "an array of at most 2 belongs here"
            ),
        ]
    )
    func anErrorNamesThePathAndTheRule(_ row: (String, String, String)) {
        #expect(throws: WireError(at: row.1, row.2)) { try Probe(parsing: Array(row.0.utf8)) }
    }

    @Test func whatObeysIsRead() throws {
        let text = """
            {"list":[{"number":9,"names":["a","b"],"text":"abc"}],
             "inner":{"at":"2026-11-20T09:33:48.000Z","set":false,"job":"j","number":1}}
            """
        let probe = try Probe(parsing: Array(text.utf8))
        #expect(probe.inner?.number == 1)
        #expect(probe.inner?.isSet == false)
        #expect(probe.list.first?.names.map(\.rawValue) == ["a", "b"])
        #expect(try Probe(parsing: Array("{}".utf8)).list == [])
    }

    @Test func theDescriptionBeginsWithThePath() {
        #expect(WireError(at: "a.b", "is wrong").description == "a.b: is wrong")
        #expect(WireError(at: "", "is wrong").description == "is wrong")
    }
}
