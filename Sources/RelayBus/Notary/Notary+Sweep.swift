import RelayCore
import RelayDepot
import RelayLedger
import RelaySeal
import RelayWire

extension Notary {
    /// How long an upload is kept that no task binds.
    private static let uploadTerm = Duration.seconds(86_400)
    /// How much one sweep takes on, so that no commit is long; the next one goes on.
    private static let sweepLimit = 100

    /// What time does by itself: forgets uploads that nobody bound in a day, and gives up jobs past their deadline.
    ///
    /// By a clock that cannot be believed, nothing of it.
    func sweep(in writer: inout LedgerWriter) throws(LedgerError) -> Answer {
        guard isSureOfTime() else { return Answer(200, .object([])) }
        let old = UnixMilliseconds(writer.now.value - Self.uploadTerm.milliseconds)
        for upload in try writer.reader.unbound(before: old, limit: Self.sweepLimit) {
            try forget(upload, in: &writer)
        }
        var answer = Answer(200, .object([]))
        for job in try writer.reader.overdueJobs(at: writer.now, limit: Self.sweepLimit) {
            // Work that came in time is not lost to a slow desk.
            let last = TaskID(job: job.id, stage: .main, round: job.round)
            if let task = try writer.reader.task(last), !task.state.isFinal { continue }
            try giveUp(job, in: &writer)
            answer = answer.then([.archive(job.id)], waking: .deliveries)
        }
        return answer
    }

    /// The file goes first, as nobody would look for it without its row; what a crash leaves then is a row without a
    /// file, which the next start forgets.
    private func forget(_ upload: UploadRecord, in writer: inout LedgerWriter) throws(LedgerError) {
        let place = Place.unbound(upload)
        doubts.note(place)
        do throws(DepotError) {
            try depot.remove(place)
        } catch {
            throw LedgerError(error)
        }
        do throws(LedgerError) {
            try writer.forget(upload, by: "bus", why: "\(upload.facts.name): no task named it in a day")
        } catch {
            doubts.add(place)
            throw error
        }
    }

    private func giveUp(_ job: JobRecord, in writer: inout LedgerWriter) throws(LedgerError) {
        let text = "the deadline \(job.deadline) has passed"
        try tell(others(of: job.id, &writer.reader), of: job, Word(kind: .cancel, reason: text), in: &writer)
        try end(job.id, EndScope(round: nil, stage: nil, code: "cancelled"), by: node.rawValue, in: &writer)
        let reason = Reason(code: "deadline-passed", text: text)
        try writer.move(job: job.id, to: .failed, reason: reason, by: node.rawValue)
    }
}
