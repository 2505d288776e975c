package import RelayWire

/// Renews the lease of a claimed task while its processor runs, and ends the processor when the claim is lost.
package struct RenewalLane: Lane {
    private let claim: Claim
    private let bus: BusClient
    private let meter: ProgressMeter
    private let world: World
    private let lost: ClaimWatch
    private var pending: LocalRequest?
    private var backoff = Backoff.bus
    private let interval: Duration

    /// A lane that renews `claim` three times in each `lease` and tells `watch` when it is lost.
    package init(
        claim: Claim,
        lease: Duration,
        bus: BusClient,
        meter: ProgressMeter,
        world: World,
        watch: ClaimWatch
    ) {
        self.claim = claim
        self.interval = lease / 3
        self.bus = bus
        self.meter = meter
        self.world = world
        self.lost = watch
    }

    /// Always: whoever stops it does not need its answer.
    package var isAtRest: Bool { true }

    package mutating func step() -> NextStep {
        let request = pending ?? bus.request(.renew(RenewRequest(claim: claim, progress: meter.measure())))
        do throws(BusFailure) {
            _ = try bus.send(request)
            pending = nil
            backoff.reset()
            return .after(interval)
        } catch {
            guard error.isTemporary else {
                lost.end(because: error)
                return .ended
            }
            pending = request
            return .after(max(backoff.take(world), error.retryAfter ?? .zero))
        }
    }
}
