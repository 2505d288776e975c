import Foundation
import RelayWire
import TestSupport

/// The files that configure four nodes below one directory, each node with an address of its own where there are some.
struct FleetFiles {
    let directory: String
    /// The listen address of each node, `host:port`.
    let addresses: [Station: String]

    /// The role file of `station`.
    func role(_ station: Station) -> String { "\(directory)/roles/\(station).json" }

    /// The data directory of `station`.
    func data(_ station: Station) -> String { "\(directory)/\(station)" }

    /// The host in the address of `station`.
    func host(_ station: Station) -> String {
        String((addresses[station] ?? "").prefix { $0 != ":" })
    }

    /// The port in the address of `station`.
    func port(_ station: Station) -> UInt16 {
        UInt16((addresses[station] ?? "").drop { $0 != ":" }.dropFirst()) ?? 0
    }

    private let limits: [JSON.Member]
    private let parallel: Int

    /// Writes them; `limits` are those of all nodes besides their own, and `processor` is the setting of a stage's
    /// processor.
    init(
        in directory: String,
        limits: [JSON.Member] = [],
        parallel: Int = 1,
        processor: (Station) -> JSON
    ) throws {
        self.directory = directory
        self.limits = limits
        self.parallel = parallel
        addresses = Self.freshAddresses()
        let contracts = "\(repositoryRoot)/contracts"
        for name in try Files.names(in: contracts) where name.hasSuffix(".json") {
            try Files.write(try Files.read("\(contracts)/\(name)"), to: "\(directory)/contracts/\(name)")
        }
        try Files.write(fleet.encoded, to: "\(directory)/roles/fleet.json")
        for (index, station) in Station.allCases.enumerated() {
            let before = Station.allCases[(index + Station.allCases.count - 1) % Station.allCases.count]
            let setting = station == .main ? nil : processor(station)
            try TestKeys.write(station.rawValue, in: data(station))
            try Files.write(roleFile(station, after: before, setting).encoded, to: role(station))
        }
    }

    /// Writes the role file of `station` anew with other limits.
    func limit(_ station: Station, _ limits: [String: JSON]) throws {
        guard case .object(let members) = try JSON(parsing: Files.read(role(station))) else { return }
        let own = members.first { $0.name == "limits" }?.value
        guard case .object(let old) = own else { return }
        let all = old.filter { limits[$0.name] == nil } + limits.map { JSON.Member($0.key, $0.value) }
        let others = members.filter { $0.name != "limits" }
        try Files.write(JSON.object(others + [.init("limits", .object(all))]).encoded, to: role(station))
    }

    private var fleet: JSON {
        .members([
            "baton": 1,
            "nodes": .object(
                Station.allCases.map { station in
                    .init(
                        station.rawValue,
                        .members([
                            "address": .string(addresses[station] ?? ""), "role": .string(station.rawValue),
                            "keys": TestKeys.list(of: station.rawValue),
                        ])
                    )
                }
            ),
            "relay": .array((Station.allCases + [.main]).map { .string($0.rawValue) }),
        ])
    }

    private func roleFile(_ station: Station, after before: Station, _ processor: JSON?) -> JSON {
        let all: [JSON] = ["relay", "nudge", "cancel", "close", "reorder"]
        let accepts =
            [JSON.Member("main", .array(all))]
            + (station == .main ? Station.allCases.filter { $0 != .main } : before == .main ? [] : [before])
            .map { .init($0.rawValue, .array(["relay"])) }
        let user = NSUserName()
        return .members([
            "baton": 1, "node": .string(station.rawValue), "role": .string(station.rawValue),
            "listen": .string(addresses[station] ?? ""), "hosts": .array([]),
            "data": .string("../\(station)"), "fleet": "fleet.json", "contracts": "../contracts",
            "accepts": .object(accepts), "readers": .array(["fleet"]),
            "local": .object(user.isEmpty ? [] : [.init(user, "operator")]), "parallel": JSON(parallel),
            "processor": processor,
            "limits": .object(
                [.init("free_disk_bytes", 1_048_576), .init("stop_within_s", 5)].filter { own in
                    !limits.contains { $0.name == own.name }
                } + limits
            ),
        ])
    }

    /// Whether each node has an address of its own, as on Linux, where all of 127.0.0.0/8 is loopback.
    static var areAddressesOwn: Bool {
        #if os(Linux)
            true
        #else
            false
        #endif
    }

    /// Addresses that hardly any other fleet of this machine has, with ports that no outgoing connection gets.
    private static func freshAddresses() -> [Station: String] {
        let block = "127.\(Int.random(in: 8...250)).\(Int.random(in: 0...250))"
        let start = Int.random(in: 18_100...28_000)
        let pairs = Station.allCases.enumerated().map { index, station in
            (
                station,
                areAddressesOwn ? "\(block).\(101 + index):\(18_100 + index)" : "127.0.0.1:\(start + index)"
            )
        }
        return Dictionary(uniqueKeysWithValues: pairs)
    }

    /// An address of this machine that belongs to no node.
    var strangersHost: String {
        host(.main).split(separator: ".").dropLast().joined(separator: ".") + ".99"
    }
}
