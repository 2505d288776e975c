package import RelayCore
import RelaySQL
package import RelayWire

extension LedgerReader {
    /// The outputs uploaded under `claim`, sorted by name.
    package mutating func outputs(of claim: Claim) throws(LedgerError) -> [FileFacts] {
        try all(
            "SELECT name, size, sha256, utf8, headings, hidden FROM output WHERE task = ? AND epoch = ? ORDER BY name",
            [.text(claim.task.rawValue), .integer(claim.epoch)]
        ) { (row) throws(SQLError) in try FileFacts(row, at: 0) }
    }

    /// The outputs that `produced` named, with their epoch.
    package mutating func finalOutputs(of task: TaskID) throws(LedgerError) -> [(
        epoch: Int64, file: Attachment
    )] {
        try all(
            "SELECT epoch, name, size, sha256 FROM output WHERE task = ? AND final = 1 ORDER BY name",
            [.text(task.rawValue)]
        ) { (row) throws(SQLError) in (row.integer(0), try row.attachment(1)) }
    }

    /// The link of the task, as it was signed.
    package mutating func link(of task: TaskID) throws(LedgerError) -> Envelope? {
        try first("SELECT envelope FROM link WHERE task = ?", [.text(task.rawValue)]) {
            (row) throws(SQLError) in
            try row.envelope(0)
        }
    }
}

extension LedgerWriter {
    /// Stores, or replaces, one output of `claim`.
    package mutating func store(output facts: FileFacts, of claim: Claim) throws(LedgerError) {
        try run(
            """
            INSERT INTO output (task, epoch, name, size, sha256, utf8, headings, hidden) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (task, epoch, name) DO UPDATE SET size = excluded.size, sha256 = excluded.sha256,
                utf8 = excluded.utf8, headings = excluded.headings, hidden = excluded.hidden
            """,
            [.text(claim.task.rawValue), .integer(claim.epoch)] + facts.values
        )
    }

    /// Forgets an output that no `produced` has named.
    package mutating func forget(output name: AttachmentName, of claim: Claim) throws(LedgerError) {
        try run(
            "DELETE FROM output WHERE task = ? AND epoch = ? AND name = ? AND final = 0",
            [.text(claim.task.rawValue), .integer(claim.epoch), .text(name.rawValue)]
        )
    }

    /// Marks the outputs of `claim` as those that the task made.
    package mutating func finish(outputsOf claim: Claim, named names: [AttachmentName]) throws(LedgerError) {
        for name in names {
            try run(
                "UPDATE output SET final = 1 WHERE task = ? AND epoch = ? AND name = ?",
                [.text(claim.task.rawValue), .integer(claim.epoch), .text(name.rawValue)]
            )
        }
    }

    /// Stores the link of a task.
    package mutating func store(link envelope: Envelope, of task: TaskID) throws(LedgerError) {
        try run(
            "INSERT INTO link VALUES (?, ?)",
            [.text(task.rawValue), .blob(envelope.json.encoded)]
        )
    }
}
