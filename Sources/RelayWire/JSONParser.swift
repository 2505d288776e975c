/// Reads one JSON document (RFC 8259), strictly.
///
/// Refused beyond the RFC's own rules: a byte order mark, invalid UTF-8, a key twice, NUL in a text, a lone
/// surrogate, a fraction or exponent, a number outside `Int64`, more than 16 levels of arrays and objects, more
/// than 1,024 members in one object.
struct JSONParser {
    private let bytes: [UInt8]
    /// Whether numbers that are not whole are taken, as null: others' documents have some that nobody here needs.
    private let takesFractions: Bool
    private var position = 0
    private static let depthLimit = 16
    private static let partsOfNumbers = Array("0123456789.eE+-".utf8)
    private static let memberLimit = 1024

    /// The value of `bytes`, which hold nothing else but white space.
    static func value(of bytes: [UInt8], takesFractions: Bool = false) throws(WireError) -> JSON {
        var parser = JSONParser(bytes: bytes, takesFractions: takesFractions)
        let value = try parser.value(depth: 1)
        parser.skipSpace()
        guard parser.position == bytes.count else { throw parser.error("bytes behind the document") }
        return value
    }

    /// How many bytes of `bytes` can be read before they are no document; `nil` when they are one.
    static func readableLength(of bytes: [UInt8]) -> Int? {
        var parser = JSONParser(bytes: bytes)
        do throws(WireError) {
            _ = try parser.value(depth: 1)
            parser.skipSpace()
        } catch {
            return parser.position
        }
        return parser.position == bytes.count ? nil : parser.position
    }

    private init(bytes: [UInt8], takesFractions: Bool = false) {
        self.bytes = bytes
        self.takesFractions = takesFractions
    }

    private func error(_ problem: String) -> WireError {
        WireError(at: "", "not JSON at byte \(position): \(problem)")
    }

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    private mutating func next() throws(WireError) -> UInt8 {
        skipSpace()
        guard position < bytes.count else { throw error("it ends too early") }
        return bytes[position]
    }

    private mutating func skip(_ byte: UInt8, _ what: String) throws(WireError) {
        guard try next() == byte else { throw error("\(what) is missing") }
        position += 1
    }

    private mutating func value(depth: Int) throws(WireError) -> JSON {
        let byte = try next()
        let isContainer = byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[")
        guard depth <= Self.depthLimit || !isContainer else {
            throw error("more than \(Self.depthLimit) levels")
        }
        switch byte {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), 0x30...0x39: return try number()
        default: throw error("no value begins like this")
        }
    }

    private mutating func word(_ word: StaticString, _ value: JSON) throws(WireError) -> JSON {
        let text = String(describing: word)
        guard bytes[position...].starts(with: text.utf8) else { throw error("no value begins like this") }
        position += text.utf8.count
        return value
    }

    private mutating func number() throws(WireError) -> JSON {
        let start = position
        if bytes[position] == UInt8(ascii: "-") { position += 1 }
        let digits = bytes[position...].prefix { (0x30...0x39).contains($0) }
        position += digits.count
        if let end = bytes[position...].first, [0x2E, 0x45, 0x65].contains(end) {
            guard takesFractions, !digits.isEmpty else {
                throw error("numbers are whole here, without fraction or exponent")
            }
            position += bytes[position...].prefix { Self.partsOfNumbers.contains($0) }.count
            return .null
        }
        guard let first = digits.first, first != 0x30 || digits.count == 1,
            let value = Int64(String(decoding: bytes[start..<position], as: UTF8.self))
        else { throw error("not a whole number of 64 bits") }
        return .integer(value)
    }

    private mutating func array(depth: Int) throws(WireError) -> JSON {
        position += 1
        var elements: [JSON] = []
        if try next() == UInt8(ascii: "]") {
            position += 1
            return .array([])
        }
        while true {
            elements.append(try value(depth: depth + 1))
            let byte = try next()
            guard byte == UInt8(ascii: ",") || byte == UInt8(ascii: "]") else {
                throw error("',' or ']' is missing")
            }
            position += 1
            if byte == UInt8(ascii: "]") { return .array(elements) }
        }
    }

