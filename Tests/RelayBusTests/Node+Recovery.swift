import Foundation
import RelayCore
import RelayDepot
import RelayLedger
import RelaySQL
import RelaySeal
import RelayWire
import TestSupport

@testable import RelayBus

extension Node {
    /// What a start does behind `ready`.
    func recover() { recovery.run() }

    var recovery: Recovery {
        Recovery(house: housekeeping, audit: AuditTrail(depot: depot, ledger: ledger))
    }

    /// With changes made at once.
    var housekeeping: Housekeeping {
        let (notary, ledger, clock) = (notary, ledger, clock)
        return Housekeeping(
            notary: notary,
            ledger: ledger,
            log: BusLog(depot: depot) { UnixMilliseconds(clock.milliseconds) },
            commit: { (change) throws(LedgerError) in
                try ledger.commit([change]) { () throws(LedgerError) in try notary.prepareCommit() }[0].get()
            }
        )
    }

    /// All rows of all tables, and all files with their digests, `logs/bus.jsonl` left out.
    func fingerprint() throws -> [String] {
        var connection = try Connection(path: configuration.data + "/ledger.sqlite", mode: .readOnly)
        let tables = try connection.query("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
        {
            (row) throws(SQLError) in row.text(0)
        }
        var lines: [String] = []
        for table in tables {
            let columns = try connection.query("SELECT name FROM pragma_table_info(?)", [.text(table)]) {
                (row) throws(SQLError) in "quote(\(row.text(0)))"
            }
            let all = columns.joined(separator: " || ' ' || ")
            lines += try connection.query("SELECT \(all) FROM \(table) ORDER BY 1") {
                (row) throws(SQLError) in "\(table) \(row.text(0))"
            }
        }
        return lines + (try ["inbox", "artifacts", "archive", "logs/audit.jsonl"].flatMap(files))
    }

    /// The files at or below a path of the data directory, with their digests.
    private func files(_ path: String) throws -> [String] {
        let full = "\(configuration.data)/\(path)"
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: full, isDirectory: &isDirectory) else { return [path] }
        guard isDirectory.boolValue else { return ["\(path) \(Digest.of(try Files.read(full)))"] }
        return [path + "/"] + (try Files.names(in: full).flatMap { try files("\(path)/\($0)") })
    }

    /// The names in quarantine, without the notes beside them.
    func quarantined() throws -> [String] {
        let path = configuration.data + "/archive/quarantine"
        guard Files.exists(path) else { return [] }
        return try Files.names(in: path).filter { !$0.hasSuffix(".reason.txt") }
    }

    /// The events of that kind, as `why` tells them.
    func whys(_ kind: String) throws -> [String] {
        try ledger.read { (reader) throws(LedgerError) in
            try reader.events(after: 0, limit: 1000).filter { $0.kind == kind }.map { $0.why ?? "" }
        }
    }

    func makeDirectory(_ path: String) throws { try Files.makeDirectory(configuration.data + "/" + path) }

    func rename(_ path: String, to target: String) throws {
        let data = configuration.data + "/"
        try FileManager.default.moveItem(atPath: data + path, toPath: data + target)
    }
}
