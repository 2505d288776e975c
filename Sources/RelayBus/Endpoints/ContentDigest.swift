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
            let parts = member.split(separator: UInt8(ascii: "="), maxSplits: 1)
            guard parts.count == 2 else { return .malformed }
            let name = trimmed(parts[0])
            let value = trimmed(parts[1])
            guard value.utf8.count > 1, value.hasPrefix(":"), value.hasSuffix(":") else { return .malformed }
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

    private static func trimmed(_ text: Substring.UTF8View) -> String {
        let blank = UInt8(ascii: " ")
        let front = text.drop { $0 == blank }
        let count = front.reversed().drop { $0 == blank }.count
        return String(Substring(front.prefix(count)))
    }
}
