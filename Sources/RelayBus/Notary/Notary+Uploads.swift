package import RelayCore
package import RelayDepot
package import RelayLedger
package import RelayWire

/// Where an upload belongs.
package enum UploadTarget: Hashable, Sendable {
    /// A file for a task or an order of that job and round.
    case attachment(JobID, Round, sender: NodeName)
    /// An output of a claimed task.
    case output(Claim)
}

/// A finished upload: its bytes are durable, its name is not yet.
package struct ArrivedFile: Sendable {
    /// Where it belongs.
    let target: UploadTarget
    /// What is known of its content.
    let facts: FileFacts
    /// The file; discarded by its owner when it was not placed.
    let file: IncomingFile

    package init(target: UploadTarget, facts: FileFacts, file: IncomingFile) {
        self.target = target
        self.facts = facts
        self.file = file
    }
}

extension Notary {
    /// Why `caller` may not upload there, or the file is too large; asked before a byte is read.
    package func refusalOfUpload(from sender: NodeName) -> Answer? {
        guard sender == node || configuration.role.accepts[sender, default: []].contains(RelayDocument.kind)
        else {
            return .refusal(
                403,
                "not-accepted",
                "\(node) takes no uploads from \(sender): its role file lacks accepts.\(sender): [\"relay\"]."
            )
        }
        return nil
    }

    /// Places an upload and records it; the directory is synced once for the batch before the commit.
    ///
    /// - Throws: `LedgerError`; the failure of the depot as `LedgerError.files`.
    package func accept(
        _ arrived: ArrivedFile,
        from caller: Caller,
        in writer: inout LedgerWriter
    ) throws(LedgerError) -> Answer {
        switch arrived.target {
        case .attachment(let job, let round, let sender):
            try accept(arrived, job, round, sender, in: &writer)
        case .output(let claim):
            try accept(arrived, output: claim, from: caller, in: &writer)
        }
    }

    private func accept(
        _ arrived: ArrivedFile,
        _ job: JobID,
        _ round: Round,
        _ sender: NodeName,
        in writer: inout LedgerWriter
    ) throws(LedgerError) -> Answer {
        let facts = arrived.facts
        if let bound = try writer.reader.boundUpload(job, round, facts.name) {
            if bound.facts.name == facts.name, bound.facts.digest == facts.digest {
                return try repair(bound, with: arrived, in: &writer)
            }
            if bound.sender == sender {
                return nameConflict(bound, TaskID(job: job, stage: .main, round: round))
            }
        }
        let own = try writer.reader.upload(job, round, facts.name, from: sender)
        let place = Place.unbound(job, round, facts.name, sender: sender)
        if let own, own.facts.digest == facts.digest {
            // A crash between a rename and its commit may have left other bytes under the name.
            try self.place(arrived.file, at: place)
            doubts.settle(place)
            return stored(200, own)
        }
        if let refusal = try refusalForWantOfRoom(&writer.reader) { return refusal }
        let limit = configuration.role.limits.unboundUploads
        if own == nil, try writer.reader.unboundCount(of: sender, limit: limit) >= limit {
            return .refusal(
                Problem(
                    429,
                    "too-many-uploads",
                    "too many uploads",
                    detail:
                        "\(limit) uploads of \(sender) wait for a task; send their documents, or try again later."
                ),
                retryAfter: 30
            )
        }
        let seq = try exchange(arrived.file, at: place, in: &writer) { (writer) throws(LedgerError) in
            try writer.store(upload: facts, job: job, round: round, from: sender)
        }
        return stored(
            201,
            UploadRecord(job: job, round: round, sender: sender, facts: facts, seq: seq, isBound: false)
        )
    }

