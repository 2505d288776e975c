import Foundation
import RelayWire
import Testing

private let accepted: [(String, JSON)] = [
    ("null", .null), ("true", true), ("false", false), ("0", 0), ("-0", 0), ("-1", -1), ("10", 10),
    ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)), ("\"\"", ""),
    ("[]", .array([])),
    ("{}", .object([])), (" \t\r\n[ \t\r\n] \t\r\n", .array([])),
    ("[1,[2],{}]", .array([1, .array([2]), .object([])])),
    ("{ \"a\" : 1 , \"b\" : [ ] }", .members(["a": 1, "b": .array([])])), ("{\"\":1}", .members(["": 1])),
    ("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\u{8}\u{C}\n\r\t"),
    ("\"\\u0061\\u00e9\\u00E9\\u20AC\"", "a\u{E9}\u{E9}\u{20AC}"),
    ("\"\\uD83D\\uDE00\"", "\u{1F600}"), ("\"\\ud83d\\ude00\"", "\u{1F600}"),
    ("\"\\uDBFF\\uDFFF\"", "\u{10FFFF}"),
    ("\"\\uFFFF\\uFEFF\"", "\u{FFFF}\u{FEFF}"), ("\"\u{7F}\u{2028}\u{FEFF}\"", "\u{7F}\u{2028}\u{FEFF}"),
    ("{\"a\":1,\"A\":2}", .members(["a": 1, "A": 2])), ("\"\\u0001\\u001f\"", "\u{1}\u{1F}"),
    ("{\"\u{E9}\":1,\"e\u{301}\":2}", .object([.init("\u{E9}", 1), .init("e\u{301}", 2)])),
    ("\"\u{0301}\"", "\u{301}"),
]

private let refused: [(String, String)] = [
    ("", "it ends too early"), (" ", "it ends too early"), ("[", "it ends too early"),
    ("{", "it ends too early"),
    ("[1", "it ends too early"), ("[1,", "it ends too early"), ("{\"a\"", "it ends too early"),
    ("{\"a\":", "it ends too early"), ("{\"a\":1", "it ends too early"), ("{\"a\":1,", "it ends too early"),
    ("[1,]", "no value begins like this"), ("[,1]", "no value begins like this"), ("{,}", "a key is missing"),
    ("{\"a\":1,}", "a key is missing"), ("{a:1}", "a key is missing"), ("{1:1}", "a key is missing"),
    ("{'a':1}", "a key is missing"), ("{\"a\" 1}", "':' is missing"),
    ("{\"a\":}", "no value begins like this"),
    ("[1 2]", "',' or ']' is missing"), ("{\"a\":1 \"b\":2}", "',' or '}' is missing"),
    ("[1}", "',' or ']' is missing"),
    ("]", "no value begins like this"), ("tru", "no value begins like this"),
    ("True", "no value begins like this"),
    ("nul", "no value begins like this"), ("NaN", "no value begins like this"),
    ("Infinity", "no value begins like this"),
    ("'a'", "no value begins like this"), ("/**/1", "no value begins like this"),
    ("\u{B}1", "no value begins like this"),
    ("\u{A0}1", "no value begins like this"), ("\u{FEFF}1", "no value begins like this"),
    ("\u{0}", "no value begins like this"), ("+1", "no value begins like this"),
    (".5", "no value begins like this"),
    ("\u{661}", "no value begins like this"), ("truex", "bytes behind the document"),
    ("1 2", "bytes behind the document"),
    ("{}{}", "bytes behind the document"), ("{}\u{0}", "bytes behind the document"),
    ("{}//", "bytes behind the document"),
    ("[]]", "bytes behind the document"), ("0x1", "bytes behind the document"),
    ("1_0", "bytes behind the document"),
    ("1.0", "numbers are whole here, without fraction or exponent"),
    ("1e2", "numbers are whole here, without fraction or exponent"),
    ("1E2", "numbers are whole here, without fraction or exponent"),
    ("-0.0", "numbers are whole here, without fraction or exponent"),
    ("1.", "numbers are whole here, without fraction or exponent"), ("-", "not a whole number of 64 bits"),
    ("--1", "not a whole number of 64 bits"), ("-a", "not a whole number of 64 bits"),
    ("01", "not a whole number of 64 bits"), ("-01", "not a whole number of 64 bits"),
    ("00", "not a whole number of 64 bits"), ("9223372036854775808", "not a whole number of 64 bits"),
    ("-9223372036854775809", "not a whole number of 64 bits"),
    (String(repeating: "9", count: 100_000), "not a whole number of 64 bits"),
    ("\"", "a text does not end"), ("\"a", "a text does not end"), ("\"\\", "a text does not end"),
    ("\"\\\"", "a text does not end"), ("{\"a", "a text does not end"), ("\"\\x\"", "no such escape"),
    ("\"\\U0061\"", "no such escape"), ("\"\\'\"", "no such escape"), ("\"\\0\"", "no such escape"),
    ("\"\\u\"", "\\u needs four hexadecimal digits"), ("\"\\u12\"", "\\u needs four hexadecimal digits"),
    ("\"\\u12G4\"", "\\u needs four hexadecimal digits"),
    ("\"\\u+123\"", "\\u needs four hexadecimal digits"),
    ("\"\\u 123\"", "\\u needs four hexadecimal digits"),
    ("\"\\uD83D\\u12\"", "\\u needs four hexadecimal digits"),
    ("\"\\u\u{FF11}\u{FF11}\"", "\\u needs four hexadecimal digits"),
    ("\"\\uD83D\"", "half of a surrogate pair"),
    ("\"\\uDE00\"", "half of a surrogate pair"), ("\"\\uDE00\\uD83D\"", "half of a surrogate pair"),
    ("\"\\uD83D\\uD83D\"", "half of a surrogate pair"), ("\"\\uD83Dx\"", "half of a surrogate pair"),
    ("\"\\uD83D\\u0061\"", "half of a surrogate pair"), ("\"\\uD83D\\n\"", "half of a surrogate pair"),
    ("\"\\u0000\"", "NUL in a text"), ("{\"\\u0000\":1}", "NUL in a text"),
    ("\"a\u{0}\"", "a control character in a text is not escaped"),
    ("\"a\nb\"", "a control character in a text is not escaped"),
    ("\"a\tb\"", "a control character in a text is not escaped"),
    ("\"\u{1F}\"", "a control character in a text is not escaped"),
    ("{\"a\":1,\"a\":1}", "the key \"a\" is there twice"),
    ("{\"a\":1,\"\\u0061\":2}", "the key \"a\" is there twice"),
    ("{\"\\u0061\":1,\"b\":0,\"a\":2}", "the key \"a\" is there twice"),
    ("{\"\":1,\"\":2}", "the key \"\" is there twice"),
    ("[{\"k\":{\"a\":1,\"a\":2}}]", "the key \"a\" is there twice"),
    ("{\"\u{1F600}\":1,\"\\uD83D\\uDE00\":2}", "the key \"\u{1F600}\" is there twice"),
]

