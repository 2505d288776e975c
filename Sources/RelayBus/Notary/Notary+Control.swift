import RelayCore
import RelayLedger
import RelaySeal
import RelayWire

extension Notary {
    /// Takes or refuses main's word about a job.
    func accept(
        _ document: ControlDocument,
        _ examination: Examination,
        in writer: inout LedgerWriter
    ) throws(LedgerError) -> Answer {
        let kind = document.kind.rawValue
        if let known = try writer.reader.control(kind, document.job, document.n) {
            guard known.digest == examination.digest else {
                return .refusal(
                    409,
                    "task-conflict",
                    "The \(kind) \(document.n) of job \(document.job) is here with other bytes, digest \(known.digest)."
                )
            }
            let receipt = Receipt(task: nil, digest: known.digest, seq: known.seq)
            return Answer(200, receipt.json(isDuplicate: true))
        }
        if let refusal = refusalOfSender(.control(document)) { return refusal }
        if let fault = examination.orderFault {
            return .refusal(403, "order-invalid", "The statement proves nothing here: \(fault).")
        }
        guard let statement = examination.statement else {
            return .refusal(403, "order-invalid", "The statement cannot be read.")
        }
        switch document.kind {
        case .nudge: return try nudge(document, examination, in: &writer)
        case .cancel: return try cancel(document, examination, in: &writer)
        case .close: return try close(document, statement, examination, in: &writer)
        case .reorder: return try handOnAgain(document, examination, in: &writer)
        }
    }

    /// The receipt of a control document that is taken.
    func received(
        _ document: ControlDocument,
        _ examination: Examination,
        in writer: inout LedgerWriter
    ) throws(LedgerError) -> Answer {
        let seq = try writer.store(
            control: document.kind.rawValue,
            document.job,
            document.n,
            digest: examination.digest,
            by: document.from,
            why: document.reason
        )
        return Answer(202, Receipt(task: nil, digest: examination.digest, seq: seq).json)
    }

    /// Blocked tasks of the job look again at what blocks them; or files go to a node that lacks them.
    private func nudge(
        _ document: ControlDocument,
        _ examination: Examination,
        in writer: inout LedgerWriter
    ) throws(LedgerError) -> Answer {
        if let want = document.want {
            let round = document.round ?? .first
            if let refusal = try store(want, of: document.job, round, in: &writer) { return refusal }
            return try received(document, examination, in: &writer).then(waking: .deliveries)
        }
        let tasks = try writer.reader.tasks(of: document.job).filter {
            document.round == nil || $0.id.round == document.round
        }
        guard !tasks.isEmpty else {
            return .refusal(404, "unknown-job", "No task of the job \(document.job) is at \(node).")
        }
        for task in tasks where task.state == .blocked {
            try resume(task, who: document.from.rawValue, why: document.reason ?? "nudged", in: &writer)
        }
        return try received(document, examination, in: &writer).then(waking: [.claims, .deliveries])
    }

    /// A blocked task goes on where it came from.
    func resume(
        _ task: TaskRecord,
        who: String,
        why: String,
        in writer: inout LedgerWriter
    ) throws(LedgerError) {
        guard let event = task.origin?.resumption else { return }
        try advance(task, by: event, who: who, reason: Reason(code: "resumed", text: why), in: &writer)
        try writer.forgetAttempts(of: task.id)
        if event == .redelivered { try writer.retryDeliveries(causedBy: task.id) }
        if task.id.stage == .main, let job = try writer.reader.job(task.id.job), job.state == .blocked {
            try writer.move(job: job.id, to: .open, reason: nil, by: who)
        }
    }

    private func cancel(
        _ document: ControlDocument,
        _ examination: Examination,
        in writer: inout LedgerWriter
    ) throws(LedgerError) -> Answer {
        let answer = try received(document, examination, in: &writer)
        let code = document.round == nil ? "cancelled" : "superseded"
        let scope = EndScope(round: document.round, stage: document.stage, code: code)
        try end(document.job, scope, by: document.from.rawValue, in: &writer)
        return answer.then([.archive(document.job)], waking: .claims)
    }

