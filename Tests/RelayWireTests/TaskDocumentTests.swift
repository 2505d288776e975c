import RelayCore
import RelayWire
import Testing

/// Every member with a value of a wrong kind for it.
private let wrong: [(String, JSON)] = [
    ("baton", 2), ("baton", "1"), ("kind", 1), ("kind", "Relay"), ("job", "A"), ("job", "../x"), ("job", 1),
    ("stage", "SG"), ("stage", ""), ("round", 0), ("round", 17), ("round", "1"), ("round", .integer(.max)),
    ("from", ""),
    ("from", 1), ("to", "a.b"), ("contract", .string(Samples.hex)), ("contract", "sha256:"),
    ("contract", .string("sha256:\u{301}\(Samples.hex)")), ("attachments", .object([])),
    ("attachments", .array([Samples.attachment, Samples.attachment])),
    ("attachments", .array(Array(repeating: Samples.attachment, count: 65))), ("order", .array([])),
    ("order", .null),
    ("order", .object([])), ("evidence", .array([1])), ("evidence", Samples.envelope),
    ("evidence", .array(Array(repeating: Samples.envelope, count: 33))), ("traceparent", 1),
    ("traceparent", .string(String(repeating: "0", count: 129))), ("traceparent", .null),
]

private let wrongControl: [(String, JSON)] = [
    ("baton", 0), ("kind", "order"), ("job", "-a"), ("stage", 1), ("round", 17), ("n", 0), ("n", -1),
    ("n", "1"),
    ("from", "Main"), ("to", .null), ("order", .string("x")), ("statement", .array([])), ("reason", 1),
    ("reason", .string(String(repeating: "r", count: 4097))), ("missing", "a.md"),
    ("missing", .array(["../a"])),
    ("missing", .array(["a.part"])), ("want", .array([])), ("want", Samples.want.with("to", nil)),
    ("want", Samples.want.with("x", 1)), ("traceparent", 1),
]

@Suite struct TaskDocumentTests {
    private func document(_ json: JSON) throws(WireError) -> TaskDocument {
        try TaskDocument(parsing: json.encoded)
    }

    @Test func aRelayComesBackByteForByte() throws {
        guard case .relay(let relay) = try document(Samples.relay) else {
            Issue.record("not a relay")
            return
        }
        #expect(relay.json.encoded == Samples.relay.encoded)
        #expect(relay.task.rawValue == "weekly-brief.sg.1")
        let document = TaskDocument.relay(relay)
        #expect(document.job.rawValue == "weekly-brief")
        #expect(document.from.rawValue == "nano")
        #expect(document.to.rawValue == "sg")
        #expect(document.kind == "relay")
    }

    @Test(arguments: ControlDocument.Kind.allCases)
    func aControlDocumentOfEveryKindComesBackByteForByte(_ kind: ControlDocument.Kind) throws {
        let json = Samples.reorder.with("kind", .string(kind.rawValue))
        guard case .control(let control) = try document(json) else {
            Issue.record("not a control document")
            return
        }
        #expect(control.kind == kind)
        #expect(control.json.encoded == json.encoded)
        #expect(TaskDocument.control(control).kind == kind.rawValue)
    }