    private mutating func object(depth: Int) throws(WireError) -> JSON {
        position += 1
        var members: [JSON.Member] = []
        var names = NameSet()
        if try next() == UInt8(ascii: "}") {
            position += 1
            return .object([])
        }
        while true {
            guard try next() == UInt8(ascii: "\"") else { throw error("a key is missing") }
            let name = try string()
            guard names.insert(name) else {
                throw error("the key \"\(name)\" is there twice")
            }
            guard names.count <= Self.memberLimit else {
                throw error("more than \(Self.memberLimit) members")
            }
            try skip(UInt8(ascii: ":"), "':'")
            members.append(.init(name, try value(depth: depth + 1)))
            let byte = try next()
            guard byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") else {
                throw error("',' or '}' is missing")
            }
            position += 1
            if byte == UInt8(ascii: "}") { return .object(members) }
        }
    }

    private mutating func string() throws(WireError) -> String {
        position += 1
        var text: [UInt8] = []
        while true {
            let start = position
            while position < bytes.count, Self.isPlain(bytes[position]) { position += 1 }
            guard position < bytes.count else { throw error("a text does not end") }
            let run = bytes[start..<position]
            switch bytes[position] {
            case UInt8(ascii: "\""):
                // Nearly every text is one run, which need not be put together first.
                let whole = text.isEmpty ? run : ArraySlice(text + run)
                guard let string = String(validating: whole, as: UTF8.self) else {
                    throw error("a text is not UTF-8")
                }
                position += 1
                return string
            case UInt8(ascii: "\\"):
                text += run
                text += String(try escape()).utf8
            default: throw error("a control character in a text is not escaped")
            }
        }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    private mutating func escape() throws(WireError) -> Character {
        guard position + 1 < bytes.count else { throw error("a text does not end") }
        position += 2
        switch bytes[position - 1] {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return Character(try scalar())
        default: throw error("no such escape")
        }
    }

    private mutating func scalar() throws(WireError) -> Unicode.Scalar {
        let high = try unit()
        var code = high
        if (0xD800...0xDBFF).contains(high), bytes[position...].starts(with: "\\u".utf8) {
            position += 2
            let low = try unit()
            guard (0xDC00...0xDFFF).contains(low) else { throw error("half of a surrogate pair") }
            code = 0x10000 + (high - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw error("half of a surrogate pair") }
        guard code != 0 else { throw error("NUL in a text") }
        return scalar
    }

    private mutating func unit() throws(WireError) -> UInt32 {
        let digits = bytes[position...].prefix(4)
        guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let value = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw error("\\u needs four hexadecimal digits") }
        position += 4
        return value
    }
}

/// The keys of one object, compared by their bytes; objects of ours have few, so a hash seldom pays.
private struct NameSet {
    private var few: [String] = []
    private var many: Set<[UInt8]> = []

    var count: Int { few.count }

    /// `false` when it is there already.
    mutating func insert(_ name: String) -> Bool {
        defer { few.append(name) }
        if few.count < 32 {
            // Strings that differ in any way but their normal form differ in their bytes.
            return !few.contains { $0 == name && $0.utf8.elementsEqual(name.utf8) }
        }
        if many.isEmpty { many = Set(few.map { Array($0.utf8) }) }
        return many.insert(Array(name.utf8)).inserted
    }
}

extension JSON {
    /// Reads exactly one document from `bytes`; see `JSONParser` for what is refused.
    package init(parsing bytes: [UInt8]) throws(WireError) {
        self = try JSONParser.value(of: bytes)
    }

    /// Reads a document of another program, whose numbers may have fractions; those become null.
    package init(parsingForeign bytes: [UInt8]) throws(WireError) {
        self = try JSONParser.value(of: bytes, takesFractions: true)
    }
}
