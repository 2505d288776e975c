package import RelayCore

/// A JSON value as this system allows it: integers only, one value for each key, at most 16 levels.
///
/// Own code, as Foundation's decoder takes duplicate keys, UTF-16 and `1.0` for an integer (reliability.md, 0.5),
/// and because envelopes must be compared byte for byte with their canonical encoding.
package indirect enum JSON: Hashable, Sendable {
    /// `null`; no document of ours has it.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A number without fraction or exponent, in the range of `Int64`.
    case integer(Int64)
    /// A text without NUL.
    case string(String)
    /// The elements.
    case array([JSON])
    /// The members in the order they are written.
    case object([Member])

    /// One member of an object.
    package struct Member: Hashable, Sendable {
        /// The key.
        package let name: String
        /// The value.
        package let value: JSON

        package init(_ name: String, _ value: JSON) {
            self.name = name
            self.value = value
        }
    }

    /// An object of those members that have a value.
    package static func members(_ members: KeyValuePairs<String, JSON?>) -> JSON {
        .object(members.compactMap { name, value in value.map { Member(name, $0) } })
    }

    /// The canonical encoding: no white space, members as ordered, only `"`, `\` and control characters escaped.
    package var encoded: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(512)
        write(to: &bytes)
        return bytes
    }

    /// The canonical encoding as text.
    package var text: String { String(decoding: encoded, as: UTF8.self) }

    private func write(to bytes: inout [UInt8]) {
        switch self {
        case .null: bytes += "null".utf8
        case .bool(let value): bytes += (value ? "true" : "false").utf8
        case .integer(let value): bytes += String(value).utf8
        case .string(let value): Self.write(value, to: &bytes)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                element.write(to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                Self.write(member.name, to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                member.value.write(to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    private static func write(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { buffer in
            var copied = 0
            for index in buffer.indices where isEscaped(buffer[index]) {
                bytes.append(contentsOf: UnsafeBufferPointer(rebasing: buffer[copied..<index]))
                writeEscape(of: buffer[index], to: &bytes)
                copied = index + 1
            }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: buffer[copied...]))
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func isEscaped(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == 0x7F
    }

    private static func writeEscape(of byte: UInt8, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\n"): bytes.append(UInt8(ascii: "n"))
        case UInt8(ascii: "\r"): bytes.append(UInt8(ascii: "r"))
        case UInt8(ascii: "\t"): bytes.append(UInt8(ascii: "t"))
        case 0..<0x20, 0x7F:
            let digits = Array("0123456789abcdef".utf8)
            bytes += "u00".utf8
            bytes.append(digits[Int(byte >> 4)])
            bytes.append(digits[Int(byte & 15)])
        default: bytes.append(byte)
        }
    }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
}

extension JSON {
    /// The text of a name.
    package init(_ name: some CheckedName) { self = .string(name.rawValue) }

    /// The text in RFC 3339.
    package init(_ moment: UnixMilliseconds) { self = .string(moment.rfc3339) }

    /// The hexadecimal digits.
    package init(_ digest: Digest) { self = .string(digest.hex) }

    /// The number.
    package init(_ number: some BinaryInteger) { self = .integer(Int64(clamping: number)) }

    /// The text; `nil` for none, so that the member is left out.
    package init?(_ text: String?) {
        guard let text else { return nil }
        self = .string(text)
    }
}
