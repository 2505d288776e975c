/// A request target in origin form, split and checked on its bytes.
struct Target {
    let path: String
    let query: [(name: String, value: [UInt8])]

    /// Checks and splits `bytes`, the target as it was sent.
    init(_ bytes: [UInt8]) throws(RequestFault) {
        guard bytes.first == UInt8(ascii: "/") else { throw .targetForm }
        guard bytes.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "#") }) else {
            throw .targetCharacter
        }
        let rawPath = bytes.prefix { $0 != UInt8(ascii: "?") }
        _ = try Self.decoded(rawPath)
        path = String(decoding: rawPath, as: UTF8.self)
        query = try Self.parameters(bytes.dropFirst(rawPath.count + 1))
    }

    private static func parameters(
        _ bytes: ArraySlice<UInt8>
    ) throws(RequestFault) -> [(name: String, value: [UInt8])] {
        guard !bytes.isEmpty else { return [] }
        var parameters: [(name: String, value: [UInt8])] = []
        for pair in bytes.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false) {
            let rawName = pair.prefix { $0 != UInt8(ascii: "=") }
            let name = try decoded(rawName)
            guard !name.isEmpty, name.allSatisfy({ (0x21...0x7E).contains($0) }) else { throw .queryName }
            let value = try decoded(pair.dropFirst(rawName.count + 1))
            parameters.append((String(decoding: name, as: UTF8.self), value))
        }
        return parameters
    }

    /// The bytes that `bytes` stands for; a `%` needs two hexadecimal digits and may not hide a NUL.
    private static func decoded(_ bytes: ArraySlice<UInt8>) throws(RequestFault) -> [UInt8] {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var index = bytes.startIndex
        while index < bytes.endIndex {
            guard bytes[index] == UInt8(ascii: "%") else {
                decoded.append(bytes[index])
                index += 1
                continue
            }
            guard index + 2 < bytes.endIndex, let high = digit(bytes[index + 1]),
                let low = digit(bytes[index + 2])
            else { throw .percentEncoding }
            guard high | low != 0 else { throw .percentNUL }
            decoded.append(high << 4 | low)
            index += 3
        }
        return decoded
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }
}
