import RelayCore
import RelayWire
import Testing

private let claim: [JSON.Member] = [.init("task", "weekly-brief.sg.1"), .init("epoch", 3)]
private let route: JSON = .array([
    .members(["stage": "nano", "node": "nano"]), .members(["stage": "main", "node": "main"]),
])

/// Each verb with all its fields, and the fields it needs.
let bodies: [(verb: String, members: [JSON.Member], needs: [String])] = [
    (
        "claim",
        [
            .init("task", "weekly-brief.sg.1"), .init("stages", .array(["sg"])), .init("by", "human"),
            .init("wait_s", 60),
        ], []
    ),
    (
        "renew", claim + [.init("progress", .members(["bytes": 0, "cpu_ms": 12]))], ["task", "epoch"]
    ),
    (
        "produced",
        claim + [.init("outputs", .array([Samples.attachment])), .init("processor", "builtin:sg")],
        ["task", "epoch", "processor"]
    ),
    (
        "blocked",
        claim + [
            .init("reason", .members(["code": "missing", "text": "No.", "expected": .array(["brief.md"])]))
        ], ["task", "epoch", "reason"]
    ),
    (
        "released", claim + [.init("delays", true), .init("why", "exit 75")],
        ["task", "epoch", "delays", "why"]
    ), ("deliver", [.init("wait_s", 0)], []),
    (
        "attempt",
        [
            .init("delivery", 4), .init("status", 409), .init("problem", "job-ended"),
            .init("error", "refused"),
            .init("retry_after_s", 86_400),
        ], ["delivery", "error"]
    ), ("handed-on", [.init("delivery", 4), .init("receipt", Samples.receipt)], ["delivery", "receipt"]),
    (
        "order",
        [
            .init("job", "weekly-brief"), .init("attachments", .array([Samples.attachment])),
            .init("route", route),
            .init("deadline", .string(Samples.moment)),
        ], ["job"]
    ),
    (
        "reorder",
        [
            .init("job", "weekly-brief"), .init("stage", "sg"), .init("route", route),
            .init("reason", "again"), .init("attachments", .array([Samples.attachment])),
        ], ["job", "stage"]
    ), ("closeout", claim, ["task", "epoch"]),
    (
        "control",
        [
            .init("control", "nudge"), .init("job", "weekly-brief"), .init("to", "sg"), .init("round", 2),
            .init("reason", "once more"), .init("missing", .array(["a.md"])),
            .init("want", .members(["to": "jp", "attachments": .array(["a.md"])])),
        ], ["control", "job"]
    ),
    (
        "observed",
        [
            .init("node", "sg"), .init("seq", 0), .init("events", .array([Samples.event])),
            .init("date", "2026-11-20T09:33:48.000Z"),
        ], ["node"]
    ), ("resolve", [.init("task", "weekly-brief.sg.1"), .init("why", "repaired")], ["task", "why"]),
    ("examine", [.init("repair", true)], []),
]

private func request(_ verb: String, _ members: [JSON.Member]) -> JSON {
    .object(
        [
            .init("baton", 1), .init("kind", .string(verb)), .init("instance", "0A-z9"),
            .init("request", "7"),
        ] + members
    )
}

@Suite struct LocalRequestTests {
    @Test func everyVerbHasASample() {
        #expect(Set(bodies.map(\.verb)) == Set(LocalRequest.Verb.allCases.map(\.rawValue)))
    }

    @Test(arguments: bodies.indices)
    func everyVerbComesBackByteForByte(_ index: Int) throws {
        let json = request(bodies[index].verb, bodies[index].members)
        #expect(LocalRequest.isLocal(json))
        let read = try LocalRequest(json: JSON(parsing: json.encoded))
        #expect(read.verb.rawValue == bodies[index].verb)
        #expect(read.json.encoded == json.encoded)
        #expect(try LocalRequest(json: read.json) == read)
    }

