import CMicroHTTPD

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// One accepted socket and the request on it; touched by the loop only.
final class Connection {
    let id: UInt64
    let descriptor: Int32
    private let handle: OpaquePointer
    private let peer: Peer?
    /// Whether the handler does not know who is at the other end.
    let isStranger: Bool
    private unowned let loop: Loop
    private let framing: Framing
    private var serial: UInt64 = 0
    private(set) var exchange: Exchange?
    /// Since when the connection has waited for a request.
    private var idleSince: ContinuousClock.Instant
    private(set) var isSuspended = false
    /// Whether an answer went out before the body was read.
    private var leavesBytes = false
    private var isCut = false
    /// The pieces of a streamed body until they are worth a call.
    private var pending: [UInt8] = []

    init(id: UInt64, handle: OpaquePointer, hosts: Set<String>, loop: Loop) {
        self.id = id
        self.handle = handle
        self.loop = loop
        descriptor = relay_mhd_socket(handle)
        peer = Peer(of: descriptor, address: relay_mhd_address(handle))
        isStranger = peer.map { !loop.handler.knows($0) } ?? true
        framing = Framing(hosts: hosts, headerBytes: loop.limits.headerBytes)
        idleSince = loop.now
        if case .tcp = peer {
            var one: Int32 = 1
            // Without it answers are only later, never wrong.
            let size = socklen_t(MemoryLayout<Int32>.size)
            _ = setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, size)
        }
        if peer == nil { shutdown(descriptor, Int32(SHUT_RDWR)) }
    }

    // MARK: A request's life

    /// A request line has arrived.
    func startRequest(_ target: RawTarget) {
        serial += 1
        let id = RequestID(connection: id, serial: serial)
        let responder = Responder(id: id, mailbox: loop.mailbox)
        // The first head is timed from the connection's acceptance.
        let began = serial == 1 ? idleSince : loop.now
        exchange = Exchange(id: id, target: target, responder: responder, began: began)
    }

    /// The library asks how to go on, without a piece of the body; false closes the connection.
    func proceed(method: UnsafePointer<CChar>, version: UnsafePointer<CChar>) -> Bool {
        guard let exchange, let peer else { return false }
        switch exchange.phase {
        case .head:
            let raw = RawHead(of: handle, target: exchange.target, method: method, version: version)
            return begin(exchange, raw, from: peer)
        case .body:
            return exchange.remaining > 0 || endBody(exchange)
        case .waiting:
            return answerOrWait(exchange)
        case .answering:
            return true
        case .dead:
            return false
        }
    }

    private func begin(_ exchange: Exchange, _ raw: RawHead, from peer: Peer) -> Bool {
        let (head, fault) = framing.read(raw, from: peer)
        guard let head, fault == nil else {
            return refuse(exchange, fault ?? .lineEnding, head: head)
        }
        exchange.remaining = head.contentLength ?? 0
        exchange.enter(.body, at: loop.now)
        exchange.pace = Pace(from: loop.now)
        switch loop.handler.begin(head, exchange.responder) {
        case .respond(let response):
            guard exchange.remaining == 0 else { return answerEarly(exchange, response) }
            exchange.ready = response
        case .later:
            exchange.endsWithPeer = exchange.remaining == 0
        case .collect(let limit, let done):
            guard exchange.remaining <= limit else {
                return refuse(exchange, .bodyTooLarge(limit: limit), head: head)
            }
            // Over TCP a peer may close its half and wait; a local program that does so has given up.
            if case .local = head.peer { exchange.endsWithPeer = true }
            var bytes: [UInt8] = []
            bytes.reserveCapacity(Int(min(exchange.remaining, 64 * 1024)))
            exchange.intake = .collect(Collecting(bytes: bytes, done: done))
        case .stream(let sink):
            exchange.intake = .stream(sink)
        }
        return true
    }

    private func refuse(_ exchange: Exchange, _ fault: RequestFault, head: RequestHead?) -> Bool {
        answerEarly(exchange, loop.handler.answer(for: fault, head: head))
    }

    /// Answers without reading what may follow, and closes.
    private func answerEarly(_ exchange: Exchange, _ response: Response) -> Bool {
        leavesBytes = true
        var response = response
        response.closes = true
        return answer(exchange, response)
    }

    private func endBody(_ exchange: Exchange) -> Bool {
        let intake = exchange.intake
        exchange.intake = .discard
        exchange.enter(.waiting, at: loop.now)
        switch intake {
        case .discard: break
        case .collect(let collecting): collecting.done(collecting.bytes)
        case .stream(let sink): sink.finish()
        }
        return answerOrWait(exchange)
    }

    private func answerOrWait(_ exchange: Exchange) -> Bool {
        guard let response = exchange.ready ?? exchange.responder.take() else {
            suspend()
            return true
        }
        return answer(exchange, response)
    }

    private func answer(_ exchange: Exchange, _ response: Response) -> Bool {
        var response = response
        if loop.isStopping { response.closes = true }
        exchange.ready = nil
        exchange.answerBytes = response.body.count
        exchange.enter(.answering, at: loop.now)
        return response.queue(on: handle)
    }

    /// The library has done with the request.
    func endRequest() {
        guard let ended = exchange else { return }
        exchange = nil
        pending = []
        ended.responder.die()
        ended.abandonBody()
        idleSince = loop.now
        if loop.isStopping { shutdown(descriptor, Int32(SHUT_RDWR)) }
    }

    // MARK: The body

    /// A piece of the body has arrived; false closes the connection.
    func receive(_ piece: UnsafeRawBufferPointer) -> Bool {
        guard let exchange, exchange.phase == .body, piece.count <= exchange.remaining else { return false }
        exchange.remaining -= Int64(piece.count)
        exchange.pace.count(piece.count)
        switch exchange.intake {
        case .discard: break
        case .collect(var collecting):
            exchange.intake = .discard  // so that the array is not copied
            collecting.bytes.append(contentsOf: piece)
            exchange.intake = .collect(collecting)
        case .stream(let sink):
            pending.append(contentsOf: piece)
            guard pending.count >= loop.limits.pieceBytes || exchange.remaining == 0 else { break }
            feed(sink, of: exchange)
        }
        return true
    }

    private func feed(_ sink: any BodySink, of exchange: Exchange) {
        let piece = pending
        pending = []
        let gate = Gate()
        sink.take(piece) { [id = exchange.id, mailbox = loop.mailbox] in
            if gate.open() { mailbox.post(.resumed(id)) }
        }
        guard gate.wait() else { return }
        exchange.pace.hold(at: loop.now)
        suspend()
    }

    /// The sink of the request `id` can take more.
    func sinkResumed(_ id: RequestID) {
        guard let exchange, exchange.id == id, exchange.pace.heldSince != nil else { return }
        exchange.pace.release(at: loop.now)
        resume()
    }

    /// The responder of the request `id` has its answer.
    func answerArrived(_ id: RequestID) {
        guard let exchange, exchange.id == id else { return }
        switch exchange.phase {
        case .waiting:
            resume()
        case .body:
            pending = []
            exchange.abandonBody()
            sinkResumed(id)
        case .head, .answering, .dead:
            return
        }
    }

    // MARK: Suspension and the end

    /// Only the library's access callback may lead here.
    private func suspend() {
        isSuspended = true
        MHD_suspend_connection(handle)
    }

    private func resume() {
        guard isSuspended else { return }
        isSuspended = false
        MHD_resume_connection(handle)
        loop.needsRun = true
    }

    /// Ends the connection before anything was read of it.
    func turnAway() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// Cuts the connection when a limit has been passed or nobody is there any more.
    func sweep() {
        let limits = loop.limits
        if let exchange {
            if exchange.isOverdue(at: loop.now, limits) || isAwaiting(exchange) && hasLostPeer() { cut() }
        } else {
            let patience = serial == 0 ? limits.headDeadline : limits.idleTimeout
            if loop.now - idleSince > patience || hasLostPeer() { cut() }
        }
    }

    /// Whether only the peer can bring the request forward, or its leaving ends it.
    private func isAwaiting(_ exchange: Exchange) -> Bool {
        switch exchange.phase {
        case .head:
            return true
        case .body:
            defer { exchange.pace.hasMoved = false }
            return !exchange.pace.hasMoved && exchange.pace.heldSince == nil
        case .waiting:
            return exchange.endsWithPeer
        case .answering, .dead:
            return false
        }
    }

    /// Whether nothing more will come from the peer.
    ///
    /// The library overlooks the end of a stream that arrives together with its last bytes: it takes a short read
    /// for an empty socket and waits for an event that has been and gone.
    private func hasLostPeer() -> Bool {
        var byte: UInt8 = 0
        let count = relay_peek_now(descriptor, &byte, 1)
        return count == 0 || count < 0 && errno != EAGAIN && errno != EINTR
    }

    /// Whether closing now would send a reset that can destroy an answer on its way.
    var needsDraining: Bool {
        var byte: UInt8 = 0
        // The library's own refusals leave bytes too.
        return !isCut && (leavesBytes || relay_peek_now(descriptor, &byte, 1) > 0)
    }

    /// Shuts the socket down; what was expected of the request is called off at once.
    func cut() {
        isCut = true
        if let exchange, exchange.phase != .dead {
            exchange.enter(.dead, at: loop.now)
            pending = []
            exchange.pace.release(at: loop.now)
            exchange.responder.die()
            exchange.abandonBody()
        }
        shutdown(descriptor, Int32(SHUT_RDWR))
        resume()
    }
}
