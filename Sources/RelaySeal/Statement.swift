package import RelayCore
package import RelayWire

/// An in-toto Statement v1 (github.com/in-toto/attestation, spec/v1): a predicate about files.
package struct Statement: Hashable, Sendable {
    /// One file a statement is about, or a material of one.
    package struct Subject: Hashable, Sendable {
        /// The file's name.
        package let name: String
        /// The digest of its bytes.
        package let digest: Digest

        package init(name: String, digest: Digest) {
            self.name = name
            self.digest = digest
        }

        /// The file as statements name it.
        package init(_ file: Attachment) { self.init(name: file.name.rawValue, digest: file.digest) }

        package var json: JSON {
            .members(["name": .string(name), "digest": .members(["sha256": JSON(digest)])])
        }
    }

    /// The files the statement is about.
    package let subject: [Subject]
    /// What kind of predicate it is.
    package let predicateType: String
    /// What is said of the files.
    package let predicate: JSON

    private static let type = "https://in-toto.io/Statement/v1"

    package init(subject: [Subject], predicateType: String, predicate: JSON) {
        self.subject = subject
        self.predicateType = predicateType
        self.predicate = predicate
    }

    /// Reads the payload of `envelope`, which must be the canonical encoding of a statement of that type.
    package init(in envelope: Envelope, predicateType: String, called name: String) throws(SealFault) {
        do throws(WireError) {
            let json = try JSON(parsing: envelope.payload)
            var fields = try Fields(json, at: "")
            _ = try fields.value("_type", "\"\(Self.type)\"") { $0.stringValue == Self.type ? true : nil }
            subject = try fields.subjects("subject")
            self.predicateType = try fields.value("predicateType", "\"\(predicateType)\"") {
                $0.stringValue == predicateType ? predicateType : nil
            }
            predicate = try fields.value("predicate", "an object") { $0 }
            try fields.end()
        } catch {
            throw SealFault(name, .malformed, error.description)
        }
        guard json.encoded == envelope.payload else {
            throw SealFault(name, .malformed, "the payload is not canonical JSON")
        }
    }

    package var json: JSON {
        .members([
            "_type": .string(Self.type),
            "subject": .array(subject.map(\.json)),
            "predicateType": .string(predicateType),
            "predicate": predicate,
        ])
    }
}

extension Envelope {
    /// SHA-256 of the canonical encoding, by which statements name each other.
    package var digest: Digest { Digest.of(json.encoded) }
}

extension Fields {
    /// Files with digests, as `Statement.Subject.json` writes them.
    mutating func subjects(_ name: String) throws(WireError) -> [Statement.Subject] {
        try array(name, atMost: 2 * Attachment.limit) { (json, path) throws(WireError) in
            var fields = try Fields(json, at: path)
            let name = try fields.string("name", atMost: 256)
            var digests = try Fields(fields.json("digest") ?? .null, at: "\(path).digest")
            let digest = try digests.digest("sha256")
            try digests.end()
            try fields.end()
            return Statement.Subject(name: name, digest: digest)
        }
    }
}

/// A typed statement that travels in an envelope.
package protocol SealedStatement: Hashable, Sendable {
    /// Reads it out of `envelope`; signatures are the caller's affair.
    init(in envelope: Envelope) throws(SealFault)
    /// The statement in its final form.
    var statement: Statement { get }
}

extension SealedStatement {
    /// Refuses an envelope that says the same in other bytes: in another order of members, or with empty ones.
    func requireForm(of envelope: Envelope, called name: String) throws(SealFault) {
        guard statement.json.encoded == envelope.payload else {
            throw SealFault(name, .malformed, "the payload is not the canonical encoding of what it says")
        }
    }
}
