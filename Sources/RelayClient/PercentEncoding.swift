/// `bytes` as a query value: all but letters, digits and `-._~` as `%XX`.
package func percentEncoded(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var encoded: [UInt8] = []
    for byte in bytes {
        if byte.isLetterOrDigit || "-._~".utf8.contains(byte) {
            encoded.append(byte)
        } else {
            encoded += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
    }
    return String(decoding: encoded, as: UTF8.self)
}

/// The UTF-8 bytes of `text` as a query value.
package func percentEncoded(_ text: String) -> String { percentEncoded(text.utf8) }
