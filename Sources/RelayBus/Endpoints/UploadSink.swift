import RelayCore
import RelayDepot
import RelayLedger
import RelayServer
import RelayWire
import Synchronization

/// Where an upload goes, and what its request says of it.
struct UploadPlan: Sendable {
    /// Where it belongs.
    let target: UploadTarget
    /// Its name; `nil` when that of a form's file is to serve.
    let name: AttachmentName?
    /// Why the caller is not who its address says; asked on the pool before the first byte is kept.
    let refusal: @Sendable () -> Answer?
    /// How long the body is that brings it, in bytes.
    let length: Int64
    /// The memory set aside for its pieces.
    let share: InHand.Share?
    /// Who sends it; asked on the pool, because it may have to read `/proc`.
    let caller: @Sendable () -> Caller
}

/// Takes the body of one upload piece by piece to a `.part` file, on the pool, and then to the committer.
final class UploadSink: BodySink {
    private struct State: ~Copyable {
        var file: IncomingFile?
        var form: FormContent?
        var isConfirmed = false
        var room: DiskGuard.Promise?
        /// The request is refused; what may still come of its body is nothing to anybody.
        var isOver = false
    }

    /// Why an upload ends without reaching the committer.
    private enum Trouble: Error {
        case refused(Answer)
        case form(MultipartFault)
        case digest(expected: Digest, found: Digest)
        case depot(DepotError)
    }

    private let node: NodeService
    private let responder: Responder
    /// Holds its share of memory until the sink is gone.
    private let plan: UploadPlan
    private let expected: Digest?
    private let state: Mutex<State>

    /// - Parameters:
    ///   - node: where it is kept.
    ///   - responder: who gets the answer.
    ///   - plan: where it goes.
    ///   - form: reads the form in the body; `nil` when the body is the file.
    ///   - expected: the digest that the body must have, if its request says one.
    init(
        _ node: NodeService,
        _ responder: Responder,
        _ plan: UploadPlan,
        form: MultipartReader?,
        expected: Digest?
    ) {
        self.node = node
        self.responder = responder
        self.plan = plan
        self.expected = expected
        let limit = node.configuration.role.limits.uploadBytes
        let sums = expected != nil
        state = Mutex(State(form: form.map { FormContent($0, named: plan.name, limit: limit, sums: sums) }))
    }

    func take(_ piece: [UInt8], resume: @escaping @Sendable () -> Void) {
        node.pool.run { [self] in
            do throws(Trouble) {
                if let content = try content(of: piece), !content.isEmpty { try keep(content) }
            } catch {
                fail(error)
            }
            resume()
        }
    }

    func finish() {
        node.pool.run { [self] in
            guard !state.withLock({ $0.isOver }) else { return }
            do throws(Trouble) {
                let (name, body) = try ending()
                try keep([])
                guard let file = state.withLock({ $0.file }) else { return }
                let facts = try finished(file, as: name)
                let digest = body ?? facts.digest
                if let expected, expected != digest { throw .digest(expected: expected, found: digest) }
                submit(ArrivedFile(target: plan.target, facts: facts, file: file), file)
            } catch {
                fail(error)
            }
        }
    }

    func abandon() {
        node.pool.run { [self] in discard() }
    }

    /// The file's bytes in a piece of the body; `nil` when nothing more is wanted.
    private func content(of piece: [UInt8]) throws(Trouble) -> [UInt8]? {
        try state.withLock { (state) throws(Trouble) in
            guard !state.isOver else { return nil }
            guard state.form != nil else { return piece }
            do throws(MultipartFault) { return try state.form?.take(piece) } catch { throw .form(error) }
        }
    }

    /// The file's name, and the digest of the body where that is not the file's.
    private func ending() throws(Trouble) -> (AttachmentName, body: Digest?) {
        try state.withLock { (state) throws(Trouble) in
            do throws(MultipartFault) {
                if let ending = try state.form?.finish() { return ending }
            } catch {
                throw .form(error)
            }
            guard let name = plan.name else {
                preconditionFailure("without a form the request gives the name")
            }
            return (name, nil)
        }
    }

    /// Adds bytes to the file, which is made for the first ones.
    private func keep(_ bytes: [UInt8]) throws(Trouble) {
        try confirmCaller()
        try reserveRoom()
        do throws(DepotError) {
            let file = try opened()
            if !bytes.isEmpty { try file.take(bytes) }
        } catch {
            throw .depot(error)
        }
    }

    private func confirmCaller() throws(Trouble) {
        guard state.withLock({ !$0.isConfirmed }) else { return }
        if let refusal = plan.refusal() { throw .refused(refusal) }
        state.withLock { $0.isConfirmed = true }
    }

    /// Before the first byte; what ends work in hand may go below the floor.
    private func reserveRoom() throws(Trouble) {
        guard case .attachment = plan.target else { return }
        guard state.withLock({ $0.room == nil }) else { return }
        guard let room = node.disk.promise(plan.length) else { throw .refused(node.notary.noRoom) }
        state.withLock { $0.room = room }
    }

    private func opened() throws(DepotError) -> IncomingFile {
        if let file = state.withLock({ $0.file }) { return file }
        let opened = try node.notary.depot.receive()
        state.withLock { $0.file = opened }
        return opened
    }

    private func finished(_ file: IncomingFile, as name: AttachmentName) throws(Trouble) -> FileFacts {
        do throws(DepotError) { return try file.finish(named: name) } catch { throw .depot(error) }
    }

    private func submit(_ arrived: ArrivedFile, _ file: IncomingFile) {
        let notary = node.notary
        let caller = plan.caller()
        node.commit(
            { (writer) throws(LedgerError) in try notary.accept(arrived, from: caller, in: &writer) },
            to: responder
        ) { [self] in
            file.discard()
            state.withLock { $0.room = nil }
        }
    }

    private func discard() {
        state.withLock { state -> IncomingFile? in
            state.isOver = true
            state.room = nil
            return state.file
        }?.discard()
    }

    private func fail(_ trouble: Trouble) {
        discard()
        switch trouble {
        case .form(let fault):
            responder.respond(Response(Answer(fault)))
        case .digest(let expected, let found):
            responder.respond(
                Response(
                    .refusal(
                        422,
                        "digest-mismatch",
                        "The body has SHA-256 \(found), Content-Digest says \(expected); nothing was kept. Send it again."
                    )
                )
            )
        case .refused(let answer): responder.respond(Response(answer))
        case .depot(let error):
            let failure = LedgerError(error)
            node.noteFailure(failure)
            responder.respond(Response(refusing: failure))
        }
    }
}
