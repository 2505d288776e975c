import RelayClient
import RelayLedger
import RelayServer

@testable import RelayBus

/// How requests come in and answers go out.
extension SimulatedNode {
    /// Lets the committer have its turn soon.
    func pump() {
        guard !isCommitDue, isServing else { return }
        isCommitDue = true
        timeline.after(Int64(timeline.chance.number(0...2))) { [self] in
            isCommitDue = false
            guard let service else { return }
            if fleet.plant == .answeredBeforeCommit { disk.saveLedger() }
            if service.committer.commitWaiting() {
                if fleet.plant == .closedUnseen { disk.showRot() }
                fleet.checks.committed(self)
                pump()
            }
        }
    }

    /// Takes a request from the network or the socket.
    func receive(_ message: Message, _ call: Call?) {
        if message.isCloseout, fleet.faults.happens(.rotBeforeClosing) {
            fleet.reach.count(.rotBeforeClosing)
            disk.rot()
        }
        let message = fleet.plant?.altered(message) ?? message
        guard let endpoints = incarnation?.endpoints else {
            if let call {
                fleet.network.settle(call, .failure(.cannotConnect(name, reason: "refused")), in: 1)
            }
            return
        }
        guard let head = head(of: message) else { return }
        let responder = Responder { [self] in answered(message.number) }
        inHand[message.number] = Pending(message: message, call: call, responder: responder)
        switch endpoints.begin(head, responder) {
        case .respond(let response): responder.respond(response)
        case .later: break
        case .collect(_, let done): done(message.body)
        case .stream(let sink): feed(sink, message, from: 0)
        }
        pump()
    }

    private func head(of message: Message) -> RequestHead? {
        let length = message.isPost ? Int64(message.body.count) : nil
        let type = message.type.map { [(name: "content-type", value: $0)] } ?? []
        do throws(RequestFault) {
            return try RequestHead(
                method: message.method,
                target: Array(message.target.utf8),
                headers: message.headers.map { ($0.name.lowercased(), $0.value) } + type,
                contentLength: length,
                peer: message.isLocal
                    ? .local(pid: message.sender.identity.pid, uid: message.sender.uid, gid: 0)
                    : .tcp(address: message.sender.node.host, port: 1)
            )
        } catch {
            preconditionFailure("the client sends what the server refuses: \(error)")
        }
    }

    /// Gives the body piece by piece; a connection may break in between.
    private func feed(_ sink: any BodySink, _ message: Message, from start: Int) {
        guard isServing, inHand[message.number] != nil else { return sink.abandon() }
        guard start < message.body.count else { return sink.finish() }
        if start > 0, !message.isLocal, fleet.faults.happens(.bodyCut) {
            fleet.reach.count(.bodyCut)
            sink.abandon()
            guard let pending = inHand.removeValue(forKey: message.number), let call = pending.call else {
                return
            }
            pending.responder.die()
            return fleet.network.settle(call, .failure(.interrupted(name, reason: "reset")), in: 1)
        }
        let end = min(message.body.count, start + max(1, message.body.count / 2 + 1))
        sink.take(Array(message.body[start..<end])) { [self] in
            timeline.after(1) { [self] in feed(sink, message, from: end) }
        }
    }

    private func answered(_ number: Int) {
        guard let pending = inHand.removeValue(forKey: number), let response = pending.responder.take() else {
            return
        }
        fleet.checks.answered(pending.message, response, at: self)
        let answer = ClientResponse(
            status: response.status,
            headers: response.headers.map { ($0.name.lowercased(), $0.value) },
            body: response.body
        )
        fleet.network.answer(pending.message, pending.call, answer)
    }

    /// The connections of a process that is gone.
    func drop(callsOf process: SimulatedProcess) {
        for (number, pending) in inHand where pending.message.sender === process {
            pending.responder.die()
            inHand[number] = nil
        }
    }
}
