import RelayCore
import RelayLedger
import RelayWire

/// The node's account of itself; its cost does not grow with history.
struct StatusReport: Sendable {
    let node: NodeService
    let filter: StatusFilter

    private var role: RoleFile { node.configuration.role }

    func json(_ reader: inout LedgerReader) throws(LedgerError) -> JSON {
        let now = node.now()
        let clock = ShownTime(wall: now, steady: node.steady())
        let range = try reader.eventRange()
        let counts = try reader.counts()
        let page = try tasks(&reader)
        let deliveries = try reader.openDeliveries(of: filter.job, limit: filter.limit)
            .map { delivery($0, clock) }
        let jobs = role.role == .main ? try jobs(&reader) : nil
        let next = [page.next, jobs?.next].compactMap(\.self).max()
        let observed = role.role == .main ? try reader.observed() : []
        let oldest = try reader.oldestWaiting()
        var members: [JSON.Member] = [
            .init("baton", 1), .init("node", JSON(role.node)), .init("role", JSON(role.role)),
            .init("version", .string(Build.version)), .init("instance", .string(node.instance)),
            .init("started_at", JSON(node.startedAt)), .init("now", JSON(now)),
            .init("seq", JSON(range.newest)), .init("oldest", JSON(range.oldest)),
            .init("counts", .object(TaskState.allCases.map { .init($0.rawValue, JSON(counts[$0] ?? 0)) })),
            .init("oldest_waiting_s", JSON(oldest.map { max(0, now.value - $0.value) / 1000 } ?? 0)),
            .init("contracts", contracts),
            .init("consumer", consumer),
        ]
        var entries: [JSON] = []
        for task in page.records { entries.append(try report(on: task, clock, &reader)) }
        members.append(.init("tasks", .array(entries)))
        members.append(.init("deliveries", .array(deliveries)))
        if let jobs { members.append(.init("jobs", .array(try ladders(of: jobs.records, &reader)))) }
        if role.role == .main {
            members.append(.init("observed", .object(observed.map { .init($0.node.rawValue, JSON($0.seq)) })))
        }
        if let next { members.append(.init("next", JSON(next))) }
        return .object(members)
    }

    private func report(
        on task: TaskRecord,
        _ clock: ShownTime,
        _ reader: inout LedgerReader
    ) throws(LedgerError) -> JSON {
        let measured = task.state == .claimed ? try reader.progress(of: task.id) : nil
        let progress = ProgressReport(task, measured, isAlive: node.notary.isAlive, now: clock.steady)
        return try TaskReport(task, progress, clock).json(&reader)
    }

    /// As many records as were asked for, and the number to go on from when there are older ones.
    private struct Page<Record> {
        let records: [Record]
        let next: Int64?

        /// The newest of `records`, which are one more than `limit` when there are more.
        init(_ records: [Record], limit: Int, _ number: (Record) -> Int64) {
            let newest = records.sorted { number($0) > number($1) }.prefix(limit)
            let oldest = newest.last.map(number) ?? 0
            self.records = records.filter { number($0) >= oldest }
            next = records.count > limit ? oldest : nil
        }
    }

    private func tasks(_ reader: inout LedgerReader) throws(LedgerError) -> Page<TaskRecord> {
        let state = filter.state.flatMap(TaskState.init(rawValue:))
        let records: [TaskRecord]
        if filter.state != nil, state == nil {
            records = []
        } else if let task = filter.task {
            records = try reader.task(task).map { [$0] } ?? []
        } else if let job = filter.job {
            records = try reader.tasks(of: job)
        } else {
            records = try reader.tasks(state: state, before: filter.before, limit: filter.limit + 1)
        }
        let wanted = records.filter { record in
            record.seq < filter.before && state.map { record.state == $0 } ?? true
                && filter.job.map { record.id.job == $0 } ?? true
        }
        return Page(wanted, limit: filter.limit) { $0.seq }
    }

    private func jobs(_ reader: inout LedgerReader) throws(LedgerError) -> Page<JobRecord> {
        let records: [JobRecord]
        if let id = filter.job ?? filter.task?.job {
            records = try reader.job(id).map { [$0] } ?? []
        } else {
            let state = filter.state.flatMap(JobState.init(rawValue:))
            let isForTasks = filter.state != nil && state == nil
            records =
                isForTasks
                ? [] : try reader.jobs(state: state, before: filter.before, limit: filter.limit + 1)
        }
        return Page(records, limit: filter.limit) { $0.seq }
    }

    private func ladders(of jobs: [JobRecord], _ reader: inout LedgerReader) throws(LedgerError) -> [JSON] {
        var reports: [JSON] = []
        for job in jobs {
            let ladder = try reader.ladder(of: job.id)
            reports.append(JobReport(job: job, ladder: ladder).json)
        }
        return reports
    }

    private var contracts: JSON {
        let byStage = Dictionary(grouping: node.configuration.contracts) { $0.value.stage }
        return .object(
            byStage.sorted { $0.key < $1.key }.map { stage, entries in
                .init(
                    stage.rawValue,
                    .array(
                        entries.sorted { $0.value.version < $1.value.version }.map {
                            .members(["version": JSON($0.value.version), "sha256": JSON($0.key)])
                        }
                    )
                )
            }
        )
    }

    private var consumer: JSON {
        .members([
            "seen_at": node.consumers.seenAt.map { JSON($0) },
            "state": .string(node.consumers.isPresent(at: node.steady()) ? "present" : "absent"),
        ])
    }