    /// How much of a job ends.
    struct EndScope {
        /// Rounds up to this; `nil` for the whole job.
        let round: Round?
        /// Only this stage and later ones; `nil` for all.
        let stage: StageName?
        /// `cancelled` or `superseded`.
        let code: String
    }

    /// Ends a job here as far as `scope` goes: live tasks are cancelled, later work of them is refused.
    func end(
        _ job: JobID,
        _ scope: EndScope,
        by who: String,
        in writer: inout LedgerWriter
    ) throws(LedgerError) {
        try writer.end(job, through: scope.round, code: scope.code)
        let reason = Reason(
            code: scope.code,
            text: scope.round.map { "rounds up to \($0) are over" } ?? "the job is over"
        )
        for task in try writer.reader.tasks(of: job) where !task.state.isFinal {
            if let round = scope.round, task.id.round > round { continue }
            if let stage = scope.stage, try comes(task.id, before: stage, &writer.reader) { continue }
            try advance(task, by: .cancelled, who: who, reason: reason, in: &writer)
        }
        try writer.dropRelays(of: job, through: scope.round ?? Round(Round.limit) ?? .first)
    }

    /// Whether the task's stage comes before `stage` on the route of its order.
    private func comes(
        _ task: TaskID,
        before stage: StageName,
        _ reader: inout LedgerReader
    ) throws(LedgerError) -> Bool {
        let route = try order(in: relay(task, &reader)).route
        guard let own = route.position(of: task.stage), let first = route.position(of: stage) else {
            return false
        }
        return own < first
    }

    /// Main has closed the job: what is part of its chain is settled, what is not is cancelled.
    private func close(
        _ document: ControlDocument,
        _ statement: ControlStatement,
        _ examination: Examination,
        in writer: inout LedgerWriter
    ) throws(LedgerError) -> Answer {
        if let fault = try wrongClose(statement, &writer.reader) { return fault }
        let answer = try received(document, examination, in: &writer)
        try settle(document.job, by: document.from.rawValue, in: &writer)
        return answer.then([.archive(document.job)], waking: .claims)
    }

    /// The last stage compares main's receipt with the document that it handed on.
    private func wrongClose(
        _ statement: ControlStatement,
        _ reader: inout LedgerReader
    ) throws(LedgerError) -> Answer? {
        guard let receipt = statement.receipt, let final = receipt.task else {
            return .refusal(403, "order-invalid", "A close names main's receipt of the final task.")
        }
        let handedOn = try reader.relayDigests(of: final)
        guard handedOn.isEmpty || handedOn.contains(receipt.digest) else {
            return .refusal(
                403,
                "order-invalid",
                "Main closed on a document with digest \(receipt.digest), but \(node) handed on another as \(final)."
            )
        }
        return nil
    }

    /// Settles the newest task of each stage that was done here and cancels what else is live.
    func settle(_ job: JobID, by who: String, in writer: inout LedgerWriter) throws(LedgerError) {
        try writer.end(job, through: nil, code: "closed")
        let tasks = try writer.reader.tasks(of: job)
        let newest = Dictionary(tasks.map { ($0.id.stage, $0.id.round) }) { max($0, $1) }
        for task in tasks where !task.state.isFinal {
            let isDone = task.state == .produced || task.state == .handedOn
            guard isDone, newest[task.id.stage] == task.id.round else {
                let reason = Reason(code: "closed", text: "the job was closed without this task")
                try advance(task, by: .cancelled, who: who, reason: reason, in: &writer)
                continue
            }
            var task = task
            if task.state == .produced {
                // A delivery whose receipt is not recorded yet stays: its node answers the same document again.
                try advance(task, by: .handedOn, who: who, in: &writer)
                try writer.dropRefused(causedBy: task.id)
                guard let moved = try writer.reader.task(task.id) else { throw .unknownTask(task.id) }
                task = moved
            }
            try advance(task, by: .settled, who: who, in: &writer)
        }
    }
}
