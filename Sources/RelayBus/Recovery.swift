import RelayCore
import RelayDepot
import RelayLedger
import RelayWire

/// Brings directories in line with the ledger after a start; doing it twice changes nothing.
///
/// | found | action |
/// | --- | --- |
/// | a live task whose `inbox/<task>.json` is missing or differs | written anew from the ledger |
/// | files of a live task under their unbound names | moved to their places |
/// | outputs of a produced task under their flat names | moved to `artifacts/<job>/` |
/// | final work of an ended job outside the archive | archived |
/// | events that `logs/audit.jsonl` lacks | appended |
/// | what the bus did not put into `inbox/` | see `Strays` |
struct Recovery: Sendable {
    let node: NodeService

    /// Runs behind `ready`, on the pool.
    func run() {
        do {
            node.writeAudit()
            try Strays(node: node).lookAtAll(atStart: true)
            try tasks()
            try jobs()
        } catch {
            node.log.write("recovery-failed", .members(["error": .string("\(error)")]))
        }
    }

    private func tasks() throws {
        for state in TaskState.allCases where !state.isFinal { try tasks(in: state) }
    }

    private func tasks(in state: TaskState) throws {
        var after: Int64 = 0
        while true {
            let start = after
            let tasks = try node.ledger.read { (reader) throws(LedgerError) in
                try reader.tasks(in: state, after: start, limit: 200)
            }
            guard let last = tasks.last else { return }
            for task in tasks {
                node.project(.show(task.id))
                if state == .produced || state == .handedOn { node.project(.settleOutputs(task.id)) }
            }
            after = last.seq
        }
    }

    /// Jobs with something left outside the archive: those whose directory or documents are still there.
    private func jobs() throws {
        for name in try node.notary.depot.artifactNames() {
            guard case .job(let job) = node.notary.depot.entry(artifactName: name) else { continue }
            try archiveIfOver(job)
        }
        let open = try node.ledger.read { (reader) throws(LedgerError) in
            try reader.jobs(state: .open, limit: 500)
        }
        for job in open { node.project(.settleInputs(job.id, job.round)) }
    }

    private func archiveIfOver(_ job: JobID) throws {
        let tasks = try node.ledger.read { (reader) throws(LedgerError) in try reader.tasks(of: job) }
        if tasks.contains(where: \.state.isFinal) { node.project(.archive(job)) }
    }
}