    /// `next` is absent while it is being tried.
    private func delivery(_ delivery: DeliveryRecord, _ clock: ShownTime) -> JSON {
        let waits = delivery.state == .waiting && delivery.leaseUntil <= clock.steady
        return .members([
            "id": JSON(delivery.id), "to": JSON(delivery.to), "kind": .string(delivery.kind),
            "job": JSON(delivery.job), "task": delivery.task.map { JSON($0) },
            "state": .string(delivery.state.rawValue), "attempts": JSON(delivery.attempts),
            "next": waits ? JSON(clock.shown(delivery.nextAt)) : nil, "error": JSON(delivery.error),
        ])
    }
}

/// The two clocks of one moment: leases and waits are reckoned by the steady one and shown in the wall clock's time.
struct ShownTime {
    let wall: UnixMilliseconds
    let steady: UnixMilliseconds

    /// A moment of the steady clock as the wall clock will show it.
    func shown(_ moment: UnixMilliseconds) -> UnixMilliseconds {
        moment.advanced(by: .milliseconds(wall.value - steady.value))
    }
}

/// One task in `/status`: where it stands, and what happens next by itself.
struct TaskReport {
    private let task: TaskRecord
    private let progress: ProgressReport?
    private let clock: ShownTime

    init(_ task: TaskRecord, _ progress: ProgressReport?, _ clock: ShownTime) {
        self.task = task
        self.progress = progress
        self.clock = clock
    }

    func json(_ reader: inout LedgerReader) throws(LedgerError) -> JSON {
        let id = task.id
        let document = try document(&reader)
        let outputs = try reader.finalOutputs(of: id)
        let receipt = try reader.handOnReceipt(of: id)
        return .members([
            "task": JSON(id), "job": JSON(id.job), "stage": JSON(id.stage), "round": JSON(id.round.number),
            "state": .string(task.state.rawValue), "since": JSON(task.since), "from": JSON(task.sender),
            "to": document.map { JSON($0.to) }, "epoch": JSON(task.epoch), "attempts": JSON(task.attempts),
            "lease_until": task.state == .claimed ? leaseUntil.map { JSON($0) } : nil,
            "progress": progress?.json, "reason": task.reason?.json, "next": next,
            "attachments": .array(try reader.inputs(of: id).map(\.json)),
            "outputs": .array(outputs.map(\.file.json)), "receipt": receipt?.json,
            "by": task.holder.map { .string($0.rawValue) }, "seq": JSON(task.seq),
        ])
    }

    private var leaseUntil: UnixMilliseconds? { task.leaseUntil.map(clock.shown) }

    private func document(_ reader: inout LedgerReader) throws(LedgerError) -> RelayDocument? {
        guard let bytes = try reader.document(of: task.id),
            case .relay(let document) = try? TaskDocument(parsing: bytes)
        else { return nil }
        return document
    }

    private var next: JSON {
        let (what, at): (String, UnixMilliseconds?) =
            switch task.state {
            case .stored:
                task.notBefore > clock.steady
                    ? ("a consumer may claim it again", clock.shown(task.notBefore))
                    : ("waits for a consumer to claim it", nil)
            case .claimed:
                progress.map { ($0.next, leaseUntil) }
                    ?? ("a human works on it, without a time limit", nil)
            case .produced: ("the consumer hands it on until the next node's receipt comes", nil)
            case .handedOn: ("waits for main to close the job", nil)
            case .blocked where task.isDamaged:
                ("main's desk has the damaged files uploaded again where another node has them", nil)
            case .blocked: ("nothing by itself: end what the reason names, then resolve or nudge it", nil)
            case .settled, .failed, .cancelled: ("nothing, it is over", nil)
            }
        return .members(["what": .string(what), "at": at.map { JSON($0) }])
    }
}

/// One job in main's `/status`.
struct JobReport {
    let job: JobRecord
    let ladder: [LadderRung]

    var json: JSON {
        .members([
            "job": JSON(job.id), "state": .string(job.state.rawValue), "round": JSON(job.round.number),
            "ordered_at": JSON(job.orderedAt), "deadline": JSON(job.deadline),
            "closed_at": job.closedAt.map { JSON($0) }, "reason": job.reason?.json, "next": .string(next),
            "ladder": .array(ladder.map(rung)),
        ])
    }

    private func rung(_ rung: LadderRung) -> JSON {
        let moments = zip(LadderRung.momentNames, rung.moments).compactMap { name, moment in
            moment.map { JSON.Member(name, JSON($0)) }
        }
        return .object(
            [
                .init("stage", JSON(rung.stage)), .init("node", JSON(rung.node)),
                .init("round", JSON(rung.round.number)),
            ] + moments + [.init("state", .string(rung.state ?? "waiting"))]
        )
    }

    private var next: String {
        switch job.state {
        case .open:
            let current = ladder.last { $0.round == job.round && $0.state != nil }
            return current.map { "\($0.stage) at \($0.node) is \($0.state ?? "waiting")" }
                ?? "the first stage gets it"
        case .blocked: return "needs a human: end what the reason names"
        case .closed, .failed, .cancelled: return "nothing, it is over"
        }
    }
}

/// What this program is.
package enum Build {
    /// The version of the program (semver.org).
    package static let version = "0.1.0"
    /// The version of the protocol between nodes.
    package static let protocolVersion = 1
}
