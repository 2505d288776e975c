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
    /// How often a lease of 60 s is renewed.
    private static let interval = Duration.seconds(20)

    /// A lane that renews `claim` and tells `watch` when it is lost.
    package init(claim: Claim, bus: BusClient, meter: ProgressMeter, world: World, watch: ClaimWatch) {
        self.claim = claim
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
            return .after(Self.interval)
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
