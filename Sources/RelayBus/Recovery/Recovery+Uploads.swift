import RelayCore
import RelayDepot
import RelayLedger
import RelayWire

/// Files that no task has: uploads that wait for one, and what main ordered its jobs with.
extension Recovery {
    /// More cannot be: each sender has a limit.
    private static let uploadLimit = 1_000_000
    /// How much is read before the node serves, in bytes; what is beyond is in doubt until it is read.
    static let urgentBytes: Int64 = 64 << 20

    /// Uploads that no task has bound yet.
    func uploads() throws {
        for upload in try unbound() { try check(upload) }
    }

    /// The same before the node serves, so that no document is taken for a file that is not the one of its row.
    func urgentUploads(atMost bytes: Int64 = urgentBytes) throws {
        var left = bytes
        for upload in try unbound() {
            left -= upload.facts.size
            if left >= 0 { try check(upload) } else { house.notary.doubts.add(.unbound(upload)) }
        }
    }

    /// All uploads that no task has bound.
    func unbound() throws -> [UploadRecord] {
        try house.read { (reader) throws(LedgerError) in
            try reader.unbound(before: UnixMilliseconds(.max), limit: Self.uploadLimit)
        }
    }

    private func check(_ upload: UploadRecord) throws {
        let looked = try house.notary.look(at: RecordedFile(record: .unbound, upload: upload))
        guard looked.action.step == .keep else { return try mend(upload, looked) }
        guard house.notary.doubts.has(.unbound(upload)), let sight = looked.right else { return }
        let notary = house.notary
        _ = try house.commit { (writer) throws(LedgerError) in
            let now = try writer.reader.upload(
                upload.job,
                upload.round,
                upload.facts.name,
                from: upload.sender
            )
            if now == upload, try Self.isUnchanged(sight, in: notary.depot) {
                notary.doubts.settle(sight.place)
            }
            return Answer(200, .null)
        }
    }

    private func mend(_ upload: UploadRecord, _ looked: LookedAt) throws {
        let (notary, why, sight) = (house.notary, looked.damage, looked.wrong.last)
        let setsAside = looked.action.setsAside
        _ = try house.commit { (writer) throws(LedgerError) in
            let (nothing, place) = (Answer(200, .null), Place.unbound(upload))
            let now = try writer.reader.upload(
                upload.job,
                upload.round,
                upload.facts.name,
                from: upload.sender
            )
            guard now == upload else { return nothing }
            if let sight {
                guard try Self.isUnchanged(sight, in: notary.depot) else { return nothing }
            } else {
                guard notary.depot.find([place]) == nil else { return nothing }
            }
            if !setsAside, let sight, case .file(let facts) = sight.content {
                notary.unsynced.mark(place)
                try writer.store(
                    upload: facts,
                    job: upload.job,
                    round: upload.round,
                    from: upload.sender,
                    why: "after a crash: \(why)"
                )
            } else {
                if setsAside, let sight { _ = try Self.setAside([sight], why, in: notary.depot) }
                try writer.forget(upload, by: "bus", why: why)
            }
            notary.doubts.settle(place)
            return nothing
        }
    }

    /// The inputs that main ordered a live job with: they are part of its bundle, and main is who can send them again.
    func inputs(of job: JobRecord) throws {
        var damaged: [LookedAt] = []
        for recorded in try ordered(for: job.id) {
            let looked = try house.notary.look(at: recorded)
            try move(looked)
            if looked.action.step == .block { damaged.append(looked) }
        }
        guard job.reason?.code != Notary.damagedCode else { return try damaged.forEach(tellOf) }
        if !damaged.isEmpty { try block(job, for: damaged) }
    }

    /// What main ordered the job with.
    func ordered(for job: JobID) throws -> [RecordedFile] {
        try house.read { (reader) throws(LedgerError) in try reader.uploads(of: job) }
            .filter { $0.isOrdered(by: house.notary.node) }.map { RecordedFile(record: .ordered, upload: $0) }
    }

    private func block(_ job: JobRecord, for damaged: [LookedAt]) throws {
        let (notary, wrong) = (house.notary, damaged.flatMap(\.wrong))
        let reason = Notary.damage(damaged.map { ($0.recorded.file.name, $0.damage) })
        _ = try house.commit { (writer) throws(LedgerError) in
            guard let now = try writer.reader.job(job.id), now.state == job.state,
                try Self.setAside(wrong, reason.text, in: notary.depot),
                damaged.allSatisfy({ notary.depot.find($0.recorded.places) == nil })
            else { return Answer(200, .null) }
            try writer.move(job: job.id, to: .blocked, reason: reason, by: notary.node.rawValue)
            return Answer(200, .null)
        }
    }
}
