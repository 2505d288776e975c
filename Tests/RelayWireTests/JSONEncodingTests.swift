import Foundation
import RelayCore
import RelayWire
import Testing

@Suite struct JSONEncodingTests {
    @Test(
        arguments: [
            (.null, "null"), (true, "true"), (false, "false"), (.integer(.min), "-9223372036854775808"),
            (0, "0"),
            ("", "\"\""), ("a\"\\/\u{8}\u{C}\n\r\t", "\"a\\\"\\\\/\\u0008\\u000c\\n\\r\\t\""),
            ("\u{1}\u{1F}\u{7F}\u{80}\u{2028}", "\"\\u0001\\u001f\\u007f\u{80}\u{2028}\""),
            ("e\u{301}\u{1F600}", "\"e\u{301}\u{1F600}\""), (.array([]), "[]"), (.object([]), "{}"),
            (.members(["b": 1, "none": nil, "a": .array([1, .null])]), "{\"b\":1,\"a\":[1,null]}"),
            (.members(["\n": "\n"]), "{\"\\n\":\"\\n\"}"),
        ] as [(JSON, String)]
    )
    func theEncodingIsTheCanonicalOne(_ row: (JSON, String)) {
        #expect(row.0.encoded == Array(row.1.utf8))
        #expect(row.0.text == row.1)
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func whatIsEncodedIsReadAgainAsItWas(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            let json = Self.random(depth: 5, using: &random)
            let again = try JSON(parsing: json.encoded)
            #expect(again == json)
            #expect(again.encoded == json.encoded)
            _ = try JSONSerialization.jsonObject(with: Data(json.encoded), options: [.fragmentsAllowed])
        }
    }

    @Test func everyScalarButNULComesBack() throws {
        for value in UInt32(1)...0x3000 {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let json = JSON.string("a\(scalar)b")
            #expect(try JSON(parsing: json.encoded).encoded == json.encoded)
        }
    }

    @Test func valuesGiveTheirMembers() throws {
        let json: JSON = .members(["a": 1, "b": "x", "c": .array([true])])
        #expect(json["a"]?.integerValue == 1)
        #expect(json["b"]?.stringValue == "x")
        #expect(json["c"]?.elements == [true])
        #expect(json["d"] == nil)
        #expect(JSON.array([json])["a"] == nil)
        #expect(json["a"]?.stringValue == nil)
        #expect(json["b"]?.integerValue == nil)
        #expect(json["a"]?.elements == [])
        #expect(JSON(UInt64.max) == .integer(.max))
        #expect(JSON(nil) == nil)
    }

    private static func random(depth: Int, using random: inout SeededGenerator) -> JSON {
        switch Int.random(in: 0...(depth > 0 ? 6 : 3), using: &random) {
        case 0: return .integer(Int64.random(in: .min ... .max, using: &random))
        case 1: return .bool(Bool.random(using: &random))
        case 2: return .null
        case 3: return .string(text(using: &random))
        case 4:
            let count = Int.random(in: 0...4, using: &random)
            return .array((0..<count).map { _ in Self.random(depth: depth - 1, using: &random) })
        default:
            let count = Int.random(in: 0...4, using: &random)
            return .object(
                (0..<count).map { index in
                    .init("\(index)\(text(using: &random))", Self.random(depth: depth - 1, using: &random))
                }
            )
        }
    }

    private static func text(using random: inout SeededGenerator) -> String {
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0...8, using: &random) {
            let limit: UInt32 = [0x80, 0x800, 0x1_0000, 0x11_0000].randomElement(using: &random) ?? 0x80
            if let scalar = Unicode.Scalar(UInt32.random(in: 1..<limit, using: &random)) {
                text.append(scalar)
            }
        }
        return String(text)
    }
}
