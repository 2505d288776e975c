import CCrypto
package import RelayWire

/// Why a node's key cannot be used.
package enum KeyError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The text is no private Ed25519 key in PEM (RFC 8410), or is behind a password.
    case unreadable
    /// It is a key of another kind.
    case notEd25519

    package var description: String {
        switch self {
        case .unreadable: "is no private key in PEM without a password (RFC 8410)"
        case .notEd25519: "is a key of another kind than Ed25519"
        }
    }
}

/// A node's private Ed25519 key (RFC 8032), used by OpenSSL; it is never printed.
package struct SigningKey: Sendable, CustomStringConvertible {
    private let seed: [UInt8]
    /// The key by which others check.
    package let publicKey: PublicKey

    /// A key that nobody had before, from the system's random bits.
    package static func generate() -> SigningKey {
        guard let key = baton_make_ed25519() else {
            preconditionFailure("OpenSSL has no Ed25519, or no random bits for it")
        }
        defer { EVP_PKEY_free(key) }
        guard let made = SigningKey(key) else { preconditionFailure("OpenSSL made a key it cannot give") }
        return made
    }

    /// Reads a private key in PEM, PKCS #8 without a password.
    package init(pem: [UInt8]) throws(KeyError) {
        guard let source = BIO_new_mem_buf(pem, Int32(pem.count)) else { throw .unreadable }
        defer { BIO_free(source) }
        guard let key = baton_read_private_key(source) else { throw .unreadable }
        defer { EVP_PKEY_free(key) }
        guard let read = SigningKey(key) else { throw .notEd25519 }
        self = read
    }

    private init?(_ key: OpaquePointer) {
        guard let seed = Self.raw({ EVP_PKEY_get_raw_private_key(key, $0, $1) }),
            let open = Self.raw({ EVP_PKEY_get_raw_public_key(key, $0, $1) }),
            EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519, let publicKey = PublicKey(bytes: open)
        else { return nil }
        self.seed = seed
        self.publicKey = publicKey
    }

    private static func raw(_ read: (UnsafeMutablePointer<UInt8>?, UnsafeMutablePointer<Int>) -> Int32)
        -> [UInt8]?
    {
        var bytes = [UInt8](repeating: 0, count: 32)
        var count = bytes.count
        let status = bytes.withUnsafeMutableBufferPointer { read($0.baseAddress, &count) }
        return status == 1 && count == 32 ? bytes : nil
    }

    /// The key in PEM, PKCS #8 without a password: the bytes of a node's `key.pem`.
    package var pem: [UInt8] {
        withKey { key in
            guard let sink = BIO_new(BIO_s_mem()) else { preconditionFailure("no memory for a key") }
            defer { BIO_free(sink) }
            guard PEM_write_bio_PKCS8PrivateKey(sink, key, nil, nil, 0, nil, nil) == 1 else {
                preconditionFailure("OpenSSL cannot write its own key")
            }
            var bytes = [UInt8](repeating: 0, count: 512)
            let count = BIO_read(sink, &bytes, Int32(bytes.count))
            return Array(bytes.prefix(Int(max(0, count))))
        }
    }

    /// The 64 bytes of the signature of `message`; the same message always gives the same.
    package func signature(of message: [UInt8]) -> [UInt8] {
        withKey { key in
            guard let context = EVP_MD_CTX_new() else { preconditionFailure("no memory for a signature") }
            defer { EVP_MD_CTX_free(context) }
            var bytes = [UInt8](repeating: 0, count: 64)
            var count = bytes.count
            guard EVP_DigestSignInit(context, nil, nil, nil, key) == 1,
                EVP_DigestSign(context, &bytes, &count, message, message.count) == 1, count == 64
            else { preconditionFailure("OpenSSL does not sign by Ed25519") }
            return bytes
        }
    }

    private func withKey<Result>(_ body: (OpaquePointer) -> Result) -> Result {
        guard let key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, seed.count) else {
            preconditionFailure("OpenSSL does not take back its own key")
        }
        defer { EVP_PKEY_free(key) }
        return body(key)
    }

    package var description: String { "the private key of \(publicKey)" }
}
