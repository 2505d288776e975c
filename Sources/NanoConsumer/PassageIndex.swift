import RelayConsumer
import RelaySQL

/// A full-text index of passages in memory: SQLite's FTS5 and its BM25.
///
/// It is fed with terms instead of text, so that words are found in any script and by their stems; the
/// tokenizer only has to cut at spaces.
struct PassageIndex: ~Copyable {
    /// A passage found, and how well it fits; higher is better.
    struct Hit: Equatable {
        let ordinal: Int
        let score: Double
    }

    private static let schema = """
        CREATE VIRTUAL TABLE passage USING fts5(
            context, body, content='', tokenize='unicode61 remove_diacritics 2');
        INSERT INTO passage(passage, rank) VALUES ('hashsize', 16777216);
        """

    private var connection: Connection
    private(set) var count = 0

    init() throws(ProcessorRefusal) {
        connection = try Self.emptyIndex()
    }

    private static func emptyIndex() throws(ProcessorRefusal) -> Connection {
        do throws(SQLError) {
            var connection = try Connection(path: "", mode: .memory)
            try connection.execute(schema)
            try connection.execute("BEGIN")
            return connection
        } catch {
            throw refusal(error)
        }
    }

    /// Adds the passage numbered `ordinal`.
    mutating func add(_ ordinal: Int, context: String, body: String) throws(ProcessorRefusal) {
        do throws(SQLError) {
            try connection.run(
                "INSERT INTO passage(rowid, context, body) VALUES (?, ?, ?)",
                [.integer(Int64(ordinal)), .text(context), .text(body)]
            )
        } catch {
            throw Self.refusal(error)
        }
        count += 1
    }

    /// The passages that hold any of `terms`, best first, at most `limit`.
    mutating func hits(_ terms: [String], limit: Int) throws(ProcessorRefusal) -> [Hit] {
        guard !terms.isEmpty, count > 0 else { return [] }
        do throws(SQLError) {
            return try connection.query(
                """
                SELECT rowid, bm25(passage, 0.5, 1.0) FROM passage WHERE passage MATCH ?
                ORDER BY 2, rowid LIMIT ?
                """,
                [.text(terms.map(Self.quoted).joined(separator: " OR ")), .integer(Int64(limit))]
            ) { (row) throws(SQLError) in
                // Rounded, so that another machine's last bit of the logarithm decides nothing.
                Hit(ordinal: Int(row.integer(0)), score: (-row.real(1) * 65536).rounded() / 65536)
            }
        } catch {
            throw Self.refusal(error)
        }
    }

    /// In how many passages `term` stands.
    mutating func frequency(of term: String) throws(ProcessorRefusal) -> Int {
        do throws(SQLError) {
            let found = try connection.first(
                "SELECT count(*) FROM passage WHERE passage MATCH ?",
                [.text(Self.quoted(term))]
            ) { (row) throws(SQLError) in Int(row.integer(0)) }
            return found ?? 0
        } catch {
            throw Self.refusal(error)
        }
    }

    private static func quoted(_ term: String) -> String { "\"\(term)\"" }

    private static func refusal(_ error: SQLError) -> ProcessorRefusal {
        ProcessorRefusal("the index of the sources failed; the job can be ordered again. \(error)")
    }
}