    @Test(arguments: bodies.indices)
    func everyVerbNeedsItsFieldsAndNoMore(_ index: Int) throws {
        let json = request(bodies[index].verb, bodies[index].members)
        for name in json.memberNames {
            let error = failure { () throws(WireError) in try LocalRequest(json: json.with(name, nil)) }
            let isNeeded =
                ["baton", "kind", "instance", "request"].contains(name) || bodies[index].needs.contains(name)
            #expect((error != nil) == isNeeded, "\(name): \(String(describing: error))")
            if isNeeded { #expect(error?.path == name) }
        }
        #expect(throws: WireError(at: "x", "an unknown field")) { try LocalRequest(json: json.with("x", 1)) }
    }

    @Test(arguments: bodies.indices)
    func noFieldOfAnyVerbTakesNull(_ index: Int) {
        let json = request(bodies[index].verb, bodies[index].members)
        for name in json.memberNames {
            let error = failure { () throws(WireError) in try LocalRequest(json: json.with(name, .null)) }
            #expect(error?.path == name)
        }
    }

    @Test(
        arguments: [
            ("claim", "wait_s", 61), ("claim", "wait_s", -1), ("claim", "by", "root"),
            ("claim", "task", "a.sg.01"),
            ("claim", "stages", .array(["DE"])), ("renew", "epoch", 0), ("renew", "progress", .object([])),
            ("produced", "outputs", .array([1])),
            ("produced", "processor", .string(String(repeating: "p", count: 257))),
            ("released", "delays", 1), ("attempt", "status", 99), ("attempt", "status", 600),
            ("attempt", "retry_after_s", 86_401), ("attempt", "delivery", 0), ("handed-on", "receipt", "x"),
            ("order", "route", .array([])), ("order", "route", .object([])), ("order", "deadline", 0),
            ("control", "control", "close"), ("control", "control", "reorder"),
            ("control", "control", "relay"), ("control", "want", "jp"),
            ("observed", "seq", -1),
            ("observed", "events", .array(Array(repeating: Samples.event, count: 501))),
            ("resolve", "why", .string(String(repeating: "w", count: 1025))), ("claim", "kind", "relay"),
            ("claim", "kind", "Claim"), ("claim", "instance", ""), ("claim", "instance", "a_b"),
            ("claim", "instance", "\u{E9}"), ("claim", "instance", "a@"), ("claim", "instance", "a["),
            ("claim", "request", .string(String(repeating: "r", count: 65))), ("claim", "request", "a\n"),
        ] as [(String, String, JSON)]
    )
    func aWrongValueIsNamed(_ row: (String, String, JSON)) throws {
        let body = try #require(bodies.first { $0.verb == row.0 })
        let json = request(body.verb, body.members).with(row.1, row.2)
        let error = failure { () throws(WireError) in try LocalRequest(json: json) }
        #expect(error?.path.hasPrefix(row.1) == true, "\(String(describing: error))")
    }

    @Test(arguments: [Samples.relay, Samples.reorder, .object([]), .array([]), .members(["kind": 1])])
    func aDocumentBetweenNodesIsNotLocal(_ json: JSON) {
        #expect(!LocalRequest.isLocal(json))
    }

    @Test func aRouteWithAnUnknownFieldOrAStageTwiceIsRefused() {
        let leg: JSON = .members(["stage": "main", "node": "main", "x": 1])
        let order = request("order", [.init("job", "j"), .init("route", .array([leg, leg]))])
        #expect(throws: WireError(at: "route[0].x", "an unknown field")) { try LocalRequest(json: order) }
        let twice = order.with("route", .array([leg.with("x", nil), leg.with("x", nil)]))
        #expect(throws: WireError(at: "route", "2 to 16 legs, no stage twice, main last")) {
            try LocalRequest(json: twice)
        }
    }
}

@Suite struct LocalAnswerTests {
    private let file = Samples.attachment.with("path", "/var/lib/baton/inbox/a")

    @Test func aClaimedTaskComesBackByteForByte() throws {
        let json: JSON = .members([
            "task": "weekly-brief.sg.1", "epoch": 1, "lease_until": .string(Samples.moment),
            "contract": .string("sha256:\(Samples.hex)"), "inputs": .array([file]), "work": "/w",
        ])
        for json in [json, json.with("lease_until", nil)] {
            #expect(try ClaimedTask(parsing: json.encoded).json.encoded == json.encoded)
        }
        let error = failure { () throws(WireError) in
            try ClaimedTask(parsing: json.with("inputs", .array([Samples.attachment])).encoded)
        }
        #expect(error?.path == "inputs[0].path")
    }

    @Test func aDueDeliveryComesBackByteForByte() throws {
        let json: JSON = .members([
            "id": 1, "to": "sg", "address": "127.0.0.1:18102", "job": "weekly-brief", "round": 1,
            "document": "e30=",
            "files": .array([file]), "attempts": 0,
        ])
        let due = try DueDelivery(parsing: json.encoded)
        #expect(due.json.encoded == json.encoded)
        #expect(due.document == Array("{}".utf8))
        for name in ["id", "to", "address", "job", "round", "document", "attempts"] {
            let error = failure { () throws(WireError) in
                try DueDelivery(parsing: json.with(name, nil).encoded)
            }
            #expect(error?.path == name)
        }
    }
}
