package import RelayClient
package import RelayConsumer
package import RelayCore
import RelayWire

/// Follows the events of one node: those of another one are told to the own bus, and where files are damaged the node
/// that has them is asked to upload them again.
package struct WatchLane: Lane {
    enum Phase: Sendable {
        /// Where did the own bus stop?
        case locating
        /// Is anything damaged there? Then go on after `seq`.
        case looking(seq: Int64)
        /// Have that repaired, then go on after `seq`.
        case nudging(BusQuestion, seq: Int64, rest: [ControlRequest])
        /// Wait for events after `seq`.
        case watching(seq: Int64)
        /// Tell them, then go on after `seq`.
        case telling(BusQuestion, seq: Int64, rest: [ObservedRequest])
    }

    let node: NodeName
    let bus: BusClient
    let world: World
    let log: ConsumerLog
    let peers: any Transport
    let destination: Destination
    private let isOwn: Bool
    private var clock: PeerClock
    var phase = Phase.locating
    var repairs: Repairs
    private var mustLook = false
    private var isReachable = true
    /// The first question after a silence is answered at once, and tells the time there.
    private var waits = false
    private var backoff = Backoff(from: .seconds(1), to: .seconds(60))
    /// How long one poll for events waits, in seconds.
    private static let patience = 50

    /// Follows `node`, which may be the own one, at `destination` by `peers`, which a stop may cut off.
    package init(
        node: NodeName,
        isOwn: Bool = false,
        at destination: Destination,
        bus: BusClient,
        world: World,
        log: ConsumerLog,
        peers: any Transport
    ) {
        self.node = node
        self.isOwn = isOwn
        repairs = Repairs(of: node)
        self.destination = destination
        self.bus = bus
        self.world = world
        self.log = log
        self.peers = peers
        self.clock = PeerClock(bus: bus, world: world)
    }

    /// Always: what was not told is read again.
    package var isAtRest: Bool { true }

    package mutating func step() -> NextStep {
        switch phase {
        case .locating: locate()
        case .looking(let seq): look(then: seq)
        case .nudging(let question, let seq, let rest): nudge(question, seq, rest)
        case .watching(let seq): watch(after: seq)
        case .telling(let question, let seq, let rest): tell(question, seq, rest)
        }
    }

    private mutating func locate() -> NextStep {
        do throws(BusFailure) {
            let status = try bus.status("limit=1")
            let seq = isOwn ? status["seq"] : status["observed"]?[node.rawValue]
            phase = .looking(seq: seq?.integerValue ?? 0)
            backoff.reset()
            return .now
        } catch {
            return .after(max(backoff.take(world), error.retryAfter ?? .zero))
        }
    }

    private mutating func goOn(after seq: Int64) {
        phase = mustLook ? .looking(seq: seq) : .watching(seq: seq)
        mustLook = false
    }

    private mutating func reached() {
        if !isReachable { log.write(.info, "peer-reached", ["node": JSON(node)]) }
        isReachable = true
        backoff.reset()
    }

    private mutating func watch(after seq: Int64) -> NextStep {
        let request = ClientRequest(
            target: "/status?since=\(seq)&wait=\(waits ? Self.patience : 0)",
            headers: [("Accept", "application/json")],
            timeout: .seconds(Self.patience + 20),
            maximumResponseBytes: 16 << 20
        )
        do throws(ClientError) {
            let response = try peers.send(request, to: destination)
            if !isOwn { clock.note(node, response) }
            waits = true
            guard response.status == 200 else { return refused(response, seq) }
            return try take(response, after: seq)
        } catch {
            return unreachable(error.description)
        }
    }

    private mutating func take(_ response: ClientResponse, after seq: Int64) throws(ClientError) -> NextStep {
        do throws(WireError) {
            var fields = try Fields(try JSON(parsing: response.body), at: "")
            let events: [NodeEvent] = try fields.objects("events", atMost: 100_000)
            let newest = try fields.integer("seq", 0...Int64.max)
            reached()
            // Without events the cursor stays: `seq` may already count one that was not in the answer.
            guard let last = events.last?.seq, last > seq else {
                return newest < seq ? unreachable("its events end at \(newest), before \(seq)") : .now
            }
            mustLook = mustLook || events.contains(where: Repairs.concern)
            guard !isOwn else {
                goOn(after: last)
                return .now
            }
            var rest = stride(from: 0, to: events.count, by: ObservedRequest.limit).map { start in
                let part = Array(events[start..<min(start + ObservedRequest.limit, events.count)])
                return ObservedRequest(node: node, seq: part.last?.seq ?? last, events: part)
            }
            phase = .telling(BusQuestion(.observed(rest.removeFirst()), to: bus), seq: last, rest: rest)
            return .now
        } catch {
            return unreachable("its events cannot be read: \(error)")
        }
    }

    /// 410 says which events there are; anything else is waited out.
    private mutating func refused(_ response: ClientResponse, _ seq: Int64) -> NextStep {
        let refusal = BusRefusal(response)
        let oldest = refusal.members.first { $0.name == "oldest" }?.value.integerValue
        guard response.status == 410, let oldest else { return unreachable(refusal.description) }
        // `since` asks for what comes after it, so the oldest event comes after the number before it; a node
        // that does not take that number either is asked for what comes after its oldest.
        let start = oldest - 1 == seq ? oldest : max(0, oldest - 1)
        log.write(
            .warning,
            "peer-history-gap",
            ["node": JSON(node), "had": JSON(seq), "oldest": JSON(oldest)]
        )
        guard start != seq else { return unreachable(refusal.description) }
        phase = .watching(seq: start)
        return .now
    }

    mutating func unreachable(_ why: String) -> NextStep {
        let pause = backoff.take(world)
        waits = false
        if isReachable { log.write(.warning, "peer-unreachable", ["node": JSON(node), "why": .string(why)]) }
        isReachable = false
        return .after(pause)
    }

    private mutating func tell(_ question: BusQuestion, _ seq: Int64, _ rest: [ObservedRequest]) -> NextStep {
        var (question, rest) = (question, rest)
        switch question.ask(bus, world) {
        case .later(let pause):
            phase = .telling(question, seq: seq, rest: rest)
            return .after(pause)
        case .refused(let refusal):
            log.write(
                .error,
                "observed-refused",
                ["node": JSON(node), "problem": .string(refusal.description)]
            )
            phase = .locating
            return .after(.seconds(15))
        case .answer:
            if rest.isEmpty {
                goOn(after: seq)
            } else {
                phase = .telling(BusQuestion(.observed(rest.removeFirst()), to: bus), seq: seq, rest: rest)
            }
            return .now
        }
    }
}