    @Test(arguments: ["baton", "job", "stage", "round", "from", "to", "contract", "order"])
    func aRelayNeedsEachOfItsFields(_ name: String) throws {
        let error = try #require(
            failure { () throws(WireError) in try document(Samples.relay.with(name, nil)) }
        )
        #expect(error.path == name)
        #expect(error.problem.hasPrefix("is missing; "))
    }

    @Test(arguments: ["baton", "job", "n", "from", "to", "statement"])
    func aControlDocumentNeedsEachOfItsFields(_ name: String) throws {
        let error = try #require(
            failure { () throws(WireError) in try document(Samples.reorder.with(name, nil)) }
        )
        #expect(error.path == name)
        #expect(error.problem.hasPrefix("is missing; "))
    }

    @Test(arguments: ["stage", "round", "order"])
    func aReorderNeedsItsStageRoundAndOrder(_ name: String) throws {
        let lacking = Samples.reorder.with(name, nil)
        #expect(throws: WireError(at: "order", "a reorder needs stage, round and order")) {
            try document(lacking)
        }
        #expect(failure { () throws(WireError) in try document(lacking.with("kind", "cancel")) } == nil)
    }

    @Test func theOptionalFieldsMayBeAbsent() throws {
        for name in ["attachments", "evidence", "traceparent"] {
            _ = try document(Samples.relay.with(name, nil))
        }
        for name in ["reason", "missing", "want"] { _ = try document(Samples.reorder.with(name, nil)) }
        _ = try document(Samples.reorder.with("traceparent", "00-00-00-00"))
    }

    @Test(arguments: ["x", "Job", "by", "n", "statement", "", "jo\u{301}b", "\u{212A}ind", "task"])
    func anUnknownFieldOfARelayIsNamed(_ name: String) {
        #expect(throws: WireError(at: name, "an unknown field")) { try document(Samples.relay.with(name, 1)) }
    }

    @Test(arguments: ["x", "contract", "attachments", "evidence", "receipt"])
    func anUnknownFieldOfAControlDocumentIsNamed(_ name: String) {
        #expect(throws: WireError(at: name, "an unknown field")) {
            try document(Samples.reorder.with(name, 1))
        }
    }

    @Test(arguments: wrong)
    func aWrongValueInARelayIsNamed(_ row: (String, JSON)) throws {
        let error = failure { () throws(WireError) in try document(Samples.relay.with(row.0, row.1)) }
        #expect(error?.path.hasPrefix(row.0) == true, "\(String(describing: error))")
    }

    @Test(arguments: wrongControl)
    func aWrongValueInAControlDocumentIsNamed(_ row: (String, JSON)) throws {
        let error = failure { () throws(WireError) in try document(Samples.reorder.with(row.0, row.1)) }
        #expect(error?.path.hasPrefix(row.0) == true, "\(String(describing: error))")
    }

    @Test(
        arguments: [
            ("{}", "is missing or not a text"), ("[]", "is missing or not a text"),
            ("1", "is missing or not a text"),
            ("{\"kind\":null}", "is missing or not a text"),
            ("{\"kind\":\"claim\"}", "one of relay, nudge, cancel, close, reorder belongs here"),
            ("{\"kind\":\"\"}", "one of relay, nudge, cancel, close, reorder belongs here"),
        ]
    )
    func aDocumentOfNoKindIsRefused(_ row: (String, String)) {
        #expect(throws: WireError(at: "kind", row.1)) { try TaskDocument(parsing: Array(row.0.utf8)) }
    }

    @Test func theLargestDocumentTheLimitsAllowIsRead() throws {
        let files = (0..<64).map { Samples.attachment.with("name", .string("f\($0)")) }
        let full = Samples.relay.with("attachments", .array(files))
            .with("evidence", .array(Array(repeating: Samples.envelope, count: 32)))
        #expect(full.encoded.count < TaskDocument.limit)
        guard case .relay(let relay) = try document(full) else {
            Issue.record("not a relay")
            return
        }
        #expect(relay.json.encoded == full.encoded)
    }
}

@Suite struct AttachmentTests {
    @Test(
        arguments: [
            ("name", "..", "\(AttachmentName.rule) belongs here"),
            ("name", 1, "\(AttachmentName.rule) belongs here"),
            ("name", nil, "is missing; \(AttachmentName.rule) belongs here"),
            ("size", -1, "a whole number from 0 to 1099511627776 belongs here"),
            ("size", 1_099_511_627_777, "a whole number from 0 to 1099511627776 belongs here"),
            ("size", nil, "is missing; a whole number from 0 to 1099511627776 belongs here"),
            ("sha256", "", "a SHA-256 in 64 lower-case hexadecimal digits belongs here"),
            ("sha256", nil, "is missing; a SHA-256 in 64 lower-case hexadecimal digits belongs here"),
            ("path", "/etc/passwd", "an unknown field"),
        ] as [(String, JSON?, String)]
    )
    func aBadMemberIsNamedWithItsPlace(_ row: (String, JSON?, String)) {
        let json = Samples.relay.with("attachments", .array([Samples.attachment.with(row.0, row.1)]))
        #expect(throws: WireError(at: "attachments[0].\(row.0)", row.2)) {
            try TaskDocument(parsing: json.encoded)
        }
    }
}
