import RelayCore
import RelayWire

/// The header `Content-Digest` (RFC 9530): a dictionary of algorithms and byte sequences.
enum ContentDigest {
    /// What a request says of the digest of its body.
    enum Claim: Equatable {
        /// Nothing that we check.
        case absent
        /// The SHA-256 it must have.
        case sha256(Digest)
        /// Not a dictionary, or no SHA-256 of 32 bytes where it says so.
        case malformed
    }

    static func claim(in header: String?) -> Claim {
        guard let header else { return .absent }
        var claim = Claim.absent
        for member in header.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            let parts = trimmed(member).utf8.split(separator: UInt8(ascii: "="), maxSplits: 1)
            guard parts.count == 2 else { return .malformed }
            let (name, value) = (String(Substring(parts[0])), String(Substring(parts[1])))
            guard isKey(name), value.utf8.count > 1, value.hasPrefix(":"), value.hasSuffix(":") else {
                return .malformed
            }
            guard name == "sha-256" else { continue }
            guard
                let digest = Base64.decoded(String(value.dropFirst().dropLast())).flatMap(
                    Digest.init(bytes:)
                ),
                claim == .absent
            else { return .malformed }
            claim = .sha256(digest)
        }
        return claim
    }

    /// Whether `name` is a key of a dictionary (RFC 8941, 3.1.2).
    private static func isKey(_ name: String) -> Bool {
        name.utf8.allSatisfy { byte in
            (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || "_-.*".utf8.contains(byte)
        }
    }

    private static func trimmed(_ text: Substring.UTF8View) -> String {
        let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
        let front = text.drop(while: isBlank)
        let count = front.reversed().drop(while: isBlank).count
        return String(Substring(front.prefix(count)))
    }
}
