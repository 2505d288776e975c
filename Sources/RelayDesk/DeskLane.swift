package import RelayConsumer
import RelayCore
import RelayWire

/// Main's last task of each job: claims it and asks the bus to close.
package struct DeskLane: Lane {
    private enum Phase: Sendable {
        case claiming(BusQuestion)
        case closing(Claim, BusQuestion)
    }

    private let bus: BusClient
    private let world: World
    private let log: ConsumerLog
    private var phase: Phase
    /// How long one poll for a task waits, in seconds.
    private static let patience: Int64 = 50

    /// A lane without a job in hand.
    package init(bus: BusClient, world: World, log: ConsumerLog) {
        self.bus = bus
        self.world = world
        self.log = log
        self.phase = .claiming(Self.claim(bus))
    }

    package var isAtRest: Bool {
        switch phase {
        case .claiming: true
        case .closing: false
        }
    }

    package mutating func step() -> NextStep {
        switch phase {
        case .claiming(let question): claim(question)
        case .closing(let claim, let question): close(claim, question)
        }
    }

    private static func claim(_ bus: BusClient) -> BusQuestion {
        BusQuestion(.claim(ClaimRequest(stages: [.main], waitSeconds: patience)), to: bus)
    }

    private mutating func claim(_ question: BusQuestion) -> NextStep {
        var question = question
        switch question.ask(bus, world) {
        case .later(let pause):
            phase = .claiming(question)
            return .after(pause)
        case .refused(let refusal):
            log.write(.error, "claim-refused", ["problem": .string(refusal.description)])
            phase = .claiming(Self.claim(bus))
            return .after(.seconds(15))
        case .answer(let json):
            phase = .claiming(Self.claim(bus))
            guard json["task"] != .null else { return .now }
            do throws(WireError) {
                let claim = try ClaimedTask(json: json, at: "").claim
                log.write(.info, "claimed", task: claim.task, ["epoch": JSON(claim.epoch)])
                phase = .closing(claim, BusQuestion(.closeout(CloseoutRequest(claim: claim)), to: bus))
                return .now
            } catch {
                log.write(.error, "claim-unreadable", ["error": .string(error.description)])
                return .after(.seconds(15))
            }
        }
    }

    private mutating func close(_ claim: Claim, _ question: BusQuestion) -> NextStep {
        var question = question
        let reply = question.ask(bus, world)
        if case .later(let pause) = reply {
            phase = .closing(claim, question)
            return .after(pause)
        }
        phase = .claiming(Self.claim(bus))
        switch reply {
        case .answer(let json):
            let state = json["state"]?.stringValue ?? "answered"
            let isClosed = state == JobState.closed.rawValue
            log.write(
                isClosed ? .info : .warning,
                "job-\(state)",
                task: claim.task,
                ["reason": json["reason"]]
            )
            return .now
        case .refused(let refusal):
            log.write(.error, "closeout-refused", task: claim.task, ["problem": .string(refusal.description)])
            return .after(.seconds(5))
        case .later(let pause): return .after(pause)
        }
    }
}
