import Testing

/// The threats of the model by their numbers (`deploy/SECURITY.md`), as far as a request can try them.
enum Threat: Int, CaseIterable, Sendable {
    case stranger = 1
    case spoofedHeader = 3
    case compromisedNode = 4
    case forgedJob = 5
    case replay = 6
    case pathTraversal = 7
    case oversize = 9
    case smuggling = 11
    case oddLength = 12
    case hostileJSON = 13
    case unicode = 14
    case injectedCommand = 19
    case wrongDoor = 29
}

/// One line of the table: what an attacker tries, and what it must come to.
struct Attack: Sendable {
    let threat: Threat
    let row: Row

    /// The rows, each as an attack of that kind.
    static func of(_ threat: Threat, _ rows: [Row]) -> [Attack] {
        rows.map { Attack(threat: threat, row: $0) }
    }

    /// Those of `rows`, which stand in another table, whose names begin with one of `names`.
    static func of(_ threat: Threat, _ rows: [Row], _ names: String...) -> [Attack] {
        let found = rows.filter { row in names.contains { row.what.hasPrefix($0) } }
        guard names.allSatisfy({ name in found.contains { $0.what.hasPrefix(name) } }) else {
            preconditionFailure("the table has no row for one of \(names)")
        }
        return of(threat, found)
    }
}

extension Row {
    /// Whether the request is refused and leaves everything as it was.
    var isRefused: Bool {
        switch answer {
        case .problem, .library: !changes
        case .success, .cut: false
        }
    }
}
