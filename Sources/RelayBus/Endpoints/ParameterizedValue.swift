/// A header's value with parameters, such as `form-data; name="file"` (RFC 9110, 5.6.6), read strictly.
///
/// A quoted text has no backslash: what one stands for is read differently from program to program, and none of the
/// values that we take needs one.
struct ParameterizedValue: Equatable {
    /// What stands before the parameters, in lower case.
    let value: String
    /// The parameters in order: names in lower case, none twice.
    let parameters: [(name: String, value: String)]

    /// Fails for anything that is not of that form.
    init?(_ text: some Collection<UInt8>) {
        var rest = Array(text)[...]
        let end = rest.firstIndex(of: UInt8(ascii: ";")) ?? rest.endIndex
        value = String(decoding: Self.trimmed(rest[..<end]).map(Self.lower), as: UTF8.self)
        rest = rest[end...]
        var parameters: [(name: String, value: String)] = []
        while rest.popFirst() != nil {
            guard let parameter = Self.parameter(&rest), rest.isEmpty || rest.first == UInt8(ascii: ";"),
                !parameters.contains(where: { $0.name == parameter.name })
            else { return nil }
            parameters.append(parameter)
        }
        self.parameters = parameters
        guard !value.isEmpty, value.utf8.allSatisfy({ Self.isToken($0) || $0 == UInt8(ascii: "/") }) else {
            return nil
        }
    }

    /// The value of the parameter `name`, which must be in lower case.
    subscript(name: String) -> String? { parameters.first { $0.name == name }?.value }

    static func == (left: Self, right: Self) -> Bool {
        left.value == right.value
            && left.parameters.elementsEqual(right.parameters) { $0.name == $1.name && $0.value == $1.value }
    }

    /// One `name=value` with the blanks around it; what follows stays in `rest`.
    private static func parameter(_ rest: inout ArraySlice<UInt8>) -> (name: String, value: String)? {
        rest = rest.drop(while: isBlank)
        let name = rest.prefix(while: isToken)
        rest = rest.dropFirst(name.count)
        guard !name.isEmpty, rest.popFirst() == UInt8(ascii: "=") else { return nil }
        let value: ArraySlice<UInt8>
        if rest.first == UInt8(ascii: "\"") {
            rest = rest.dropFirst()
            value = rest.prefix { isQuotable($0) }
            rest = rest.dropFirst(value.count)
            guard rest.popFirst() == UInt8(ascii: "\"") else { return nil }
        } else {
            value = rest.prefix(while: isToken)
            rest = rest.dropFirst(value.count)
            guard !value.isEmpty else { return nil }
        }
        rest = rest.drop(while: isBlank)
        guard let text = String(validating: value, as: UTF8.self) else { return nil }
        return (String(decoding: name.map(lower), as: UTF8.self), text)
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let front = bytes.drop(while: isBlank)
        return front.dropLast(front.reversed().prefix(while: isBlank).count)
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    private static func lower(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }

    private static func isQuotable(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte != 0x7F && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    /// Whether `byte` may be in a token (RFC 9110, 5.6.2).
    static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x5E...0x60, 0x7C, 0x7E: true
        default: false
        }
    }
}
