import RelayCore
import RelayDepot
import RelayLedger
import RelayWire

/// What becomes of entries of `inbox/` and `artifacts/` that the bus did not put there: nothing of them is ever
/// consumed or deleted.
///
/// | found | action |
/// | --- | --- |
/// | a name that the bus never gives | quarantined, with advice |
/// | a document of a task that is not here | quarantined, with advice |
/// | a document of a live task | written anew from the ledger |
/// | a document, or an input, of work that is over | archived with it |
/// | an attachment or output that was never acknowledged | quarantined, with advice |
/// | an attachment that was, and that somebody writes to | told: who reads it finds other bytes |
/// | a `.part` that another program makes | quarantined, with advice |
/// | a `.part` of an earlier bus, at start | removed: nobody was ever answered for it |
struct Strays: Sendable {
    let house: Housekeeping
    /// Lets files follow the ledger.
    let project: @Sendable (Effect) -> Void

    /// Looks at all of `inbox/`, at start or when the kernel has lost count.
    func lookAtAll(atStart: Bool) throws {
        for name in try house.depot.inboxNames() { try look(at: name, atStart: atStart) }
    }

    /// Looks at one entry by the name that `inboxNames` gives it; not on the committer's thread.
    func look(at name: String, atStart: Bool = false) throws {
        switch house.depot.entry(inboxName: name) {
        case .arriving: return
        case .leftover where atStart: try remove(name)
        case .leftover, .stranger: try quarantine(name, "the bus never gives such a name")
        case .projection(let task): try look(at: name, of: task, atStart: atStart)
        case .file(let place): try look(at: name, at: place, atStart: atStart)
        }
    }

    /// Looks at all of `artifacts/`, at start.
    func lookAtArtifacts() throws {
        for name in try house.depot.artifactNames() {
            switch house.depot.entry(artifactName: name) {
            case .job(let job): try look(atFolderOf: job, name)
            case .output(let place): try look(at: name, output: place)
            case .stranger: try quarantineArtifact(name, "the bus never gives such a name")
            }
        }
    }

    /// What is wrong with an entry of `inbox/`, in words; `nil` for what the ledger knows.
    func complaint(inbox name: String) throws -> String? {
        switch house.depot.entry(inboxName: name) {
        case .arriving: return nil
        case .leftover: return "an upload that was never finished"
        case .stranger: return "the bus never gives such a name"
        case .projection(let task):
            let isKnown = try knows { (reader) throws(LedgerError) in try reader.task(task) != nil }
            return isKnown ? nil : "no such task was ever submitted"
        case .file(let place):
            let isKnown = try knows { (reader) throws(LedgerError) in try place.isKnown(&reader) }
            return isKnown ? nil : "no such upload was ever acknowledged"
        }
    }

    /// The same for an entry of `artifacts/`.
    func complaint(artifact name: String) throws -> String? {
        switch house.depot.entry(artifactName: name) {
        case .stranger: return "the bus never gives such a name"
        case .job(let job):
            let isKnown = try knows { (reader) throws(LedgerError) in
                let (ordered, tasks) = (try reader.job(job), try reader.tasks(of: job))
                return ordered != nil || !tasks.isEmpty
            }
            return isKnown ? nil : "no such job was ever here"
        case .output(.output(let task, let epoch, let output)):
            let isKnown = try knows { (reader) throws(LedgerError) in
                try reader.outputs(of: Claim(task: task, epoch: epoch)).contains { $0.name == output }
            }
            return isKnown ? nil : "no such output was ever acknowledged"
        case .output: return nil
        }
    }

    /// Asked again as part of a change, when what is being acknowledged is known.
    private func knows(
        _ question: @escaping @Sendable (inout LedgerReader) throws(LedgerError) -> Bool
    ) throws -> Bool {
        if try house.read({ (reader) throws(LedgerError) in try question(&reader) }) { return true }
        let answer = try house.commit { (writer) throws(LedgerError) in
            Answer(200, .bool(try question(&writer.reader)))
        }
        return answer.body == .bool(true)
    }

