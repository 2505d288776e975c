import RelayCore
import RelayDepot
import RelayLedger
import RelayWire

/// What becomes of entries of `inbox/` that the bus did not put there: nothing of them is ever consumed or deleted.
///
/// | found | action |
/// | --- | --- |
/// | a name that the bus never gives | quarantined, with advice |
/// | a document of a task that is not here | quarantined, with advice |
/// | a document of a live task | written anew from the ledger |
/// | a document of a task that is over | archived with it |
/// | an attachment that was never acknowledged | quarantined, with advice |
/// | an attachment that was, and that somebody writes to | told: who reads it finds other bytes |
/// | a `.part` that another program makes | quarantined, with advice |
/// | a `.part` of an earlier bus, at start | removed: nobody was ever answered for it |
struct Strays: Sendable {
    let node: NodeService

    /// Looks at all of `inbox/`, at start or when the kernel has lost count.
    func lookAtAll(atStart: Bool) throws {
        for name in try node.notary.depot.inboxNames() { try look(at: name, atStart: atStart) }
    }

    /// Looks at one entry by the name that `inboxNames` gives it; on the pool.
    func look(at name: String, atStart: Bool = false) throws {
        switch node.notary.depot.entry(inboxName: name) {
        case .arriving: return
        case .leftover where atStart: try remove(name)
        case .leftover, .stranger: quarantine(name, "the bus never gives such a name")
        case .projection(let task): try look(at: name, of: task, atStart: atStart)
        case .file(let place): try look(at: name, at: place, atStart: atStart)
        }
    }

    private func remove(_ name: String) throws(DepotError) {
        do throws(DepotError) {
            try node.notary.depot.removeInbox(name)
        } catch .notRegular {
            quarantine(name, "the bus only makes files under such a name")
        }
    }

    private func look(at name: String, of task: TaskID, atStart: Bool) throws {
        let known = try node.ledger.read { (reader) throws(LedgerError) in try reader.task(task) }
        guard let known else {
            return quarantine(name, "no such task was ever submitted") { (reader) throws(LedgerError) in
                try reader.task(task) != nil
            }
        }
        if known.state.isFinal {
            node.project(.archive(task.job))
        } else if !atStart {
            node.project(.show(task))
        }
    }

    private func look(at name: String, at place: Place, atStart: Bool) throws {
        guard try node.ledger.read({ (reader) throws(LedgerError) in try place.isKnown(&reader) }) else {
            return quarantine(name, "no such upload was ever acknowledged") { (reader) throws(LedgerError) in
                try place.isKnown(&reader)
            }
        }
        guard !atStart else { return }
        let advice = "A file that was uploaded is not to be changed here. Upload it again to repair it."
        node.log.write("changed-by-hand", .members(["name": .string(name), "advice": .string(advice)]))
    }

    /// Moves the entry away unless `isKnown` by then.
    ///
    /// On the committer's thread, as only there nothing is placed between the question and the move: a file that is
    /// about to be acknowledged must not be taken for a stray.
    private func quarantine(
        _ name: String,
        _ reason: String,
        unless isKnown: @escaping @Sendable (inout LedgerReader) throws(LedgerError) -> Bool = { _ in false }
    ) {
        let advice =
            "Files are never taken from inbox/. Submit work with baton dispatch, or POST /upload and then POST /task."
        let depot = node.notary.depot
        node.committer.submit { (writer) throws(LedgerError) -> String? in
            if try isKnown(&writer.reader) { return nil }
            do throws(DepotError) {
                return try depot.quarantine(inboxName: name, reason: reason, advice: advice)
            } catch .missing {
                // Its owner took it back.
                return nil
            } catch {
                throw LedgerError(error)
            }
        } completion: { [node] result in
            switch result {
            case .success(let path?):
                node.log.write(
                    "quarantined",
                    .members([
                        "name": .string(name), "path": .string(path), "reason": .string(reason),
                        "advice": .string(advice),
                    ])
                )
            case .success(nil): return
            case .failure(let error):
                node.log.write(
                    "quarantine-failed",
                    .members(["name": .string(name), "error": .string(error.description)])
                )
            }
        }
    }
}

extension Place {
    /// Whether an upload was acknowledged that lies there, or on the way from there to its bound name.
    fileprivate func isKnown(_ reader: inout LedgerReader) throws(LedgerError) -> Bool {
        switch self {
        case .bound(let job, let round, let name):
            try reader.boundUpload(job, round, name)?.facts.name == name
        case .unbound(let job, let round, let name, let sender):
            try reader.upload(job, round, name, from: sender) != nil
        case .output, .artifact, .archived, .late: false
        }
    }
}

/// Looks at what others put into `inbox/` as soon as it is there.
struct InboxGuard: Sendable {
    private let watch: InboxWatch?

    /// Begins to watch; where that cannot be had, the log says so and the next start finds what came.
    init(_ node: NodeService) {
        do throws(DepotError) {
            watch = try node.notary.depot.watchInbox()
        } catch {
            watch = nil
            node.log.write("inbox-unwatched", .members(["error": .string(error.description)]))
        }
        guard let watch else { return }
        let strays = Strays(node: node)
        startThread(named: "inbox") {
            watch.run { sightings in
                node.pool.run {
                    do {
                        for sighting in sightings { try strays.look(at: sighting) }
                    } catch {
                        node.log.write("inbox-unread", .members(["error": .string("\(error)")]))
                    }
                }
            }
        }
    }

    /// Ends the watch.
    func end() { watch?.stop() }
}

extension Strays {
    fileprivate func look(at sighting: InboxSighting) throws {
        switch sighting {
        case .entry(let name): try look(at: name)
        case .anything: try lookAtAll(atStart: false)
        }
    }
}
