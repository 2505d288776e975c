package import RelayCore
package import RelayWire

/// The public keys of a fleet's nodes: who may have said what.
///
/// A bundle carries its own as `fleet.json`, in the encoding of `json`; it has no addresses in it.
package struct Keyring: Hashable, Sendable, WireReadable, WireWritable {
    /// What is known of one node.
    private struct Member: Hashable, Sendable {
        let role: StageName
        let keys: [FleetFile.Key]
    }

    private let members: [NodeName: Member]
    /// The node that orders and closes.
    package let main: NodeName?

    /// The keys in `fleet`; those that are trusted never come from anywhere else.
    package init(_ fleet: FleetFile) {
        self.init(fleet.nodes.mapValues { Member(role: $0.role, keys: $0.keys) })
    }

    private init(_ members: [NodeName: Member]) {
        self.members = members
        main = members.filter { $0.value.role == .main }.keys.min()
    }

    package init(from fields: inout Fields) throws(WireError) {
        _ = try fields.integer("baton", 1...1)
        var members: [NodeName: Member] = [:]
        for entry in try fields.entries("nodes") {
            guard let name = NodeName(rawValue: entry.name) else {
                throw fields.error("nodes.\(entry.name)", NodeName.rule)
            }
            var node = try Fields(entry.value, at: "nodes.\(name)")
            members[name] = Member(role: try node.name("role"), keys: try node.objects("keys", atMost: 2))
            try node.end()
        }
        self.init(members)
    }

    package var json: JSON {
        let nodes = members.sorted { $0.key < $1.key }.map { name, member in
            JSON.Member(
                name.rawValue,
                .members(["role": JSON(member.role), "keys": .array(member.keys.map(\.json))])
            )
        }
        return .members(["baton": 1, "nodes": .object(nodes)])
    }

    /// Each key in words: its node, itself, and until when it counts; in the order of the nodes.
    package var fingerprints: [String] {
        members.sorted { $0.key < $1.key }.flatMap { name, member in
            member.keys.map { key in
                "\(name): \(key.key) (keyid \(key.key.keyID)\(key.until.map { ", until \($0)" } ?? ""))"
            }
        }
    }

    /// Holds when `node` signed `envelope` by keys that counted at `moment`, the statement's own time, and count now.
    ///
    /// Every signature must hold: one that nobody can check would be carried on as if it meant something.
    ///
    /// - Parameters:
    ///   - envelope: what is to be signed.
    ///   - node: who must have signed it.
    ///   - moment: the statement's own time.
    ///   - now: our clock, at the door; `nil` where a statement was taken before.
    ///   - name: what a fault calls it.
    /// - Throws: `SealFault` by the rule `signature`.
    package func verify(
        _ envelope: Envelope?,
        by node: NodeName?,
        at moment: UnixMilliseconds,
        now: UnixMilliseconds?,
        called name: String
    ) throws(SealFault) {
        guard let envelope, let node, !envelope.signatures.isEmpty else {
            throw SealFault(name, .signature, "nobody has signed it; \(node?.rawValue ?? "main") must")
        }
        let message = envelope.preAuthenticationEncoding
        var used: Set<Digest> = []
        for signature in envelope.signatures {
            guard used.insert(signature.keyID).inserted,
                let key = members[node]?.keys.first(where: { $0.key.keyID == signature.keyID })
            else {
                throw SealFault(
                    name,
                    .signature,
                    "the key \(signature.keyID) is not one of \(node)'s in this fleet, or signs twice"
                )
            }
            if let until = key.until, moment >= until || now.map({ $0 >= until }) ?? false {
                throw SealFault(name, .signature, "\(node)'s key \(signature.keyID) counts until \(until)")
            }
            guard key.key.verifies(signature.bytes, of: message) else {
                throw SealFault(
                    name,
                    .signature,
                    "the signature by \(node)'s key does not fit what is signed"
                )
            }
        }
    }
}

extension FleetFile.Key: WireReadable, WireWritable {
    package init(from fields: inout Fields) throws(WireError) {
        let key = try fields.value("key", PublicKey.rule) { $0.stringValue.flatMap { PublicKey($0) } }
        let until = try fields.optional("until") { (fields, name) throws(WireError) in
            try fields.moment(name)
        }
        self.init(key: key, until: until)
    }

    package var json: JSON {
        .members(["key": .string(key.description), "until": until.map { JSON($0) }])
    }
}

extension Envelope {
    /// The bytes that are signed: DSSE's PAE (github.com/secure-systems-lab/dsse, v1.0.2, protocol).
    package var preAuthenticationEncoding: [UInt8] {
        Array("DSSEv1 \(payloadType.utf8.count) \(payloadType) \(payload.count) ".utf8) + payload
    }
}

extension Statement {
    /// The statement in an envelope signed by `key`.
    package func signed(by key: SigningKey) -> Envelope {
        let bare = Envelope(payloadType: Envelope.inTotoType, payload: json.encoded, signatures: [])
        let signature = Envelope.Signature(
            keyID: key.publicKey.keyID,
            bytes: key.signature(of: bare.preAuthenticationEncoding)
        )
        return Envelope(payloadType: bare.payloadType, payload: bare.payload, signatures: [signature])
    }
}
