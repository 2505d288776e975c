package import RelayCore
import RelayWire

/// Claims one task after the other and runs its processor.
package struct WorkingLane: Lane {
    /// What all lanes of one consumer share.
    package struct Setting: Sendable {
        let contracts: [Digest: Contract]
        let contractPaths: [Digest: String]
        let processor: any Processor
        let stops: Stops
        /// Starts the lane that renews the lease, until the stops are set.
        let renewing: @Sendable (RenewalLane, Stops) throws -> Void
        let grace: Duration
        let lease: Duration

        /// All contracts that orders may pin, and the files they are in, by digest.
        ///
        /// `stops` are those of the whole consumer; `renewing` runs a lane beside the processor until the stops it
        /// is given are set; `grace` is the time between SIGTERM and SIGKILL for what a crashed consumer left;
        /// `lease` is how long a claim lasts without being renewed.
        package init(
            contracts: [Digest: Contract],
            contractPaths: [Digest: String],
            processor: any Processor,
            stops: Stops,
            renewing: @escaping @Sendable (RenewalLane, Stops) throws -> Void,
            grace: Duration = .seconds(5),
            lease: Duration = .seconds(60)
        ) {
            self.contracts = contracts
            self.contractPaths = contractPaths
            self.processor = processor
            self.stops = stops
            self.renewing = renewing
            self.grace = grace
            self.lease = lease
        }
    }

    private enum Phase: Sendable {
        case claiming(BusQuestion)
        case working(ClaimedTask)
        case reporting(ClaimedTask, LocalRequest.Body, BusQuestion)
    }

    let bus: BusClient
    let world: World
    let log: ConsumerLog
    let setting: Setting
    private var phase: Phase
    /// How long one poll for a task waits, in seconds.
    private static let patience: Int64 = 50

    /// A lane without a task in hand.
    package init(bus: BusClient, world: World, log: ConsumerLog, setting: Setting) {
        self.bus = bus
        self.world = world
        self.log = log
        self.setting = setting
        self.phase = .claiming(Self.claim(bus))
    }

    package var isAtRest: Bool {
        switch phase {
        case .claiming: true
        case .working, .reporting: false
        }
    }

    package mutating func step() -> NextStep {
        switch phase {
        case .claiming(let question): return claim(question)
        case .working(let claimed):
            switch work(claimed) {
            case .report(let body): phase = .reporting(claimed, body, BusQuestion(body, to: bus))
            case .lost(let failure): drop(claimed, failure.description)
            }
            return .now
        case .reporting(let claimed, let body, let question): return report(claimed, body, question)
        }
    }

    private static func claim(_ bus: BusClient) -> BusQuestion {
        BusQuestion(.claim(ClaimRequest(waitSeconds: patience)), to: bus)
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
                let claimed = try ClaimedTask(json: json, at: "")
                log.write(.info, "claimed", task: claimed.claim.task, ["epoch": JSON(claimed.claim.epoch)])
                phase = .working(claimed)
                return .now
            } catch {
                log.write(.error, "claim-unreadable", ["error": .string(error.description)])
                return .after(.seconds(15))
            }
        }
    }

    private mutating func report(
        _ claimed: ClaimedTask,
        _ body: LocalRequest.Body,
        _ question: BusQuestion
    ) -> NextStep {
        var question = question
        switch question.ask(bus, world) {
        case .later(let pause):
            phase = .reporting(claimed, body, question)
            return .after(pause)
        case .answer(let json):
            let state = json["state"]?.stringValue ?? "reported"
            log.write(.info, state, task: claimed.claim.task, Self.fields(of: body))
            if case .produced = body { clear(claimed) }
            phase = .claiming(Self.claim(bus))
            return .now
        case .refused(let refusal) where refusal.endsClaim:
            drop(claimed, refusal.description)
            return .now
        case .refused(let refusal):
            guard case .produced = body else {
                drop(claimed, refusal.description)
                return .after(.seconds(5))
            }
            let blocked = LocalRequest.Body.blocked(
                BlockedRequest(claim: claimed.claim, reason: Self.reason(of: refusal))
            )
            phase = .reporting(claimed, blocked, BusQuestion(blocked, to: bus))
            return .now
        }
    }

    /// Forgets a claim that is lost, and what was made under it.
    private mutating func drop(_ claimed: ClaimedTask, _ why: String) {
        log.write(.warning, "claim-lost", task: claimed.claim.task, ["why": .string(why)])
        clear(claimed)
        phase = .claiming(Self.claim(bus))
    }

    private func clear(_ claimed: ClaimedTask) {
        do {
            try WorkPlace(claimed)?.clear()
        } catch {
            log.write(.warning, "work-not-removed", task: claimed.claim.task, ["error": .string("\(error)")])
        }
    }

    private static func reason(of refusal: BusRefusal) -> Reason {
        Reason(
            code: refusal.code.isEmpty ? "outputs-refused" : PlainText.clipped(refusal.code, atMost: 64),
            text: PlainText.clipped("The bus refused the outputs: \(refusal.detail)", atMost: 3500)
        )
    }

    private static func fields(of body: LocalRequest.Body) -> KeyValuePairs<String, JSON?> {
        switch body {
        case .produced(let produced): ["outputs": JSON(produced.outputs.count)]
        case .blocked(let blocked):
            ["code": .string(blocked.reason.code), "why": .string(blocked.reason.text)]
        case .released(let released): ["delays": .bool(released.delays), "why": .string(released.why)]
        default: [:]
        }
    }
}
