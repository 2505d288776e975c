import RelayCore
import RelayDepot
import RelayLedger
import RelayWire

/// What brings directories and ledger in line outside of any request.
struct Housekeeping: Sendable {
    let notary: Notary
    let ledger: Ledger
    let log: BusLog
    /// Runs a change where all changes are made, one after the other; durable on return.
    ///
    /// Not for the committer's own thread.
    let commit: @Sendable (@escaping Ledger.Change<Answer>) throws(LedgerError) -> Answer
    /// Gets what a step failed with: storage that failed ends a node, everything else is told and passed over.
    var onFailure: @Sendable (any Error) -> Void = { _ in }

    var depot: Depot { notary.depot }
    var projector: Projector { Projector(notary: notary, ledger: ledger) }

    /// What to tell somebody who put a file into a directory of the bus.
    static let advice =
        "Files are never taken from inbox/. Submit work with baton dispatch, or POST /upload and then POST /task."

    func read<Value>(
        _ body: (inout LedgerReader) throws(LedgerError) -> sending Value
    ) throws(LedgerError) -> sending Value {
        try ledger.read(body)
    }

    /// Moves what `move` moves to quarantine, unless `isKnown` by then.
    ///
    /// As part of a change, as only there nothing is placed between the question and the move: a file that is
    /// about to be acknowledged must not be taken for a stray.
    func quarantine(
        _ name: String,
        _ reason: String,
        unless isKnown: @escaping @Sendable (inout LedgerReader) throws(LedgerError) -> Bool = { _ in false },
        _ move: @escaping @Sendable () throws(DepotError) -> String
    ) throws {
        let answer = try commit { (writer) throws(LedgerError) in
            if try isKnown(&writer.reader) { return Answer(200, .null) }
            do throws(DepotError) {
                return Answer(200, .string(try move()))
            } catch {
                // Its owner took it back.
                if case .missing = error { return Answer(200, .null) }
                throw LedgerError(error)
            }
        }
        guard let path = answer.body.stringValue else { return }
        log.write(
            "quarantined",
            .members([
                "name": .string(name), "path": .string(path), "reason": .string(reason),
                "advice": .string(Self.advice),
            ])
        )
    }
}