    private func remove(_ name: String) throws {
        do throws(DepotError) {
            try house.depot.removeInbox(name)
        } catch {
            guard case .notRegular = error else { throw error }
            try quarantine(name, "the bus only makes files under such a name")
        }
    }

    private func look(at name: String, of task: TaskID, atStart: Bool) throws {
        let known = try house.read { (reader) throws(LedgerError) in try reader.task(task) }
        guard let known else {
            return try quarantine(name, "no such task was ever submitted") { (reader) throws(LedgerError) in
                try reader.task(task) != nil
            }
        }
        if known.state.isFinal {
            project(.archive(task.job))
        } else if !atStart {
            project(.show(task))
        }
    }

    private func look(at name: String, at place: Place, atStart: Bool) throws {
        guard try house.read({ (reader) throws(LedgerError) in try place.isKnown(&reader) }) else {
            return try quarantine(name, "no such upload was ever acknowledged") {
                (reader) throws(LedgerError) in try place.isKnown(&reader)
            }
        }
        guard !atStart else {
            guard case .bound(let job, _, _) = place, try isOver(job) else { return }
            return project(.archive(job))
        }
        let advice = "A file that was uploaded is not to be changed here. Upload it again to repair it."
        house.log.write("changed-by-hand", .members(["name": .string(name), "advice": .string(advice)]))
    }

    private func isOver(_ job: JobID) throws -> Bool {
        try house.read { (reader) throws(LedgerError) in
            let isOpen = try reader.job(job)?.state.isFinal == false
            let tasks = try reader.tasks(of: job)
            return !isOpen && tasks.allSatisfy(\.state.isFinal)
        }
    }

    /// Work that is over is archived; what remains of it then was none of its files.
    private func look(atFolderOf job: JobID, _ name: String) throws {
        let tasks = try house.read { (reader) throws(LedgerError) in try reader.tasks(of: job) }
        if tasks.contains(where: \.state.isFinal) { project(.archive(job)) }
        guard try isOver(job), try house.depot.removeArtifactFolder(of: job) == false else { return }
        try quarantineArtifact(name, "the work of \(job) is over, and no record names what is left of it")
    }

    private func look(at name: String, output place: Place) throws {
        guard case .output(let task, let epoch, let output) = place else { return }
        let isKnown: @Sendable (inout LedgerReader) throws(LedgerError) -> Bool = {
            (reader) throws(LedgerError) in
            try reader.outputs(of: Claim(task: task, epoch: epoch)).contains { $0.name == output }
        }
        guard try house.read({ (reader) throws(LedgerError) in try isKnown(&reader) }) else {
            return try quarantineArtifact(name, "no such output was ever acknowledged", unless: isKnown)
        }
        if try house.read({ (reader) throws(LedgerError) in try reader.task(task)?.state.isFinal }) == true {
            project(.archive(task.job))
        }
    }

    private func quarantine(
        _ name: String,
        _ reason: String,
        unless isKnown: @escaping @Sendable (inout LedgerReader) throws(LedgerError) -> Bool = { _ in false }
    ) throws {
        let depot = house.depot
        try house.quarantine(name, reason, unless: isKnown) { () throws(DepotError) in
            try depot.quarantine(inboxName: name, reason: reason, advice: Housekeeping.advice)
        }
    }

    private func quarantineArtifact(
        _ name: String,
        _ reason: String,
        unless isKnown: @escaping @Sendable (inout LedgerReader) throws(LedgerError) -> Bool = { _ in false }
    ) throws {
        let depot = house.depot
        try house.quarantine(name, reason, unless: isKnown) { () throws(DepotError) in
            try depot.quarantine(artifactName: name, reason: reason, advice: Housekeeping.advice)
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
        let strays = Strays(house: node.housekeeping) { [node] in node.project($0) }
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
