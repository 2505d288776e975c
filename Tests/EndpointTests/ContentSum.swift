import RelayCore
import RelaySeal
import RelayWire

/// `Content-Digest` as a client computes it.
enum ContentSum {
    /// The header's value for `body`.
    static func header(of body: [UInt8]) -> String {
        "sha-256=:\(Base64.encoded(Digest.of(body).bytes)):"
    }
}
