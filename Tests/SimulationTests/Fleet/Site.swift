import Foundation
import RelayCore
import RelaySeal
import RelayWire
import TestSupport

/// The directories and settings of four machines, used by one history after the other.
final class Site: Sendable {
    let configurations: [(name: String, configuration: NodeConfiguration)]
    private let scratch: String

    /// Makes them in memory where the system has such a file system.
    init(_ number: Int) throws {
        let base = Files.exists("/dev/shm") ? "/dev/shm" : NSTemporaryDirectory()
        scratch = "\(base)/baton-simulation.\(getpid()).\(number)"
        try Files.write(Self.fleet.encoded, to: scratch + "/fleet.json")
        let scratch = scratch
        configurations = try Self.names.enumerated().map { index, name in
            try Files.write(Self.role(name, index), to: "\(scratch)/\(name).json")
            return (name, try NodeConfiguration(path: "\(scratch)/\(name).json", digest: Digest.of))
        }
    }

    deinit { clear(all: true) }

    /// Removes what a history has left.
    func clear() { clear(all: false) }

    private func clear(all: Bool) {
        for path in all ? [scratch] : configurations.map(\.configuration.data) {
            Self.remove(path)
            if !all { mkdir(path, 0o750) }
        }
    }

    private static func remove(_ path: String) {
        for name in SimulatedDisk.names(path) {
            let entry = "\(path)/\(name)"
            if unlink(entry) != 0 { remove(entry) }
        }
        rmdir(path)
    }

    private static let names = ["main", "nano", "sg", "jp"]

    private static let fleet = JSON.members([
        "baton": 1,
        "nodes": .object(
            names.enumerated().map { index, name in
                .init(
                    name,
                    .members([
                        "address": .string("127.0.0.\(index + 1):18100"), "role": .string(name),
                        "keys": TestKeys.list(of: name),
                    ])
                )
            }
        ),
        "relay": .array(["main", "nano", "sg", "jp", "main"]),
    ])

    /// Room is what the simulated disk says; the real one below it, and the time since it was asked, are no part of a
    /// history.
    private static func role(_ name: String, _ index: Int) -> String {
        let accepts = names.map { peer in
            let kinds = peer == "main" ? #"["relay", "nudge", "cancel", "close", "reorder"]"# : #"["relay"]"#
            return #""\#(peer)": \#(kinds)"#
        }.joined(separator: ", ")
        let processor = name == "main" ? "" : #""processor": {"builtin": "\#(name)"},"#
        return """
            {"baton": 1, "node": "\(name)", "role": "\(name)", "listen": "127.0.0.\(index + 1):18100", "data": "\(name)",
             "fleet": "fleet.json", "contracts": "\(repositoryRoot)/contracts", "accepts": {\(accepts)}, \(processor)
             "limits": {"free_disk_bytes": 0, "free_disk_inodes": 0, "ledger_reserve_bytes": 0},
             "local": {"\(SimulatedFleet.consumerUser)": "consumer", "\(SimulatedFleet.operatorUser)": "operator"}}
            """
    }
}
