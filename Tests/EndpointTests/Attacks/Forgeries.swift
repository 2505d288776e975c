import RelayCore
import RelaySeal
import RelayWire
import TestSupport

/// What somebody does to an envelope who lacks the key that it needs.
extension Envelope {
    /// The envelope with other signatures.
    func with(_ signatures: [Signature]) -> Envelope {
        Envelope(payloadType: payloadType, payload: payload, signatures: signatures)
    }

    /// The first signature with another key id, or other bytes.
    func bent(keyID: Digest? = nil, _ change: (inout [UInt8]) -> Void = { _ in }) -> Envelope {
        with(
            signatures.prefix(1).map { signature in
                var bytes = signature.bytes
                change(&bytes)
                return Signature(keyID: keyID ?? signature.keyID, bytes: bytes)
            }
        )
    }

    /// The payload with a piece of its text replaced, under the signatures as they were.
    func saying(_ new: String, insteadOf old: String) -> Envelope {
        let text = String(decoding: payload, as: UTF8.self)
        guard text.utf8.contains(old) else { preconditionFailure("\(old) is not in \(text)") }
        let changed = text.replacing(old, with: new, maxReplacements: 1)
        return Envelope(payloadType: payloadType, payload: Array(changed.utf8), signatures: signatures)
    }

    /// The payload with one bit changed, under the signatures as they were.
    func flipping(bit: Int) -> Envelope {
        var payload = payload
        payload[bit / 8] ^= 1 << UInt8(bit % 8)
        return Envelope(payloadType: payloadType, payload: payload, signatures: signatures)
    }

    /// The same payload as `name` signs it.
    func signed(again name: String) -> Signature {
        let key = TestKeys.key(of: name)
        return Signature(keyID: key.publicKey.keyID, bytes: key.signature(of: preAuthenticationEncoding))
    }

    /// Bytes that main signed although they are no statement in its canonical form.
    static func byMain(_ payload: String) -> Envelope {
        let bare = Envelope(payloadType: inTotoType, payload: Array(payload.utf8), signatures: [])
        return bare.with([bare.signed(again: "main")])
    }
}

extension Digest {
    /// The digest with its first bit changed.
    var bent: Digest {
        var bytes = bytes
        bytes[0] ^= 1
        return Digest(bytes: bytes) ?? self
    }
}

/// Lies about who signed, each told of a statement that main or a node would have to sign.
enum Forgery: String, CaseIterable {
    case unsigned, signedByAnother, signedByAStranger, anotherUnderItsKeyID, itsUnderAnotherKeyID
    case keyIDBent, signatureBent, scalarBent, malleated, neutral, signedTwice, foreignBehind, foreignBefore
    case ofAnotherStatement

    /// The attack in words, as the row's name.
    var words: String {
        switch self {
        case .unsigned: "that nobody signed"
        case .signedByAnother: "signed by another node of the fleet"
        case .signedByAStranger: "signed by a key of no node"
        case .anotherUnderItsKeyID: "under the right key id, signed by another node"
        case .itsUnderAnotherKeyID: "with the right signature under another node's key id"
        case .keyIDBent: "with one bit of the key id changed"
        case .signatureBent: "with one bit of the signature's point changed"
        case .scalarBent: "with one bit of the signature's scalar changed"
        case .malleated: "with the group's order added to the signature's scalar"
        case .neutral: "with the signature that fits every message for a key of small order"
        case .signedTwice: "signed twice by the right key"
        case .foreignBehind: "with a foreign signature behind the right one"
        case .foreignBefore: "with a foreign signature before the right one"
        case .ofAnotherStatement: "under the signature of another statement of its node"
        }
    }

    /// The envelope of `statement`, which `signer` would have to sign; `another` is a node too.
    func envelope(_ statement: Statement, signer: String, another: String) -> Envelope {
        let honest = statement.signed(by: signer)
        let other = TestKeys.key(of: another).publicKey.keyID
        switch self {
        case .unsigned: return statement.unsigned
        case .signedByAnother: return statement.signed(by: another)
        case .signedByAStranger: return statement.signed(by: "stranger")
        case .anotherUnderItsKeyID:
            let keyID = TestKeys.key(of: signer).publicKey.keyID
            return statement.signed(by: another).bent(keyID: keyID)
        case .itsUnderAnotherKeyID: return honest.bent(keyID: other)
        case .keyIDBent: return honest.bent(keyID: honest.signatures[0].keyID.bent)
        case .signatureBent: return honest.bent { $0[0] ^= 1 }
        case .scalarBent: return honest.bent { $0[32] ^= 1 }
        case .malleated: return honest.bent { Self.addGroupOrder(to: &$0) }
        case .neutral: return honest.bent { $0 = [1] + [UInt8](repeating: 0, count: 63) }
        case .signedTwice: return honest.with(honest.signatures + honest.signatures)
        case .foreignBehind: return honest.with(honest.signatures + [honest.signed(again: another)])
        case .foreignBefore: return honest.with([honest.signed(again: another)] + honest.signatures)
        case .ofAnotherStatement:
            let other = Statement(subject: [], predicateType: "x", predicate: .object([]))
            return honest.with(other.signed(by: signer).signatures)
        }
    }

    /// S + L, the order of the group (RFC 8032, section 5.1): the same point for a careless verifier.
    private static func addGroupOrder(to signature: inout [UInt8]) {
        let order: [UInt8] =
            [
                0xED, 0xD3, 0xF5, 0x5C, 0x1A, 0x63, 0x12, 0x58, 0xD6, 0x9C, 0xF7, 0xA2, 0xDE, 0xF9, 0xDE,
                0x14,
            ] + [UInt8](repeating: 0, count: 15) + [0x10]
        var carry = 0
        for index in 0..<32 {
            carry += Int(signature[32 + index]) + Int(order[index])
            signature[32 + index] = UInt8(truncatingIfNeeded: carry)
            carry >>= 8
        }
    }
}
