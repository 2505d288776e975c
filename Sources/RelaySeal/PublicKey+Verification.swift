import CCrypto
package import RelayCore
package import RelayWire

extension PublicKey {
    /// The lower-case hexadecimal SHA-256 of the raw key, by which signatures name it.
    package var keyID: Digest { Digest.of(bytes) }

    /// Whether `signature` is this key's of `message` (RFC 8032, section 5.1.7).
    package func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        guard signature.count == 64,
            let key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, bytes, bytes.count)
        else { return false }
        defer { EVP_PKEY_free(key) }
        guard let context = EVP_MD_CTX_new() else { preconditionFailure("no memory for a verification") }
        defer { EVP_MD_CTX_free(context) }
        guard EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1 else {
            preconditionFailure("OpenSSL does not verify by Ed25519")
        }
        // What does not verify leaves a note on the thread's queue of errors, which nobody would ever read.
        defer { ERR_clear_error() }
        return EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }
}
