/// A node's Ed25519 public key (RFC 8032, section 5.1.5), as `fleet.json` names it.
package struct PublicKey: Hashable, Sendable, CustomStringConvertible {
    /// The 32 raw bytes.
    package let bytes: [UInt8]

    /// What the text form must be.
    package static let rule = "\"ed25519:\" and the 32 bytes of an Ed25519 key in base64"
    private static let prefix = "ed25519:"

    /// Fails unless there are 32 bytes, and for the points of small order.
    ///
    /// With such a key OpenSSL takes one signature for every message, so it would prove nothing.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 32, !Self.isOfSmallOrder(bytes) else { return nil }
        self.bytes = bytes
    }

    /// Reads `ed25519:<base64>`.
    package init?(_ text: String) {
        guard text.utf8.starts(with: Self.prefix.utf8),
            let bytes = Base64.decoded(String(Substring(text.utf8.dropFirst(Self.prefix.utf8.count))))
        else { return nil }
        self.init(bytes: bytes)
    }

    package var description: String { Self.prefix + Base64.encoded(bytes) }

    /// The y of the points of order 1, 2, 4 and 8, and of those whose y is written as p or p + 1, little endian;
    /// the highest bit, the sign of x, does not count.
    private static let smallOrder: [[UInt8]] = [
        little(first: 0), little(first: 1),
        little(first: 0xEC, rest: 0xFF, last: 0x7F), little(first: 0xED, rest: 0xFF, last: 0x7F),
        little(first: 0xEE, rest: 0xFF, last: 0x7F),
        [
            0x26, 0xE8, 0x95, 0x8F, 0xC2, 0xB2, 0x27, 0xB0, 0x45, 0xC3, 0xF4, 0x89, 0xF2, 0xEF, 0x98, 0xF0,
            0xD5, 0xDF, 0xAC, 0x05, 0xD3, 0xC6, 0x33, 0x39, 0xB1, 0x38, 0x02, 0x88, 0x6D, 0x53, 0xFC, 0x05,
        ],
        [
            0xC7, 0x17, 0x6A, 0x70, 0x3D, 0x4D, 0xD8, 0x4F, 0xBA, 0x3C, 0x0B, 0x76, 0x0D, 0x10, 0x67, 0x0F,
            0x2A, 0x20, 0x53, 0xFA, 0x2C, 0x39, 0xCC, 0xC6, 0x4E, 0xC7, 0xFD, 0x77, 0x92, 0xAC, 0x03, 0x7A,
        ],
    ]

    private static func little(first: UInt8, rest: UInt8 = 0, last: UInt8 = 0) -> [UInt8] {
        [first] + [UInt8](repeating: rest, count: 30) + [last]
    }

    private static func isOfSmallOrder(_ bytes: [UInt8]) -> Bool {
        var y = bytes
        y[31] &= 0x7F
        return smallOrder.contains(y)
    }
}
