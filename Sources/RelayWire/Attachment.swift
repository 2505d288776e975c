package import RelayCore

/// A file as documents name it: its name, size and digest.
package struct Attachment: Hashable, Sendable, WireReadable, WireWritable {
    /// The file's name.
    package let name: AttachmentName
    /// Its size in bytes.
    package let size: Int64
    /// The digest of its bytes.
    package let digest: Digest
    /// A task has at most this many files.
    package static let limit = Contract.fileLimit

    package init(name: AttachmentName, size: Int64, digest: Digest) {
        self.name = name
        self.size = size
        self.digest = digest
    }

    package init(from fields: inout Fields) throws(WireError) {
        name = try fields.name("name")
        size = try fields.integer("size", 0...(1 << 40))
        digest = try fields.digest("sha256")
    }

    package var json: JSON {
        .members(["name": JSON(name), "size": JSON(size), "sha256": JSON(digest)])
    }
}

/// The durable answer to an accepted task document.
package struct Receipt: Hashable, Sendable, WireReadable, WireWritable {
    /// The task of a `relay`; control documents have none.
    package let task: TaskID?
    /// The digest of the document's bytes as they were received.
    package let digest: Digest
    /// The number of the event that recorded it.
    package let seq: Int64

    package init(task: TaskID?, digest: Digest, seq: Int64) {
        self.task = task
        self.digest = digest
        self.seq = seq
    }

    package init(from fields: inout Fields) throws(WireError) {
        task = try fields.optional("task") { (fields, name) throws(WireError) in try fields.name(name) }
        _ = try fields.value("state", "\"stored\"") { $0.stringValue == "stored" ? true : nil }
        digest = try fields.digest("digest")
        seq = try fields.integer("seq", 1...Int64.max)
        _ = try fields.optional("duplicate") { (fields, name) throws(WireError) in try fields.bool(name) }
    }

    package var json: JSON { json(isDuplicate: false) }

    /// The answer's body; a repeated document gets `"duplicate": true` in it.
    package func json(isDuplicate: Bool) -> JSON {
        .members([
            "task": task.map { JSON($0) },
            "state": "stored",
            "digest": JSON(digest),
            "seq": JSON(seq),
            "duplicate": isDuplicate ? true : nil,
        ])
    }
}

extension Reason: WireReadable, WireWritable {
    package init(from fields: inout Fields) throws(WireError) {
        self.init(
            code: try fields.string("code", atMost: 64),
            text: try fields.string("text"),
            expected: try fields.array("expected", atMost: 64) { (json, path) throws(WireError) in
                guard let text = json.stringValue else { throw WireError(at: path, "a text belongs here") }
                return text
            }
        )
    }

    package var json: JSON {
        .members([
            "code": .string(code), "text": .string(text),
            "expected": .array(expected.map { .string($0) }),
        ])
    }
}

extension Route: WireWritable {
    /// An array of `{"stage","node"}`; see `Fields.route`.
    package var json: JSON {
        .array(legs.map { .members(["stage": JSON($0.stage), "node": JSON($0.node)]) })
    }
}

extension Fields {
    /// A route as `Route.json` writes it.
    package mutating func route(_ name: String) throws(WireError) -> Route {
        let legs = try array(name, atMost: Route.limit) { (json, path) throws(WireError) in
            var fields = try Fields(json, at: path)
            let leg = Route.Leg(stage: try fields.name("stage"), node: try fields.name("node"))
            try fields.end()
            return leg
        }
        guard let route = Route(legs: legs) else {
            throw error(name, "2 to \(Route.limit) legs, no stage twice, main last")
        }
        return route
    }
}
