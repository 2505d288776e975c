package import RelayCore
import RelayWire

/// Takes one due delivery after the other from the bus and carries it to its node.
package struct DeliveryLane: Lane {
    private enum Phase: Sendable {
        case asking(BusQuestion)
        case carrying(DueDelivery)
        case reporting(DueDelivery, LocalRequest.Body, BusQuestion)
    }

    private let bus: BusClient
    private let world: World
    private let log: ConsumerLog
    private let peers: any Transport
    private let localAddress: String?
    private let sender: NodeName?
    private var clocks: PeerClock
    private var phase: Phase
    /// How long one poll for a delivery waits, in seconds.
    private static let patience: Int64 = 50

    /// A lane that asks `bus` and reaches other nodes by `peers`, which a stop may cut off.
    ///
    /// Requests leave from `localAddress`, the own node's numeric listen address; `sender` is the own node where
    /// nodes share an address and must be told apart.
    package init(
        bus: BusClient,
        world: World,
        log: ConsumerLog,
        peers: any Transport,
        localAddress: String?,
        sender: NodeName?
    ) {
        self.bus = bus
        self.world = world
        self.log = log
        self.peers = peers
        self.localAddress = localAddress
        self.sender = sender
        self.clocks = PeerClock(bus: bus, world: world)
        self.phase = .asking(Self.ask(bus))
    }

    package var isAtRest: Bool {
        switch phase {
        case .asking: true
        case .carrying, .reporting: false
        }
    }

    package mutating func step() -> NextStep {
        switch phase {
        case .asking(let question): return ask(question)
        case .carrying(let due):
            carry(due)
            return .now
        case .reporting(let due, let body, let question): return report(due, body, question)
        }
    }

    private static func ask(_ bus: BusClient) -> BusQuestion {
        BusQuestion(.deliver(DeliverRequest(waitSeconds: patience)), to: bus)
    }

    private mutating func ask(_ question: BusQuestion) -> NextStep {
        var question = question
        switch question.ask(bus, world) {
        case .later(let pause):
            phase = .asking(question)
            return .after(pause)
        case .refused(let refusal):
            log.write(.error, "deliver-refused", ["problem": .string(refusal.description)])
            phase = .asking(Self.ask(bus))
            return .after(.seconds(15))
        case .answer(let json):
            phase = .asking(Self.ask(bus))
            guard json["delivery"] != .null else { return .now }
            do throws(WireError) {
                phase = .carrying(try DueDelivery(json: json, at: ""))
                return .now
            } catch {
                log.write(.error, "delivery-unreadable", ["error": .string(error.description)])
                return .after(.seconds(15))
            }
        }
    }

    private mutating func carry(_ due: DueDelivery) {
        var delivery = Delivery(due, localAddress: localAddress, sender: sender, transport: peers)
        let body: LocalRequest.Body
        let outcome = delivery?.carry()
        if let answer = delivery?.answer { clocks.note(due.to, answer) }
        switch outcome {
        case .received(let receipt): body = .handedOn(HandedOnRequest(delivery: due.id, receipt: receipt))
        case .failed(let attempt): body = .attempt(attempt)
        case .cutOff:
            phase = .asking(Self.ask(bus))
            return
        case nil:
            let error = "\(due.address) is no numeric address with a port"
            body = .attempt(
                AttemptRequest(
                    delivery: due.id,
                    status: nil,
                    problem: nil,
                    error: error,
                    retryAfterSeconds: nil
                )
            )
        }
        phase = .reporting(due, body, BusQuestion(body, to: bus))
    }

    private mutating func report(
        _ due: DueDelivery,
        _ body: LocalRequest.Body,
        _ question: BusQuestion
    ) -> NextStep {
        var question = question
        let reply = question.ask(bus, world)
        if case .later(let pause) = reply {
            phase = .reporting(due, body, question)
            return .after(pause)
        }
        phase = .asking(Self.ask(bus))
        if case .refused(let refusal) = reply {
            write(.error, "delivery-report-refused", due, [("problem", .string(refusal.description))])
            return .after(.seconds(1))
        }
        switch body {
        case .handedOn(let receipt): write(.info, "handed-on", due, [("seq", JSON(receipt.receipt.seq))])
        case .attempt(let attempt):
            var next: [(String, JSON)] = [("error", .string(attempt.error))]
            if case .answer(let json) = reply, let at = json["next"] { next.append(("next", at)) }
            write(.warning, "not-delivered", due, next)
        default: preconditionFailure("a delivery is reported as handed on or as attempted")
        }
        return .now
    }

    private func write(
        _ level: ConsumerLog.Level,
        _ event: String,
        _ due: DueDelivery,
        _ more: [(String, JSON)]
    ) {
        let head: [(String, JSON)] = [
            ("delivery", JSON(due.id)), ("to", JSON(due.to)), ("job", JSON(due.job)),
        ]
        log.write(level, event, fields: head + more)
    }
}
