import CCrypto
package import RelayCore

/// A running SHA-256 (FIPS 180-4), computed by OpenSSL.
package struct SHA256: ~Copyable {
    private let context: OpaquePointer

    /// Begins a sum of no bytes.
    package init() {
        guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
            preconditionFailure("OpenSSL has no SHA-256, or memory for it")
        }
        self.context = context
    }

    deinit { EVP_MD_CTX_free(context) }

    /// Takes the next bytes.
    package mutating func take(_ bytes: some ContiguousBytesSource) {
        bytes.withRawBytes { buffer in
            guard EVP_DigestUpdate(context, buffer.baseAddress, buffer.count) == 1 else {
                preconditionFailure("OpenSSL refused bytes for SHA-256")
            }
        }
    }

    /// Ends the sum and gives the digest of all bytes taken.
    package consuming func finish() -> Digest {
        var bytes = [UInt8](repeating: 0, count: 32)
        let status = bytes.withUnsafeMutableBufferPointer { EVP_DigestFinal_ex(context, $0.baseAddress, nil) }
        guard status == 1, let digest = Digest(bytes: bytes) else {
            preconditionFailure("OpenSSL gave no SHA-256")
        }
        return digest
    }
}

/// Bytes that lie in one piece of memory.
package protocol ContiguousBytesSource {
    /// Runs `body` with the bytes, which are valid only there.
    func withRawBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result
}

extension [UInt8]: ContiguousBytesSource {
    package func withRawBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        withUnsafeBytes(body)
    }
}

extension ArraySlice<UInt8>: ContiguousBytesSource {
    package func withRawBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        withUnsafeBytes(body)
    }
}

extension Digest {
    /// The SHA-256 of `bytes`.
    package static func of(_ bytes: [UInt8]) -> Digest {
        var sum = SHA256()
        sum.take(bytes)
        return sum.finish()
    }
}
