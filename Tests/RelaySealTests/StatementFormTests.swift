import Foundation
import RelayCore
import RelaySeal
import RelayWire
import TestSupport
import Testing

/// Each type of statement, read back and in every form that is not its own.
@Suite struct StatementFormTests {
    static let kinds = ["order", "link", "statement"]

    /// One statement of each kind, with every field that is optional.
    private static func full(_ kind: String) -> any SealedStatement {
        let order = Sample.order(round: 2, stage: "sg", previous: Sample.digest("round 1"))
        switch kind {
        case "order": return order
        case "link": return Sample.link("weekly-brief.sg.1", under: order, previous: Sample.digest("nano"))
        default:
            return ControlStatement(
                kind: .close,
                job: Sample.name("weekly-brief"),
                stage: Sample.name("sg"),
                round: .first,
                n: 3,
                to: Sample.name("sg"),
                reason: "tab\tquote\" back\\slash \u{7F} ü",
                missing: [Sample.name("sg-review.md")],
                want: .init(to: Sample.name("jp"), attachments: [Sample.name("a.txt")]),
                receipt: Receipt(
                    task: Sample.task("weekly-brief.main.1"),
                    digest: Sample.digest("x"),
                    seq: 1
                ),
                issued: Sample.now,
                order: order.digest
            )
        }
    }

    /// The rule that reading `payload` as that kind breaks, and its subject; `nil` when it is read.
    private func fault(_ payload: [UInt8], as kind: String) -> String? {
        let envelope = Envelope(payloadType: Envelope.inTotoType, payload: payload, signatures: [])
        do throws(SealFault) {
            switch kind {
            case "order": _ = try Order(in: envelope)
            case "link": _ = try Link(in: envelope)
            default: _ = try ControlStatement(in: envelope)
            }
            return nil
        } catch {
            return "\(error.subject): \(error.rule.rawValue)"
        }
    }

    private func payload(_ kind: String) -> [UInt8] { Self.full(kind).statement.json.encoded }

    @Test func whatIsWrittenIsReadBack() throws {
        let order = Sample.order(round: 3, stage: "jp", previous: Sample.digest("before"))
        #expect(try Order(in: order.sealed) == order)
        #expect(try Order(in: Sample.order().sealed) == Sample.order())
        for previous in [nil, Sample.digest("link")] {
            let link = Sample.link("weekly-brief.jp.3", under: order, previous: previous)
            #expect(try Link(in: link.sealed) == link)
        }
        let bare = ControlStatement(
            kind: .cancel,
            job: Sample.name("a"),
            n: 1,
            to: Sample.name("sg"),
            issued: Sample.now,
            order: order.digest
        )
        #expect(try ControlStatement(in: bare.sealed) == bare)
        let full = try #require(Self.full("statement") as? ControlStatement)
        #expect(try ControlStatement(in: full.sealed) == full)
    }

    @Test(arguments: kinds)
    func oneByteOfWhiteSpaceAnywhereIsRefused(kind: String) {
        let payload = payload(kind)
        #expect(fault(payload, as: kind) == nil)
        for position in 0...payload.count {
            var changed = payload
            changed.insert(UInt8(ascii: " "), at: position)
            // Inside a text the space makes another text, which may be one; it is never the same statement.
            guard fault(changed, as: kind) == nil else { continue }
            #expect(isInsideText(position, of: payload), "white space at byte \(position) was read")
        }
    }

    private func isInsideText(_ position: Int, of payload: [UInt8]) -> Bool {
        var inside = false
        var escaped = false
        for byte in payload[..<position] {
            if inside, !escaped, byte == UInt8(ascii: "\\") {
                escaped = true
                continue
            }
            if byte == UInt8(ascii: "\""), !escaped { inside.toggle() }
            escaped = false
        }
        return inside
    }

    @Test(arguments: kinds)
    func anotherOrderOfMembersIsRefused(kind: String) {
        var count = 0
        for changed in Mutations.swaps(of: Self.full(kind).statement.json) {
            count += 1
            #expect(fault(changed.encoded, as: kind) == "\(kind): malformed", "\(changed.text)")
        }
        #expect(count > 12)
    }

    @Test(arguments: kinds)
    func anUnknownFieldAtAnyDepthIsRefused(kind: String) {
        for changed in Mutations.additions(to: Self.full(kind).statement.json) {
            #expect(fault(changed.encoded, as: kind) == "\(kind): malformed", "\(changed.text)")
        }
    }

    @Test(arguments: kinds)
    func aMissingFieldIsRefusedUnlessItIsOptional(kind: String) {
        let optional: Set = ["previous", "stage", "round", "reason", "missing", "want", "receipt", "task"]
        for (name, changed) in Mutations.removals(from: Self.full(kind).statement.json) {
            guard fault(changed.encoded, as: kind) == nil else { continue }
            #expect(optional.contains(name), "\(kind) was read without \(name)")
        }
    }

    @Test(arguments: kinds)
    func otherSpellingsOfTheSameTextAreRefused(kind: String) {
        let text = String(decoding: payload(kind), as: UTF8.self)
        for (from, to) in [("nano", "\\u006eano"), ("sg", "\\u0073g"), ("https:/", "https:\\/")] {
            guard let range = text.range(of: from) else { continue }
            let changed = text.replacingCharacters(in: range, with: to)
            #expect(fault(Array(changed.utf8), as: kind) == "\(kind): malformed", "\(changed)")
        }
    }

    @Test(arguments: kinds)
    func aStatementOfOneKindIsNoOther(kind: String) {
        for other in Self.kinds where other != kind {
            #expect(fault(payload(kind), as: other) == "\(other): malformed")
        }
    }

    @Test(arguments: ["", "{}", "[]", "null", "{", "\u{FEFF}{}"])
    func whatIsNoStatementIsMalformed(payload: String) {
        for kind in Self.kinds { #expect(fault(Array(payload.utf8), as: kind) == "\(kind): malformed") }
    }

    @Test func anOrderPinsOneContractForEachStage() {
        var contracts = Sample.contracts
        contracts[Sample.name("jp")] = nil
        #expect(
            fault(Sample.order(contracts: contracts).statement.json.encoded, as: "order")
                == "order: malformed"
        )
        let outside = Sample.order(stage: "elsewhere")
        #expect(fault(outside.statement.json.encoded, as: "order") == "order: malformed")
    }

    /// What in a document contradicts its statement.
    @Test func theOuterFieldsOfAControlDocumentMustAgree() throws {
        let statement = try #require(Self.full("statement") as? ControlStatement)
        let document = statement.document(from: Sample.name("main"), in: statement.sealed)
        #expect(statement.agrees(with: document))
        let others = [
            ControlStatement(
                kind: .cancel,
                job: statement.job,
                n: 3,
                to: statement.to,
                issued: Sample.now,
                order: statement.order
            ),
            ControlStatement(
                kind: .close,
                job: statement.job,
                n: 4,
                to: statement.to,
                issued: Sample.now,
                order: statement.order
            ),
        ]
        for other in others { #expect(!other.agrees(with: document)) }
    }
}
