import RelayCore
import RelayLedger
import RelaySeal
import RelayServer
import RelayWire

@testable import RelayBus

/// What must hold, whatever goes wrong.
enum Invariant: String, Hashable {
    /// A task that got a 2xx is there in one state with its exact bytes.
    case acknowledgedTasksStay = "a task that was acknowledged is there, with its exact bytes"
    /// An upload that got a 2xx is there until it is forgotten by rule.
    case acknowledgedUploadsStay = "an upload that was acknowledged is there"
    /// Nobody else holds what somebody holds.
    case oneClaimHolds = "no two claims of one task are valid"
    /// States move by the table, and epochs only rise.
    case nothingGoesBack = "states and epochs never go back"
    /// The history is whole.
    case eventsAreAChain = "events have no gaps and their hashes are a chain"
    /// A job is closed only on files that were looked at.
    case closedOnEvidence = "a job is closed only with all its evidence"
    /// The result of a claim is that of its own run.
    case oneRunCounts = "one run counts for a task, and it is that of its epoch"
    /// What arrives is what was stored.
    case bytesStayTheSame = "a document arrives as it was stored"
    /// Once nothing goes wrong any more, everything comes to an end.
    case everythingEnds = "every job ends closed, cancelled, failed or blocked with a reason"
    /// Recovery brings files in line with the ledger, and the second time there is nothing to do.
    case recoveryIsDone = "a second recovery changes nothing"
}

/// An invariant that does not hold.
struct Violation: Error, CustomStringConvertible {
    let invariant: Invariant
    let text: String

    var description: String { "\(invariant.rawValue): \(text)" }
}

/// What the outside of the fleet has been told, and whether it is true.
// Only whoever has the turn looks at it; see `Strand`.
final class Checks: @unchecked Sendable {
    let fleet: SimulatedFleet
    private(set) var violation: Violation?
    private(set) var history = History()
    /// What was last seen of each node's ledger.
    var heads: [String: LedgerWriter.Head] = [:]
    var states: [History.Spot: TaskState] = [:]
    var epochs: [History.Spot: Int64] = [:]
    /// What was damaged on a disk, by what it was before.
    private(set) var rotten: Set<Digest> = []
    private var lastLook: Int64 = 0
    /// Since when nothing goes wrong any more.
    var quietSince: Int64 = 0

    init(_ fleet: SimulatedFleet) { self.fleet = fleet }

    /// Notes the first violation.
    func violated(_ invariant: Invariant, _ text: String) {
        guard violation == nil else { return }
        violation = Violation(invariant: invariant, text: text)
        fleet.timeline.note("VIOLATION \(invariant.rawValue)")
    }

    /// Runs a check that reads ledgers.
    func check(_ node: SimulatedNode, _ body: (inout LedgerReader) throws -> Void) {
        guard violation == nil, let service = node.service else { return }
        do {
            try service.ledger.read { (reader) throws(LedgerError) in
                do {
                    try body(&reader)
                } catch let error as LedgerError {
                    throw error
                } catch let error as Violation {
                    violated(error.invariant, error.text)
                } catch {
                    violated(.eventsAreAChain, "\(node.name): \(error)")
                }
            }
        } catch {
            violated(.eventsAreAChain, "the ledger of \(node.name) cannot be read: \(error)")
        }
    }

    // MARK: When they are made

    /// After each commit of a node.
    func committed(_ node: SimulatedNode) {
        check(node) { reader in
            let fresh = try follow(node, &reader)
            for event in fresh { try look(at: event, of: node, &reader) }
        }
    }

    /// When a node has opened its ledger again, before it recovers.
    func started(_ node: SimulatedNode) {
        check(node) { reader in
            _ = try follow(node, &reader)
            try tasksStay(at: node, &reader)
            try uploadsStay(at: node, &reader)
        }
    }

    /// Whether there is nothing more to wait for.
    var isQuiet: Bool {
        // What failed for want of room is done again by the next sweep.
        guard fleet.timeline.now >= quietSince + 75_000, fleet.timeline.now - lastLook >= 2000 else {
            return false
        }
        lastLook = fleet.timeline.now
        return fleet.people.areDone && unfinished.isEmpty
    }

    /// At the end of the history.
    func atTheEnd() {
        if let first = unfinished.first { violated(.everythingEnds, first) }
        for node in fleet.nodes {
            check(node) { reader in
                _ = try follow(node, &reader)
                try tasksStay(at: node, &reader)
                try uploadsStay(at: node, &reader)
            }
        }
        for job in fleet.people.jobs { bundleHolds(job) }
    }

    // MARK: What is told

    /// The bus forgot an upload that nobody bound.
    func forgot(_ job: JobID, _ name: String, at node: SimulatedNode) { history.forgot(job, name, at: node) }

    /// Those bytes were damaged, by no fault of the fleet.
    func damaged(_ bytes: [UInt8]) { rotten.insert(Digest.of(bytes)) }

    /// Nobody holds the task any more.
    func freed(_ task: TaskID, at node: String) { history.freed(task, at: node) }

    /// A processor or a person begins to work on a claim; gives the number of the run.
    func began(_ claim: Claim, at node: SimulatedNode) -> Int { history.began(claim, at: node.name) }

    /// A node gives an answer.
    func answered(_ message: Message, _ response: Response, at node: SimulatedNode) {
        let json = try? JSON(parsing: response.body)
        let code = json?["type"]?.stringValue?.split(separator: "/").last.map(String.init) ?? ""
        if response.status >= 400 { fleet.reach.count("refusal \(response.status) \(code)") }
        let path = message.target.prefix(64)
        fleet.timeline.note("\(node.name) answers \(response.status) \(code) to \(message.number) \(path)")
        guard message.isPost, (200..<300).contains(response.status), let json else { return }
        do {
            if message.target.hasPrefix("/upload") {
                try history.uploaded(message, json, at: node)
            } else if message.isLocal {
                try history.answered(message, json, at: node)
            } else {
                try history.took(message, at: node)
            }
        } catch let error as Violation {
            violated(error.invariant, error.text)
        } catch {
            violated(.bytesStayTheSame, "\(node.name) took what cannot be read: \(error)")
        }
    }
}