/// Bytes that are no UTF-8, or another encoding.
private let otherBytes: [[UInt8]] = [
    [0xEF, 0xBB, 0xBF, 0x7B, 0x7D], [0xFE, 0xFF, 0x00, 0x7B, 0x00, 0x7D],
    [0xFF, 0xFE, 0x7B, 0x00, 0x7D, 0x00],
    [0x7B, 0x00, 0x7D, 0x00], [0x00, 0x7B, 0x00, 0x7D], [0x7B, 0, 0, 0, 0x7D, 0, 0, 0], [0x80], [0xC3],
    [0x22, 0xFF, 0x22], [0x22, 0xC3, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
    [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], [0x22, 0xE2, 0x82, 0x22], [0x22, 0xC3] + Array("\\u00a9\"".utf8),
    [0x22, 0x80, 0x22], [0x22, 0xC1, 0xA1, 0x22],
]

@Suite struct JSONParserTests {
    @Test(arguments: accepted)
    func whatTheRFCAllowsAndWeNeedIsRead(_ row: (String, JSON)) throws {
        let json = try JSON(parsing: Array(row.0.utf8))
        #expect(json.encoded == row.1.encoded)
    }

    @Test(arguments: refused)
    func anythingElseIsRefusedWithItsReason(_ row: (String, String)) throws {
        let error = try #require(failure { () throws(WireError) in try JSON(parsing: Array(row.0.utf8)) })
        #expect(error.path == "")
        #expect(error.problem.hasPrefix("not JSON at byte "))
        #expect(error.problem.hasSuffix(": \(row.1)"), "\(error)")
    }

    @Test(arguments: otherBytes)
    func otherEncodingsAndBrokenUTF8AreRefused(_ bytes: [UInt8]) {
        #expect(failure { () throws(WireError) in try JSON(parsing: bytes) } != nil)
    }

    @Test(arguments: [("[1,x]", 3), ("{\"a\":1,\"a\":2}", 10), ("{} {}", 3), ("[01]", 3), ("[\n  1.5]", 5)])
    func theErrorNamesTheByte(_ row: (String, Int)) {
        let error = failure { () throws(WireError) in try JSON(parsing: Array(row.0.utf8)) }
        #expect(
            error?.problem.hasPrefix("not JSON at byte \(row.1):") == true,
            "\(String(describing: error))"
        )
    }

    @Test(arguments: ["", "1", "\"a\"", "null"])
    func sixteenLevelsAreTakenAndSeventeenAreNot(_ core: String) throws {
        func arrays(_ levels: Int) -> [UInt8] {
            Array((String(repeating: "[", count: levels) + core + String(repeating: "]", count: levels)).utf8)
        }
        func objects(_ levels: Int) -> [UInt8] {
            let inner = core.isEmpty ? "{}" : core
            let count = core.isEmpty ? levels - 1 : levels
            return Array(
                (String(repeating: "{\"a\":", count: count) + inner + String(repeating: "}", count: count))
                    .utf8
            )
        }
        let sixteen = try [JSON(parsing: arrays(16)), JSON(parsing: objects(16))]
        #expect(sixteen.map(\.encoded) == [arrays(16), objects(16)])
        for bytes in [arrays(17), objects(17)] {
            let error = failure { () throws(WireError) in try JSON(parsing: bytes) }
            #expect(error?.problem.hasSuffix("more than 16 levels") == true, "\(String(describing: error))")
        }
    }

    @Test(.timeLimit(.minutes(10)), arguments: ["[", "{\"a\":", "[{\"a\":", "[[],"])
    func deepNestingIsRefusedAtOnce(_ opening: String) {
        let bytes = Array(String(repeating: opening, count: 100_000).utf8)
        #expect(failure { () throws(WireError) in try JSON(parsing: bytes) } != nil)
    }

    @Test(.timeLimit(.minutes(10)))
    func manyMembersAreRefusedAndManyElementsReadQuickly() throws {
        func object(_ count: Int) -> [UInt8] {
            Array("{\((0..<count).map { "\"k\($0)\":\($0)" }.joined(separator: ","))}".utf8)
        }
        #expect(try JSON(parsing: object(1024)).memberNames.count == 1024)
        let error = failure { () throws(WireError) in try JSON(parsing: object(40_000)) }
        #expect(error?.problem.hasSuffix("more than 1024 members") == true)
        let elements = "[\(String(repeating: "0,", count: 130_000))0]"
        #expect(try JSON(parsing: Array(elements.utf8)).elements.count == 130_001)
        let escapes = "\"\(String(repeating: "\\u0041", count: 43_000))\""
        #expect(try JSON(parsing: Array(escapes.utf8)).stringValue?.utf8.count == 43_000)
    }

    @Test func everyPrefixOfADocumentIsRefused() {
        let bytes = Samples.relay.encoded
        for count in 0..<bytes.count {
            #expect(failure { () throws(WireError) in try JSON(parsing: Array(bytes.prefix(count))) } != nil)
        }
    }

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func whatIsTakenFromNoiseIsJSONElsewhereToo(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let alphabet =
            Array("{}[]\",:\\/u0019aAdDeE.-+ \n\ttruefalsn".utf8) + [
                0x00, 0x1F, 0x7F, 0xC3, 0xA9, 0xED, 0xA0,
            ]
        let valid = Array(
            "{\"a\":[1,-2,\"\\u00e9\\ud83d\\ude00\\n\",{\"b\":null}],\"c\":{\"d\":true},\"e\":\"x\"}".utf8
        )
        var taken = 0
        for _ in 0..<2000 {
            var bytes = valid
            for _ in 0...Int.random(in: 0...2, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0...2, using: &random) {
                case 0: bytes[index] = alphabet.randomElement(using: &random) ?? 0
                case 1: bytes.remove(at: index)
                default: bytes.insert(alphabet.randomElement(using: &random) ?? 0, at: index)
                }
            }
            guard let json = try? JSON(parsing: bytes) else { continue }
            taken += 1
            let options: JSONSerialization.ReadingOptions = [.fragmentsAllowed]
            #expect(throws: Never.self) {
                try JSONSerialization.jsonObject(with: Data(bytes), options: options)
            }
            #expect(try JSON(parsing: json.encoded).encoded == json.encoded)
        }
        #expect(taken > 50)
    }
}
