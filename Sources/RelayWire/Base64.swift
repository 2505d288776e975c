/// Base64 with padding (RFC 4648, 4), one text for each value.
package enum Base64 {
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let values: [UInt8?] = {
        var values = [UInt8?](repeating: nil, count: 256)
        for (value, digit) in digits.enumerated() { values[Int(digit)] = UInt8(value) }
        return values
    }()

    /// The text of `bytes`.
    package static func encoded(_ bytes: [UInt8]) -> String {
        let length = (bytes.count + 2) / 3 * 4
        return String(unsafeUninitializedCapacity: length) { text in
            digits.withUnsafeBufferPointer { digits in
                var (at, start) = (0, 0)
                while start < bytes.count {
                    let count = min(3, bytes.count - start)
                    var word = UInt32(bytes[start]) << 16
                    if count > 1 { word |= UInt32(bytes[start + 1]) << 8 }
                    if count > 2 { word |= UInt32(bytes[start + 2]) }
                    for place in 0..<4 {
                        let digit = digits[Int(word >> (18 - 6 * UInt32(place)) & 63)]
                        text[at + place] = place <= count ? digit : UInt8(ascii: "=")
                    }
                    (at, start) = (at + 4, start + 3)
                }
            }
            return length
        }
    }

    /// The bytes of `text`; `nil` unless `text` is exactly what `encoded` gives for them.
    package static func decoded(_ text: String) -> [UInt8]? {
        let input = Array(text.utf8)
        guard input.count % 4 == 0 else { return nil }
        let padding = input.suffix(2).count { $0 == UInt8(ascii: "=") }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(input.count / 4 * 3)
        var word: UInt32 = 0
        for (index, digit) in input.dropLast(padding).enumerated() {
            guard let value = values[Int(digit)] else { return nil }
            word = word << 6 | UInt32(value)
            if index % 4 == 3 {
                bytes.append(UInt8(truncatingIfNeeded: word >> 16))
                bytes.append(UInt8(truncatingIfNeeded: word >> 8))
                bytes.append(UInt8(truncatingIfNeeded: word))
                word = 0
            }
        }
        if padding == 1 {
            bytes += [UInt8(truncatingIfNeeded: word >> 10), UInt8(truncatingIfNeeded: word >> 2)]
        }
        if padding == 2 { bytes.append(UInt8(truncatingIfNeeded: word >> 4)) }
        let spare: UInt32 = padding == 1 ? 0b11 : padding == 2 ? 0b1111 : 0
        return word & spare == 0 ? bytes : nil
    }
}
