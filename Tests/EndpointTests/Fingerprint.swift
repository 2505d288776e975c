import Foundation
import RelaySQL
import TestSupport

/// What a refused request must leave alone: the files in the node's directories and beside them, and the rows of its
/// ledger.
struct Fingerprint: Equatable {
    /// Each file with its size; for those that the node never writes, with its time too.
    let names: [String]
    let rows: [String]

    /// Looks at directories and ledger as they are now.
    init(of node: TestNode) throws {
        names =
            try ["inbox", "artifacts", "archive"].flatMap { root in
                try Self.names(below: "\(node.data)/\(root)").map { "\(root)/\($0)" }
            } + Self.beside(node.data)
        rows = try Self.rows(of: "\(node.data)/ledger.sqlite", Self.queries)
    }

    /// Whether `inbox/` holds exactly the documents and files that the ledger names.
    ///
    /// Tasks of the stage main, whose files lie elsewhere, are not looked at.
    static func inboxFollows(_ node: TestNode) throws -> Bool {
        let wanted = try rows(
            of: "\(node.data)/ledger.sqlite",
            [
                "SELECT job || '.' || round || '.' || name || '~' || sender FROM upload WHERE bound = 0",
                "SELECT id || '.json' FROM task WHERE state NOT IN ('settled', 'cancelled', 'failed')",
                """
                SELECT DISTINCT job || '.' || round || '.' || name FROM task JOIN task_input ON task = id
                WHERE state NOT IN ('settled', 'cancelled', 'failed')
                """,
                """
                SELECT upload.job || '.' || upload.round || '.' || name FROM upload JOIN job ON upload.job = id
                WHERE bound = 1 AND state = 'open'
                """,
            ]
        )
        return try Set(wanted) == Set(Files.names(in: "\(node.data)/inbox"))
    }

    private static func names(below directory: String) throws -> [String] {
        try Files.names(in: directory).flatMap { name -> [String] in
            var isDirectory: ObjCBool = false
            let path = "\(directory)/\(name)"
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory),
                isDirectory.boolValue
            else {
                return ["\(name) \(sizeAndTime(of: path).size)"]
            }
            return [name + "/"] + (try names(below: path)).map { "\(name)/\($0)" }
        }
    }

    /// The files beside the data directory, its key, and the names in it: where a path with a way up would lead.
    private static func beside(_ data: String) throws -> [String] {
        let configuration = "\(data)/.."
        let files = try names(in: configuration).filter { $0 != "data" } + ["data/key.pem"]
        // Those that come and go with the node, and with SQLite's readers.
        let own = try Files.names(in: data).filter { !$0.hasPrefix("ledger.sqlite-") }
        return files.map { "\($0) \(sizeAndTime(of: "\(configuration)/\($0)"))" } + own
    }

    private static func names(in directory: String) throws -> [String] {
        try Files.names(in: directory) + Files.names(in: "\(directory)/contracts").map { "contracts/\($0)" }
    }

    /// The size in bytes and when it was changed last, without following links.
    private static func sizeAndTime(of path: String) -> (size: Int64, time: Date) {
        let found = try? FileManager.default.attributesOfItem(atPath: path)  // gone already: neither
        return (
            (found?[.size] as? NSNumber)?.int64Value ?? -1, found?[.modificationDate] as? Date ?? .distantPast
        )
    }

    private static let queries = [
        "SELECT 'event ' || count(*) || ' ' || coalesce(max(seq), 0) FROM event",
        "SELECT 'task ' || id || ' ' || state || ' ' || epoch || ' ' || digest FROM task ORDER BY id",
        "SELECT 'upload ' || job || round || name || sender || sha256 || bound FROM upload ORDER BY job, round, name, sender",
        "SELECT 'output ' || task || epoch || name || sha256 || final FROM output ORDER BY task, epoch, name",
        "SELECT 'delivery ' || id || state || attempts FROM delivery ORDER BY id",
        "SELECT 'job ' || id || state || round FROM job ORDER BY id",
        "SELECT 'ended ' || job || through || code FROM ended ORDER BY job",
        "SELECT 'control ' || job || kind || n FROM control ORDER BY job, kind, n",
    ]

    private static func rows(of path: String, _ queries: [String]) throws -> [String] {
        var connection = try Connection(path: path, mode: .readOnly)
        var rows: [String] = []
        for query in queries {
            rows += try connection.query(query) { (row) throws(SQLError) in row.text(0) }
        }
        return rows
    }
}
