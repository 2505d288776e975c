package import RelayCore

/// A type that is read from one JSON object, every member of which it must know.
package protocol WireReadable {
    /// Reads the members it knows; the caller then refuses those left over.
    init(from fields: inout Fields) throws(WireError)
}

/// A type that is written as one JSON object.
package protocol WireWritable {
    /// The object, with the members in their fixed order.
    var json: JSON { get }
}

extension WireReadable {
    /// Reads the document in `bytes`, refusing unknown members.
    package init(parsing bytes: [UInt8]) throws(WireError) {
        try self.init(json: JSON(parsing: bytes), at: "")
    }

    /// Reads `json`, refusing unknown members; `path` is where errors say it is.
    package init(json: JSON, at path: String) throws(WireError) {
        var fields = try Fields(json, at: path)
        try self.init(from: &fields)
        try fields.end()
    }
}

/// The members of one object while a type reads them; what nobody has read at the end is an error.
package struct Fields {
    private let members: [JSON.Member]
    private var unread: [Bool]
    private let path: String

    /// Fails unless `json` is an object.
    package init(_ json: JSON, at path: String) throws(WireError) {
        guard case .object(let members) = json else { throw WireError(at: path, "an object belongs here") }
        self.members = members
        self.unread = Array(repeating: true, count: members.count)
        self.path = path
    }

    /// The error about the member `name`.
    package func error(_ name: String, _ problem: String) -> WireError {
        WireError(at: path.isEmpty ? name : "\(path).\(name)", problem)
    }

    /// Refuses members that were not read.
    package func end() throws(WireError) {
        guard let index = unread.firstIndex(of: true) else { return }
        throw error(members[index].name, "an unknown field")
    }

    /// Refuses members that were not read, and members in another order than in `json`, their canonical form.
    package func requireOrder(of json: JSON) throws(WireError) {
        try end()
        guard .object(members) == json else {
            throw WireError(at: path, "the members are in another order than the canonical one")
        }
    }

    /// The member `name` as it is, `nil` when it is absent.
    package mutating func json(_ name: String) -> JSON? {
        guard let index = members.firstIndex(where: { $0.name == name }) else { return nil }
        unread[index] = false
        return members[index].value
    }

    /// What `convert` makes of the member, which must be there; `rule` says what belongs there.
    package mutating func value<T>(
        _ name: String,
        _ rule: String,
        _ convert: (JSON) -> T?
    ) throws(WireError) -> T {
        guard let json = json(name) else { throw error(name, "is missing; \(rule) belongs here") }
        guard let value = convert(json) else { throw error(name, "\(rule) belongs here") }
        return value
    }

    /// Runs `read` when the member is there.
    package mutating func optional<T>(
        _ name: String,
        _ read: (inout Fields, String) throws(WireError) -> T
    ) throws(WireError) -> T? {
        guard members.contains(where: { $0.name == name }) else { return nil }
        return try read(&self, name)
    }

    /// A text of at most `limit` bytes.
    package mutating func string(_ name: String, atMost limit: Int = 4096) throws(WireError) -> String {
        try value(name, "a text of at most \(limit) bytes") { json in
            guard case .string(let text) = json, text.utf8.count <= limit else { return nil }
            return text
        }
    }

    /// A whole number in `range`.
    package mutating func integer(_ name: String, _ range: ClosedRange<Int64>) throws(WireError) -> Int64 {
        try value(name, "a whole number from \(range.lowerBound) to \(range.upperBound)") { json in
            guard case .integer(let number) = json, range.contains(number) else { return nil }
            return number
        }
    }

    /// `true` or `false`.
    package mutating func bool(_ name: String) throws(WireError) -> Bool {
        try value(name, "true or false") { json in
            guard case .bool(let value) = json else { return nil }
            return value
        }
    }

    /// The protocol's version, which must be 1.
    package mutating func version() throws(WireError) {
        _ = try integer("baton", 1...1)
    }

    /// A name that obeys its rule.
    package mutating func name<Name: CheckedName>(_ name: String) throws(WireError) -> Name {
        try value(name, Name.rule) { json in
            guard case .string(let text) = json else { return nil }
            return Name(rawValue: text)
        }
    }

    /// One of the raw values of a closed set.
    package mutating func oneOf<Choice: RawRepresentable & CaseIterable>(
        _ name: String
    ) throws(WireError) -> Choice where Choice.RawValue == String {
        try value(name, "one of " + Choice.allCases.map(\.rawValue).joined(separator: ", ")) { json in
            guard case .string(let text) = json else { return nil }
            return Choice(rawValue: text)
        }
    }

    /// A round, 1 to 16.
    package mutating func round(_ name: String = "round") throws(WireError) -> Round {
        try value(name, "a round from 1 to \(Round.limit)") { json in
            guard case .integer(let number) = json else { return nil }
            return Round(Int(clamping: number))
        }
    }

    /// A digest in hexadecimal digits.
    package mutating func digest(_ name: String) throws(WireError) -> Digest {
        try value(name, "a SHA-256 in 64 lower-case hexadecimal digits") { json in
            guard case .string(let text) = json else { return nil }
            return Digest(hex: text)
        }
    }

    /// A digest labelled `sha256:`.
    package mutating func labelledDigest(_ name: String) throws(WireError) -> Digest {
        try value(name, "\"sha256:\" and 64 lower-case hexadecimal digits") { json in
            guard case .string(let text) = json else { return nil }
            return Digest(labelled: text)
        }
    }

    /// A time in RFC 3339, UTC, milliseconds.
    package mutating func moment(_ name: String) throws(WireError) -> UnixMilliseconds {
        try value(name, "a time such as 2026-11-20T09:33:48.000Z") { json in
            guard case .string(let text) = json else { return nil }
            return UnixMilliseconds(rfc3339: text)
        }
    }

    /// A nested object.
    package mutating func object<Value: WireReadable>(_ name: String) throws(WireError) -> Value {
        guard let json = json(name) else { throw error(name, "is missing; an object belongs here") }
        return try Value(json: json, at: path.isEmpty ? name : "\(path).\(name)")
    }

    /// The elements of an array of at most `limit`, each read by `read`; an absent member is an empty array.
    package mutating func array<Element>(
        _ name: String,
        atMost limit: Int,
        _ read: (JSON, String) throws(WireError) -> Element
    ) throws(WireError) -> [Element] {
        guard let json = json(name) else { return [] }
        guard case .array(let elements) = json, elements.count <= limit else {
            throw error(name, "an array of at most \(limit) belongs here")
        }
        var values: [Element] = []
        for (index, element) in elements.enumerated() {
            values.append(try read(element, (path.isEmpty ? name : "\(path).\(name)") + "[\(index)]"))
        }
        return values
    }

    /// An array of objects; an absent member is an empty array.
    package mutating func objects<Value: WireReadable>(
        _ name: String,
        atMost limit: Int
    ) throws(WireError) -> [Value] {
        try array(name, atMost: limit) { (json, path) throws(WireError) in try Value(json: json, at: path) }
    }

    /// An array of names; an absent member is an empty array.
    package mutating func names<Name: CheckedName>(
        _ name: String,
        atMost limit: Int
    ) throws(WireError) -> [Name] {
        try array(name, atMost: limit) { (json, path) throws(WireError) in
            guard case .string(let text) = json, let value = Name(rawValue: text) else {
                throw WireError(at: path, "\(Name.rule)")
            }
            return value
        }
    }

    /// The members of an object whose keys are data, in order.
    package mutating func entries(_ name: String) throws(WireError) -> [JSON.Member] {
        try value(name, "an object") { json in
            guard case .object(let members) = json else { return nil }
            return members
        }
    }
}
