import RelayWire

/// Small changes of a JSON value, at every depth.
enum Mutations {
    /// Every value that differs by the order of two neighbouring members of one object.
    static func swaps(of json: JSON) -> [JSON] {
        everywhere(in: json) { members in
            members.indices.dropLast().map { index in
                var members = members
                members.swapAt(index, index + 1)
                return members
            }
        }
    }

    /// Every value that has one more member in one object.
    static func additions(to json: JSON) -> [JSON] {
        everywhere(in: json) { members in [members + [.init("surplus", 1)]] }
    }

    /// Every value that lacks one member, with the member's name.
    static func removals(from json: JSON) -> [(name: String, json: JSON)] {
        var names: [String] = []
        let changed = everywhere(in: json) { members in
            members.indices.map { index in
                names.append(members[index].name)
                return Array(members[..<index] + members[(index + 1)...])
            }
        }
        return Array(zip(names, changed).map { (name: $0, json: $1) })
    }

    private static func everywhere(
        in json: JSON,
        _ change: ([JSON.Member]) -> [[JSON.Member]]
    ) -> [JSON] {
        switch json {
        case .null, .bool, .integer, .string: return []
        case .array(let elements):
            return elements.indices.flatMap { index in
                everywhere(in: elements[index], change).map { changed in
                    var elements = elements
                    elements[index] = changed
                    return .array(elements)
                }
            }
        case .object(let members):
            let own = change(members).map { JSON.object($0) }
            return own
                + members.indices.flatMap { index in
                    everywhere(in: members[index].value, change).map { changed in
                        var members = members
                        members[index] = .init(members[index].name, changed)
                        return .object(members)
                    }
                }
        }
    }
}
