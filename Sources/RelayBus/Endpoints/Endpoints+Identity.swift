import RelayCore
import RelayLedger
import RelayServer
import RelayWire

extension Endpoints {
    /// Which of the nodes at a peer's address asks, or why nobody does.
    enum Confirmed {
        case nodes([NodeName])
        case refused(Answer)
    }

    /// Whether the machine at the peer's address is one of `nodes`; asks tailscaled where there is one, so it is for the
    /// pool.
    func confirm(_ nodes: [NodeName], _ peer: Peer) -> Confirmed {
        guard let identity = node.identity, case .tcp(let address, let port) = peer else {
            return .nodes(nodes)
        }
        let (finding, isNew) = identity.look(at: address, port: port, for: nodes)
        switch finding {
        case .agrees(let names): return .nodes(names)
        case .unsure(let why):
            if isNew { node.log.write("identity-unsure", .members(["why": .string(why)])) }
            return .refused(.unavailable("Who asks cannot be confirmed now.", retryAfter: 5))
        case .contradicts(let why):
            if isNew { noteContradiction(why) }
            return .refused(.forbidden)
        }
    }

    /// An event, so that it is in the audit; once for each look, which is at most every few seconds.
    private func noteContradiction(_ why: String) {
        node.committer.submit { (writer) throws(LedgerError) in
            _ = try writer.record("caller-refused", job: nil, by: "bus", why: why)
            return Answer(200, .null)
        } completion: { [node] result in
            switch result {
            case .success(let answer): node.follow(answer)
            case .failure(let error): node.noteFailure(error)
            }
        }
    }
}
