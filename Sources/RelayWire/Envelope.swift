package import RelayCore

/// A DSSE envelope (github.com/secure-systems-lab/dsse, v1.0.2): a payload and who signed it.
///
/// Its canonical encoding, members in the order below and no white space, is what its digest is taken of.
package struct Envelope: Hashable, Sendable, WireReadable, WireWritable {
    /// One signature over the payload.
    package struct Signature: Hashable, Sendable, WireReadable, WireWritable {
        /// The lower-case hexadecimal SHA-256 of the raw public key.
        package let keyID: Digest
        /// The 64 bytes of the Ed25519 signature.
        package let bytes: [UInt8]

        package init(keyID: Digest, bytes: [UInt8]) {
            self.keyID = keyID
            self.bytes = bytes
        }

        package init(from fields: inout Fields) throws(WireError) {
            keyID = try fields.digest("keyid")
            bytes = try fields.value("sig", "64 bytes in base64") { json in
                guard let bytes = json.stringValue.flatMap(Base64.decoded), bytes.count == 64 else {
                    return nil
                }
                return bytes
            }
            try fields.requireOrder(of: json)
        }

        package var json: JSON {
            .members(["keyid": JSON(keyID), "sig": .string(Base64.encoded(bytes))])
        }
    }

    /// The media type of the payload.
    package let payloadType: String
    /// The payload's bytes, the canonical encoding of a statement.
    package let payload: [UInt8]
    /// The signatures, at most two.
    package let signatures: [Signature]

    /// The media type of in-toto statements.
    package static let inTotoType = "application/vnd.in-toto+json"

    package init(payloadType: String, payload: [UInt8], signatures: [Signature]) {
        self.payloadType = payloadType
        self.payload = payload
        self.signatures = signatures
    }

    package init(from fields: inout Fields) throws(WireError) {
        payloadType = try fields.value("payloadType", "\"\(Self.inTotoType)\"") { json in
            json.stringValue == Self.inTotoType ? Self.inTotoType : nil
        }
        payload = try fields.value("payload", "bytes in base64 with padding") {
            $0.stringValue.flatMap(Base64.decoded)
        }
        guard fields.json("signatures") != nil else {
            throw fields.error("signatures", "is missing; an array of at most 2 belongs here")
        }
        signatures = try fields.objects("signatures", atMost: 2)
        try fields.requireOrder(of: json)
    }

    package var json: JSON {
        .members([
            "payloadType": .string(payloadType),
            "payload": .string(Base64.encoded(payload)),
            "signatures": .array(signatures.map(\.json)),
        ])
    }
}
