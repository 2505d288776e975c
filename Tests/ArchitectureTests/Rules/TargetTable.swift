/// Which target may import which: section 9 of the design, the only place where it is written down as code.
struct TargetTable {
    /// What each Swift target may import of this package.
    let imports: [String: Set<String>]
    /// The one target that may import each C module; it need not be there on every system.
    let owners: [String: String]

    /// The table of Baton.
    static let baton = TargetTable(
        imports: [
            "RelayCore": [],
            "RelayWire": ["RelayCore"],
            "RelaySeal": ["RelayCore", "RelayWire", "CCrypto"],
            "RelaySQL": ["CSQLite"],
            "RelayLedger": ["RelayCore", "RelayWire", "RelaySeal", "RelaySQL"],
            "RelayDepot": ["RelayCore", "RelaySeal"],
            "RelayServer": ["CMicroHTTPD"],
            "RelayClient": ["CCurl"],
            "RelayBus": ["RelayCore", "RelayWire", "RelaySeal", "RelayLedger", "RelayDepot", "RelayServer"],
            "RelayConsumer": ["RelayCore", "RelayWire", "RelaySeal", "RelayClient", "CSpawn"],
            "NanoConsumer": ["RelayCore", "RelayWire", "RelayConsumer", "RelaySQL"],
            "SGConsumer": ["RelayCore", "RelayWire", "RelayConsumer", "RelaySQL"],
            "JPConsumer": ["RelayCore", "RelayWire", "RelayConsumer", "RelaySQL"],
            "RelayDesk": ["RelayCore", "RelayWire", "RelaySeal", "RelayClient", "RelayConsumer"],
            "batond": ["RelayCore", "RelayWire", "RelayBus", "CSeccomp"],
            "baton": [
                "RelayCore", "RelayWire", "RelaySeal", "RelaySQL", "RelayLedger", "RelayDepot", "RelayClient",
                "RelayConsumer", "NanoConsumer", "SGConsumer", "JPConsumer", "RelayDesk",
            ],
        ],
        owners: [
            "CSQLite": "RelaySQL",
            "CCrypto": "RelaySeal",
            "CMicroHTTPD": "RelayServer",
            "CCurl": "RelayClient",
            "CSpawn": "RelayConsumer",
            "CSeccomp": "batond",
        ]
    )

    /// The modules of the system that every target may import.
    static let systemModules: Set = ["FoundationEssentials", "Synchronization", "Glibc", "Darwin", "Musl"]

    /// `target` and all it links, directly or not; without the C modules.
    func closure(of target: String) -> Set<String> {
        var found: Set<String> = []
        var open = [target]
        while let next = open.popLast() {
            guard let dependencies = imports[next], found.insert(next).inserted else { continue }
            open += dependencies
        }
        return found
    }

    /// Whether `target` may import `module`, which may be of the package, of the system or unknown.
    func allows(_ module: String, in target: String) -> Bool {
        if Self.systemModules.contains(module) { return true }
        if module == "Foundation" { return imports[target] != nil && !closure(of: "batond").contains(target) }
        return imports[target]?.contains(module) ?? false
    }
}