    /// Places a file and has its row follow; where that fails, what lies there is in doubt.
    private func exchange<Result>(
        _ file: IncomingFile,
        at place: Place,
        in writer: inout LedgerWriter,
        _ record: (inout LedgerWriter) throws(LedgerError) -> Result
    ) throws(LedgerError) -> Result {
        doubts.note(place)
        do throws(LedgerError) {
            try self.place(file, at: place)
            let result = try record(&writer)
            doubts.settle(place)
            return result
        } catch {
            doubts.add(place)
            throw error
        }
    }

    /// The upload of `sender` of which row and file are known to be one.
    func upload(
        _ job: JobID,
        _ round: Round,
        _ name: AttachmentName,
        from sender: NodeName,
        _ reader: inout LedgerReader
    ) throws(LedgerError) -> UploadRecord? {
        guard let own = try reader.upload(job, round, name, from: sender), !doubts.has(.unbound(own)) else {
            return nil
        }
        return own
    }

    func stored(_ status: Int, _ upload: UploadRecord) -> Answer {
        Answer(
            status,
            .members([
                "job": JSON(upload.job), "round": JSON(upload.round.number), "name": JSON(upload.facts.name),
                "size": JSON(upload.facts.size), "sha256": JSON(upload.facts.digest), "seq": JSON(upload.seq),
            ])
        )
    }

    /// Gives a finished upload its place; a link, directory or pipe that lies there is nobody's file and goes away.
    func place(_ file: IncomingFile, at place: Place) throws(LedgerError) {
        do throws(DepotError) {
            do throws(DepotError) {
                try depot.place(file, at: place)
            } catch .notRegular(_, let found) {
                try depot.quarantine(
                    place,
                    reason: "\(found) lay where an uploaded file belongs",
                    advice: "Only files that were uploaded belong into inbox/ and artifacts/."
                )
                try depot.place(file, at: place)
            }
            // Only a repaired file goes there; it has no directory that is synced for the batch.
            if case .artifact = place { try depot.sync(place) }
        } catch {
            throw LedgerError(error)
        }
        unsynced.mark(place)
    }

    private func accept(
        _ arrived: ArrivedFile,
        output claim: Claim,
        from caller: Caller,
        in writer: inout LedgerWriter
    ) throws(LedgerError) -> Answer {
        let name = arrived.facts.name
        let task: TaskRecord
        switch try held(claim, by: caller, &writer.reader) {
        case .refused(let answer):
            // The work was done, if too late: it is kept where nothing takes it for the current result.
            if answer.status == 409 { try keepLate(arrived, claim) }
            return answer
        case .holds(let record): task = record
        }
        guard let contract = try contract(of: task.id, &writer.reader) else {
            return .refusal(409, Self.unknownContract, try missingContract(of: task.id, &writer.reader).text)
        }
        guard contract.makes.contains(where: { $0.allows(name) }) else {
            return contract.makes.verdict(onNames: [name]).refusal(of: "\(task.id)")
                ?? .refusal(422, "contract-broken", "\(name)")
        }
        let known = try writer.reader.outputs(of: claim).first { $0.name == name }
        let place = Place.output(claim.task, epoch: claim.epoch, name)
        // Also the same bytes: a crash between a rename and its commit may have left others under the name.
        try exchange(arrived.file, at: place, in: &writer) { (writer) throws(LedgerError) in
            if known?.digest != arrived.facts.digest { try writer.store(output: arrived.facts, of: claim) }
        }
        return Answer(
            known?.digest == arrived.facts.digest ? 200 : 201,
            .members([
                "task": JSON(claim.task), "epoch": JSON(claim.epoch), "name": JSON(name),
                "size": JSON(arrived.facts.size), "sha256": JSON(arrived.facts.digest),
            ])
        )
    }

    private func keepLate(_ arrived: ArrivedFile, _ claim: Claim) throws(LedgerError) {
        let folder = FolderName.late(claim.task.stage, claim.task.round, epoch: claim.epoch)
        try place(arrived.file, at: .archived(claim.task.job, [folder], arrived.facts.name))
    }
}
