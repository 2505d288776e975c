import RelayCore
import RelayLedger
import RelayServer
import RelayWire

/// One local request from its arrival to its answer, the wait of a long poll included.
final class LocalExchange: Sendable {
    private let node: NodeService
    private let request: LocalRequest
    private let digest: Digest
    private let caller: LocalCaller
    private let responder: Responder
    private let deadline: UnixMilliseconds
    private let waiters: Waiters
    private let sleeper: Sleeper

    init(
        _ node: NodeService,
        _ request: LocalRequest,
        _ digest: Digest,
        _ caller: LocalCaller,
        _ responder: Responder
    ) {
        self.node = node
        self.request = request
        self.digest = digest
        self.caller = caller
        self.responder = responder
        let wait: Int64 =
            switch request.body {
            case .claim(let claim): claim.waitSeconds
            case .deliver(let deliver): deliver.waitSeconds
            case .renew, .produced, .blocked, .released, .attempt, .handedOn, .order, .reorder, .closeout,
                .control,
                .observed, .resolve, .examine:
                0
            }
        deadline = node.steady().advanced(by: .seconds(wait))
        waiters = request.verb == .deliver ? node.deliveries : node.claims
        sleeper = Sleeper(node, among: waiters)
    }

    /// Runs on the pool, as some requests are about files that are read first.
    func begin() {
        switch request.body {
        case .closeout(let closeout):
            ask(about: { (notary, reader) throws(LedgerError) in
                try notary.evidence(of: closeout.claim.task, &reader)
            })
        case .attempt(let attempt) where attempt.status == nil && attempt.problem == Notary.damagedCode:
            ask(about: { (notary, reader) throws(LedgerError) in
                try notary.files(ofDelivery: attempt.delivery, &reader)
            })
        case .examine(let examine):
            let refusal = node.notary.refusal(of: .examine, to: caller)
            responder.respond(Response(refusal ?? node.examine(examine)))
        default: ask(nil)
        }
    }

    private func ask(
        about files: (Notary, inout LedgerReader) throws(LedgerError) -> [RecordedFile]
    ) {
        let notary = node.notary
        do throws(LedgerError) {
            let recorded = try node.ledger.read { (reader) throws(LedgerError) in try files(notary, &reader) }
            ask(notary.inventory(of: recorded))
        } catch {
            node.noteFailure(error)
            responder.respond(Response(refusing: error))
        }
    }

    private func ask(_ inventory: Inventory?) {
        let generation = waiters.generation
        let (notary, request, digest, caller) = (node.notary, request, digest, caller)
        node.committer.submit { (writer) throws(LedgerError) in
            try notary.answer(request, digest: digest, inventory: inventory, from: caller, in: &writer)
        } completion: { [self] result in
            switch result {
            case .success(let answer):
                let waits = answer.nothingUntil.map { self.waits($0, generation) } ?? false
                if !waits { responder.respond(Response(answer)) }
                if !waits || !answer.wakes.isEmpty { node.follow(answer) }
            case .failure(let error):
                node.noteFailure(error)
                responder.respond(Response(refusing: error))
            }
        }
    }

    /// Puts the request to sleep until something happens, `until` or the deadline; `false` when its time is up.
    private func waits(_ until: UnixMilliseconds, _ generation: Int) -> Bool {
        let now = node.steady()
        guard now < deadline, node.state == .serving, !responder.isGone else { return false }
        let delay = max(1, min(until, deadline).value - now.value)
        sleeper.sleep(since: generation, atMost: .milliseconds(delay)) { [self] in askAgain() }
        return true
    }

    /// Asks for a caller that is still there: what is claimed for one that has ended would lie with nobody.
    private func askAgain() {
        node.pool.run { [self] in
            guard !responder.isGone, caller.process.map(node.notary.isAlive) == true else {
                responder.respond(Response(.unavailable("The process that asked has ended.")))
                return
            }
            ask(nil)
        }
    }
}
