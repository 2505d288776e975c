import RelayCore
import RelayWire

/// Valid documents to start from; a test changes one thing.
enum Samples {
    static let hex = String(repeating: "ab", count: 32)
    static let zeros = String(repeating: "0", count: 64)
    static let moment = "2026-11-20T09:33:48.000Z"

    static let signature: JSON = .members(["keyid": .string(hex), "sig": .string(base64(64))])

    static let envelope: JSON = .members([
        "payloadType": "application/vnd.in-toto+json", "payload": "e30=", "signatures": .array([signature]),
    ])

    static let attachment: JSON = .members(["name": "brief.md", "size": 5, "sha256": .string(hex)])

    static let relay: JSON = .members([
        "baton": 1, "kind": "relay", "job": "weekly-brief", "stage": "sg", "round": 1, "from": "nano",
        "to": "sg",
        "contract": .string("sha256:\(hex)"), "attachments": .array([attachment]), "order": envelope,
        "evidence": .array([envelope]),
        "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    ])

    static let want: JSON = .members(["to": "sg", "attachments": .array(["candidate-list.md"])])

    static let reorder: JSON = .members([
        "baton": 1, "kind": "reorder", "job": "weekly-brief", "stage": "sg", "round": 2, "n": 7,
        "from": "main",
        "to": "nano", "order": envelope, "statement": envelope, "reason": "again",
        "missing": .array(["a.md"]),
        "want": want,
    ])

    static let event: JSON = .members([
        "seq": 3, "at": .string(moment), "job": "weekly-brief", "task": "weekly-brief.sg.1",
        "kind": "claimed",
        "from": "stored", "to": "claimed", "by": "consumer", "why": "oldest", "prev": .string(zeros),
        "hash": .string(hex),
    ])

    static let receipt: JSON = .members([
        "task": "weekly-brief.sg.1", "state": "stored", "digest": .string(hex), "seq": 9,
    ])

    /// The text of `count` zero bytes.
    static func base64(_ count: Int) -> String { Base64.encoded([UInt8](repeating: 0, count: count)) }
}

extension JSON {
    /// The object with the member `name` replaced, added at the end, or left out for `nil`.
    func with(_ name: String, _ value: JSON?) -> JSON {
        guard case .object(var members) = self else { return self }
        let index = members.firstIndex { $0.name == name }
        switch (index, value) {
        case (let index?, let value?): members[index] = Member(name, value)
        case (let index?, nil): members.remove(at: index)
        case (nil, let value?): members.append(Member(name, value))
        case (nil, nil): break
        }
        return .object(members)
    }

    /// The names of the members in order.
    var memberNames: [String] {
        guard case .object(let members) = self else { return [] }
        return members.map(\.name)
    }
}

/// The error that `work` throws, `nil` for none.
func failure<T>(_ work: () throws(WireError) -> T) -> WireError? {
    do throws(WireError) {
        _ = try work()
        return nil
    } catch {
        return error
    }
}

/// The faults of a configuration file that holds `json`.
func faults<Value: ConfigurationReadable>(_ type: Value.Type, _ json: JSON) -> [ConfigurationFault] {
    do throws(ConfigurationError) {
        _ = try Value(parsing: json.encoded, file: "file.json")
        return []
    } catch {
        return error.faults
    }
}
