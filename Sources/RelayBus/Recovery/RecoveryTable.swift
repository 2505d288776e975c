/// What a start does about each thing: what the ledger records, what was found on the disk, and what follows.
///
/// `Recovery` looks and acts by it, and doing it twice changes nothing.
///
/// | recorded | right | elsewhere | wrong | missing | unusable |
/// | --- | --- | --- | --- | --- | --- |
/// | `document` of a live task | keep | – | rewrite | rewrite | set aside, rewrite |
/// | `waiting` input: its task is stored, or its holder is gone | keep | move | set aside, block | block | set aside, block |
/// | `held` input: somebody works with a copy of it | keep | move | set aside, tell | tell | set aside, tell |
/// | `owed` file: its task is produced and not handed on | keep | move | set aside, block | block | set aside, block |
/// | `spare` file: its task is handed on or blocked | keep | move | set aside, tell | tell | set aside, tell |
/// | `ordered` input of an open job, at main | keep | move | set aside, block | block | set aside, block |
/// | `unbound` upload, or output of a claim | keep | – | adopt | forget | set aside, forget |
/// | `part` of an earlier bus, recorded nowhere | – | – | remove | – | set aside |
/// | `nothing`: whatever the ledger does not know | – | – | set aside | – | set aside |
///
/// Elsewhere is a place on the way to its own, where a crash left it. To set aside is to move to
/// `archive/quarantine/` with the reason. A wrong `unbound` file is a newer upload whose rename came before the crash
/// and whose row did not: the row becomes what the file is, as if its answer had been lost.
///
/// What needs no row: a claim whose process is gone lapses when the next claim is asked for, and a delivery whose
/// receipt was lost is due again when its holder is gone; its node answers the same document with the same receipt.
enum RecoveryTable {
    /// What the ledger records.
    enum Record: String, CaseIterable, Sendable {
        case document, waiting, held, owed, spare, ordered, unbound
        case part, nothing
    }

    /// What lies on the disk for it.
    enum Finding: String, CaseIterable, Sendable {
        /// The recorded bytes, in their place.
        case right
        /// The recorded bytes, in a place on the way to their own.
        case elsewhere
        /// Other bytes.
        case wrong
        /// Nothing.
        case missing
        /// No regular file with one name, or one that cannot be read.
        case unusable
    }

    /// What follows, once what is wrong or unusable is set aside.
    enum Step: String, CaseIterable, Sendable {
        case keep, move, rewrite, adopt, forget, tell, block, remove
    }

    /// What to do.
    struct Action: Hashable, Sendable {
        /// Whether what was found goes to quarantine.
        let setsAside: Bool
        let step: Step
    }

    /// The table.
    static func action(for record: Record, _ finding: Finding) -> Action {
        switch (record, finding) {
        case (.part, .unusable), (.nothing, _): .init(setsAside: true, step: .keep)
        case (.part, _): .init(setsAside: false, step: .remove)
        case (_, .right): .init(setsAside: false, step: .keep)
        case (_, .elsewhere): .init(setsAside: false, step: .move)
        case (.document, _): .init(setsAside: finding == .unusable, step: .rewrite)
        case (.unbound, .wrong): .init(setsAside: false, step: .adopt)
        case (.unbound, _): .init(setsAside: finding == .unusable, step: .forget)
        case (.waiting, _), (.owed, _), (.ordered, _): .init(setsAside: finding != .missing, step: .block)
        case (.held, _), (.spare, _): .init(setsAside: finding != .missing, step: .tell)
        }
    }
}
