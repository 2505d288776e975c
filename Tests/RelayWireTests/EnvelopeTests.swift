import RelayCore
import RelayWire
import Testing

@Suite struct EnvelopeTests {
    @Test(arguments: [0, 1, 2])
    func anEnvelopeComesBackByteForByte(_ count: Int) throws {
        let json = Samples.envelope.with(
            "signatures",
            .array(Array(repeating: Samples.signature, count: count))
        )
        let envelope = try Envelope(parsing: json.encoded)
        #expect(envelope.json.encoded == json.encoded)
        #expect(envelope.payload == Array("{}".utf8))
        #expect(envelope.signatures.count == count)
    }

    @Test(
        arguments: [
            ("payloadType", nil, "is missing; \"\(Envelope.inTotoType)\" belongs here"),
            ("payloadType", "application/json", "\"\(Envelope.inTotoType)\" belongs here"),
            ("payload", nil, "is missing; bytes in base64 with padding belongs here"),
            ("payload", "e31=", "bytes in base64 with padding belongs here"),
            ("payload", "e30", "bytes in base64 with padding belongs here"),
            ("payload", "e30=\n", "bytes in base64 with padding belongs here"),
            ("payload", 1, "bytes in base64 with padding belongs here"),
            ("signatures", nil, "is missing; an array of at most 2 belongs here"),
            ("signatures", .object([]), "an array of at most 2 belongs here"),
            (
                "signatures", .array([Samples.signature, Samples.signature, Samples.signature]),
                "an array of at most 2 belongs here"
            ), ("x", 1, "an unknown field"),
        ] as [(String, JSON?, String)]
    )
    func aBadMemberIsNamed(_ row: (String, JSON?, String)) {
        let json = Samples.envelope.with(row.0, row.1)
        #expect(throws: WireError(at: row.0, row.2)) { try Envelope(parsing: json.encoded) }
    }

    @Test(arguments: ["", "signatures[0]"])
    func membersInAnotherOrderAreRefused(_ path: String) {
        func reversed(_ json: JSON) -> JSON {
            guard case .object(let members) = json else { return json }
            return .object(members.reversed())
        }
        let signature = path.isEmpty ? Samples.signature : reversed(Samples.signature)
        let json = Samples.envelope.with("signatures", .array([signature]))
        let rule = "the members are in another order than the canonical one"
        #expect(throws: WireError(at: path, rule)) {
            try Envelope(parsing: (path.isEmpty ? reversed(json) : json).encoded)
        }
    }

    @Test(
        arguments: [
            ("keyid", nil, "is missing; a SHA-256 in 64 lower-case hexadecimal digits belongs here"),
            (
                "keyid", .string(Samples.hex.uppercased()),
                "a SHA-256 in 64 lower-case hexadecimal digits belongs here"
            ),
            ("sig", nil, "is missing; 64 bytes in base64 belongs here"),
            ("sig", .string(Samples.base64(63)), "64 bytes in base64 belongs here"),
            ("sig", .string(Samples.base64(65)), "64 bytes in base64 belongs here"),
            ("cert", "", "an unknown field"),
        ] as [(String, JSON?, String)]
    )
    func aBadMemberOfASignatureIsNamed(_ row: (String, JSON?, String)) {
        let json = Samples.envelope.with("signatures", .array([Samples.signature.with(row.0, row.1)]))
        #expect(throws: WireError(at: "signatures[0].\(row.0)", row.2)) {
            try Envelope(parsing: json.encoded)
        }
    }
}

@Suite struct ReceiptTests {
    @Test func aReceiptComesBackByteForByteAndSaysWhenItIsARepeat() throws {
        let receipt = try Receipt(parsing: Samples.receipt.encoded)
        #expect(receipt.json.encoded == Samples.receipt.encoded)
        let again = receipt.json(isDuplicate: true)
        #expect(again.encoded == Samples.receipt.with("duplicate", true).encoded)
        #expect(try Receipt(parsing: again.encoded) == receipt)
        let control = try Receipt(parsing: Samples.receipt.with("task", nil).encoded)
        #expect(control.task == nil)
        #expect(control.json.encoded == Samples.receipt.with("task", nil).encoded)
    }

    @Test(
        arguments: [
            ("task", "a.sg.01", "\(TaskID.rule) belongs here"),
            ("state", "claimed", "\"stored\" belongs here"),
            ("state", nil, "is missing; \"stored\" belongs here"),
            ("digest", nil, "is missing; a SHA-256 in 64 lower-case hexadecimal digits belongs here"),
            ("seq", 0, "a whole number from 1 to 9223372036854775807 belongs here"),
            ("duplicate", 1, "true or false belongs here"), ("x", 1, "an unknown field"),
        ] as [(String, JSON?, String)]
    )
    func aBadMemberIsNamed(_ row: (String, JSON?, String)) {
        let json = Samples.receipt.with(row.0, row.1)
        #expect(throws: WireError(at: row.0, row.2)) { try Receipt(parsing: json.encoded) }
    }
}

@Suite struct NodeEventTests {
    @Test func anEventComesBackByteForByteAndHashesWithoutItsHash() throws {
        let event = try NodeEvent(parsing: Samples.event.encoded)
        #expect(event.json.encoded == Samples.event.encoded)
        #expect(event.hashed.encoded == Samples.event.with("hash", nil).encoded)
    }

    @Test(arguments: ["job", "task", "from", "to", "why"])
    func anEventMayLack(_ name: String) throws {
        let json = Samples.event.with(name, nil)
        #expect(try NodeEvent(parsing: json.encoded).json.encoded == json.encoded)
    }

    @Test(arguments: ["seq", "at", "kind", "by", "prev", "hash"])
    func anEventNeeds(_ name: String) {
        let error = failure { () throws(WireError) in
            try NodeEvent(parsing: Samples.event.with(name, nil).encoded)
        }
        #expect(error?.path == name)
    }

    @Test(
        arguments: [
            ("seq", 0), ("at", "2026-11-20T09:33:48Z"), ("job", ""), ("task", "a.b.c"), ("kind", 1),
            ("hash", .null),
            ("prev", .string(Samples.zeros + "0")), ("x", 1),
        ] as [(String, JSON)]
    )
    func aBadMemberIsNamed(_ row: (String, JSON)) {
        let json = Samples.event.with(row.0, row.1)
        #expect(failure { () throws(WireError) in try NodeEvent(parsing: json.encoded) }?.path == row.0)
    }
}

@Suite struct ProblemTests {
    @Test func aProblemHasTheMembersOfTheRFCAndItsOwn() {
        let problem = Problem(
            409,
            "job-ended",
            "The job has ended",
            detail: "a\nb",
            members: [.init("job", "j")]
        )
        #expect(
            problem.json.text
                == "{\"type\":\"https://baton.invalid/problems/job-ended\",\"title\":\"The job has ended\","
                + "\"status\":409,\"detail\":\"a\\nb\",\"job\":\"j\"}"
        )
    }
}
