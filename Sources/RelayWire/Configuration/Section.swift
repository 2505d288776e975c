import RelayCore

/// One object of a configuration file while it is read.
///
/// Unlike `Fields`, which refuses a document at its first fault, it notes each fault with the way out of it
/// and goes on, so that whoever wrote the file reads of all of them at once. Keys it does not know are noted
/// when it is made.
package struct Section {
    private let members: [JSON.Member]
    private let keys: [String]
    private let place: String
    let sheet: FaultSheet

    /// Fails, with a fault, unless `json` is an object.
    init?(_ json: JSON, at place: String, keys: [String], _ sheet: FaultSheet) {
        guard case .object(let members) = json else {
            sheet.note(
                place,
                found: json,
                rule: "an object",
                fix: "write {…} with \(keys.joined(separator: ", "))"
            )
            return nil
        }
        self.members = members
        self.keys = keys
        self.place = place
        self.sheet = sheet
        for member in members where !keys.contains(member.name) {
            let near = Suggestion.nearest(to: member.name, among: keys)
            fault(
                member.name,
                rule: "a key that is known here: \(keys.joined(separator: ", "))",
                fix: near.map { "did you mean \($0)?" } ?? "remove it"
            )
        }
    }

    /// Reads a whole file; of one that is no JSON there is one fault, with the line.
    init?(parsing bytes: [UInt8], keys: [String], _ sheet: FaultSheet) {
        do throws(WireError) {
            let json = try JSON(parsing: bytes)
            self.init(json, at: "", keys: keys, sheet)
        } catch {
            let read = bytes.prefix(JSONParser.readableLength(of: bytes) ?? bytes.count)
            let line = read.count { $0 == 0x0A } + 1
            let column = read.count - (read.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0) + 1
            sheet.note(
                "line \(line), column \(column)",
                rule: "JSON as RFC 8259 has it, every key once, whole numbers (\(error.problem))",
                fix: "correct it there; nothing behind it could be read"
            )
            return nil
        }
    }

    /// The path of a key of this object.
    func path(_ key: String) -> String { place.isEmpty ? key : "\(place).\(key)" }

    /// The member as it is; `nil` when it is absent.
    func json(_ key: String) -> JSON? {
        guard keys.contains(key) else { preconditionFailure("\(key) is read and not among the known keys") }
        return members.first { $0.name == key }?.value
    }

    /// Whether the member is there.
    func has(_ key: String) -> Bool { json(key) != nil }

    /// Notes a fault of a key, with what is found there.
    func fault(_ key: String, rule: String, fix: String) {
        sheet.note(path(key), found: members.first { $0.name == key }?.value, rule: rule, fix: fix)
    }

    /// What `convert` makes of the member; `absent` when it is not there, and a fault unless that is a value.
    ///
    /// - Parameters:
    ///   - key: the key.
    ///   - rule: what belongs there.
    ///   - example: a good value, as it is written.
    ///   - absent: what an absent member means; `nil` when it must be there.
    ///   - convert: gives `nil` for what does not belong there.
    /// - Returns: the value, or `nil` after a fault.
    func value<T>(
        _ key: String,
        _ rule: String,
        example: String,
        absent: T? = nil,
        _ convert: (JSON) -> T?
    ) -> T? {
        guard let json = json(key) else {
            if absent == nil { fault(key, rule: "must be there: \(rule)", fix: "add \"\(key)\": \(example)") }
            return absent
        }
        guard let value = convert(json) else {
            let way = absent == nil ? "" : ", or leave it out"
            fault(key, rule: rule, fix: "write for example \"\(key)\": \(example)\(way)")
            return nil
        }
        return value
    }

    /// The version of the format, which is 1.
    func version() {
        _ = value("baton", "1, the version of this format", example: "1") { $0 == 1 ? true : nil }
    }

    /// A whole number in `range`.
    func integer(_ key: String, _ range: ClosedRange<Int64>, example: Int64, absent: Int64? = nil) -> Int64? {
        let rule = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        return value(key, rule, example: "\(example)", absent: absent) { json in
            json.integerValue.flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// A text of so many bytes.
    func text(_ key: String, _ bytes: ClosedRange<Int>, example: String, absent: String? = nil) -> String? {
        let rule = "a text of \(bytes.lowerBound) to \(bytes.upperBound) bytes"
        return value(key, rule, example: "\"\(example)\"", absent: absent) { json in
            json.stringValue.flatMap { bytes.contains($0.utf8.count) ? $0 : nil }
        }
    }

    /// A name that obeys its rule.
    func name<Name: CheckedName>(_ key: String, example: String) -> Name? {
        value(key, Name.rule, example: "\"\(example)\"") { $0.stringValue.flatMap(Name.init(rawValue:)) }
    }

    /// A stage's name; `de` is only spoken.
    func stage(_ key: String) -> StageName? {
        guard json(key)?.stringValue != "de" else {
            fault(
                key,
                rule: "the name that travels; de is said for nano in commands and file names only",
                fix: "write \"\(key)\": \"nano\""
            )
            return nil
        }
        return name(key, example: "nano")
    }

    /// The elements of an array of at most `limit` with their paths; none when it is absent, or after a
    /// fault.
    func elements(_ key: String, atMost limit: Int, example: String) -> [(path: String, json: JSON)] {
        let rule = "an array of at most \(limit)"
        let elements = value(key, rule, example: example, absent: []) { json -> [JSON]? in
            guard case .array(let elements) = json, elements.count <= limit else { return nil }
            return elements
        }
        return (elements ?? []).enumerated().map { ("\(path(key))[\($0)]", $1) }
    }

    /// The objects of an array, each read as one; `nil` for those that a fault left without a value.
    func list<Value: ConfigurationReadable>(
        _ key: String,
        of type: Value.Type,
        atMost limit: Int
    ) -> [Value?] {
        elements(key, atMost: limit, example: "[]").map { path, json in
            Section(json, at: path, keys: Value.keys, sheet).flatMap { Value(reading: $0) }
        }
    }

    /// The members of an object whose keys are data, in order; none when it is absent, or after a fault.
    func entries(_ key: String, example: String, mayBeAbsent: Bool = false) -> [JSON.Member] {
        value(key, "an object", example: example, absent: mayBeAbsent ? [] : nil) { json in
            guard case .object(let members) = json else { return nil }
            return members
        } ?? []
    }
}
