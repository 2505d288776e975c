import RelayCore
import RelayDepot
import RelayLedger
import RelayServer
import Synchronization

/// Takes the body of one upload piece by piece to a `.part` file, on the pool, and then to the committer.
final class UploadSink: BodySink {
    private let node: NodeService
    private let responder: Responder
    private let target: UploadTarget
    private let name: AttachmentName
    private let caller: @Sendable () -> Caller
    private let expected: ContentDigest.Claim
    private let file = Mutex<IncomingFile?>(nil)

    /// `caller` is asked on the pool, because it may have to read `/proc`.
    init(
        _ node: NodeService,
        _ responder: Responder,
        target: UploadTarget,
        name: AttachmentName,
        caller: @escaping @Sendable () -> Caller,
        expected: ContentDigest.Claim
    ) {
        self.node = node
        self.responder = responder
        self.target = target
        self.name = name
        self.caller = caller
        self.expected = expected
    }

    func take(_ piece: [UInt8], resume: @escaping @Sendable () -> Void) {
        node.pool.run { [self] in
            do throws(DepotError) {
                try opened().take(piece)
            } catch {
                fail(error)
            }
            resume()
        }
    }

    func finish() {
        node.pool.run { [self] in
            do throws(DepotError) {
                let file = try opened()
                let facts = try file.finish(named: name)
                submit(ArrivedFile(target: target, facts: facts, file: file), file)
            } catch {
                fail(error)
            }
        }
    }

    func abandon() {
        node.pool.run { [self] in file.withLock { $0 }?.discard() }
    }

    private func opened() throws(DepotError) -> IncomingFile {
        if let file = file.withLock({ $0 }) { return file }
        let opened = try node.notary.depot.receive()
        file.withLock { $0 = opened }
        return opened
    }

    private func submit(_ arrived: ArrivedFile, _ file: IncomingFile) {
        if case .sha256(let digest) = expected, digest != arrived.facts.digest {
            file.discard()
            responder.respond(
                Response(
                    .refusal(
                        422,
                        "digest-mismatch",
                        "The body has SHA-256 \(arrived.facts.digest), Content-Digest says \(digest); nothing was kept."
                    )
                )
            )
            return
        }
        let notary = node.notary
        let caller = caller()
        node.commit(
            { (writer) throws(LedgerError) in try notary.accept(arrived, from: caller, in: &writer) },
            to: responder
        ) { file.discard() }
    }

    private func fail(_ error: DepotError) {
        file.withLock { $0 }?.discard()
        let failure = LedgerError(error)
        node.noteFailure(failure)
        responder.respond(Response(refusing: failure))
    }
}
