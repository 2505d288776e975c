import Foundation
import RelayCore
package import RelaySeal
package import RelayWire

/// The keys of the nodes in tests: each name has one, always the same.
package enum TestKeys {
    /// PKCS #8 up to the 32 bytes of an Ed25519 key (RFC 8410).
    private static let header: [UInt8] = [
        0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
    ]

    /// The key of the node `name`.
    package static func key(of name: String) -> SigningKey {
        let text = Base64.encoded(header + Digest.of(Array("baton test key \(name)".utf8)).bytes)
        let pem = "-----BEGIN PRIVATE KEY-----\n\(text)\n-----END PRIVATE KEY-----\n"
        do {
            return try SigningKey(pem: Array(pem.utf8))
        } catch {
            preconditionFailure("OpenSSL does not take a test's key: \(error)")
        }
    }

    /// The node's `keys` in a fleet's file.
    package static func list(of name: String) -> JSON {
        .array([.members(["key": .string(key(of: name).publicKey.description)])])
    }

    /// Makes the data directory of the node `name` with its key.
    package static func write(_ name: String, in data: String) throws {
        let files = FileManager.default
        try files.createDirectory(atPath: data, withIntermediateDirectories: true)
        try Data(key(of: name).pem).write(to: URL(fileURLWithPath: "\(data)/key.pem"))
        try files.setAttributes([.posixPermissions: 0o600], ofItemAtPath: "\(data)/key.pem")
    }
}

extension Statement {
    /// The statement, signed by the node `name`.
    package func signed(by name: String) -> Envelope { signed(by: TestKeys.key(of: name)) }

    /// The statement in an envelope that nobody has signed.
    package var unsigned: Envelope {
        Envelope(payloadType: Envelope.inTotoType, payload: json.encoded, signatures: [])
    }
}

extension Order {
    /// The order as main signs it.
    package var sealed: Envelope { statement.signed(by: "main") }
}

extension ControlStatement {
    /// The statement as main signs it.
    package var sealed: Envelope { statement.signed(by: "main") }
}

extension Link {
    /// The link as its node signs it.
    package var sealed: Envelope { statement.signed(by: node.rawValue) }
}
