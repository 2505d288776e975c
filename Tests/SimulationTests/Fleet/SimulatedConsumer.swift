import RelayClient
import RelayCore
import RelayDesk
import RelayWire

@testable import RelayConsumer

/// The consumer of a node, at main the desk: its lanes as `baton consume` runs them.
// Only whoever has the turn looks at it; see `Strand`.
final class SimulatedConsumer: @unchecked Sendable {
    let node: SimulatedNode
    private(set) var process: SimulatedProcess?
    private var fleet: SimulatedFleet { node.fleet }

    init(of node: SimulatedNode) { self.node = node }

    func start() {
        guard process == nil else { return }
        let process = fleet.process("consumer", at: node, uid: SimulatedFleet.consumerUser)
        self.process = process
        fleet.timeline.note("\(node.name)'s consumer starts")
        do {
            let stops = try Stops()
            process.stops = stops
            for lane in try lanes(process, stops) {
                process.start { run(lane, in: process.world, stops) }
            }
        } catch {
            preconditionFailure("the consumer of \(node.name) does not start: \(error)")
        }
    }

    /// Ends it at once; another one starts later.
    func crash() {
        guard let process else { return }
        fleet.timeline.note("\(node.name)'s consumer crashes")
        process.kill()
        self.process = nil
        fleet.timeline.after(Int64(fleet.timeline.chance.number(50...20_000))) { [self] in start() }
    }

    /// Stops it in good order; what it has in hand is left after some time.
    func stopInOrder() {
        guard let process, let stops = process.stops else { return }
        fleet.timeline.note("\(node.name)'s consumer stops in order")
        stops.soft.set()
        fleet.timeline.after(10_000) { [self] in if self.process === process { crash() } }
    }

    /// Stops it with a signal that it cannot see, and lets it go on later.
    func freeze(for milliseconds: Int64) {
        guard let process else { return }
        fleet.timeline.note("\(node.name)'s consumer is frozen for \(milliseconds) ms")
        process.frozenUntil = fleet.timeline.now + milliseconds
    }

    private func lanes(_ process: SimulatedProcess, _ stops: Stops) throws -> [any Lane] {
        let world = process.world
        let log = try ConsumerLog(path: nil, isEchoed: false, world: world)
        let deliveries = fleet.nodes.map { _ in
            DeliveryLane(
                bus: process.bus,
                world: world,
                log: log,
                peers: SimulatedTransport(process: process),
                localAddress: node.host,
                sender: nil
            )
        }
        return deliveries + (node.name == "main" ? desk(process, log) : [worker(process, log, stops)])
    }

    private func worker(_ process: SimulatedProcess, _ log: ConsumerLog, _ stops: Stops) -> any Lane {
        let setting = WorkingLane.Setting(
            contracts: node.configuration.contracts,
            contractPaths: node.configuration.contractPaths,
            processor: SimulatedProcessor(process: process),
            stops: stops,
            renewing: { lane, stops in process.start { lane.run(in: process.world, stops: stops) } }
        )
        return WorkingLane(bus: process.bus, world: process.world, log: log, setting: setting)
    }

    private func desk(_ process: SimulatedProcess, _ log: ConsumerLog) -> [any Lane] {
        let world = process.world
        let watches = fleet.nodes.filter { $0 !== node }.map { peer in
            WatchLane(
                node: Known.name(peer.name),
                at: .tcp(host: peer.host, port: 18100),
                bus: process.bus,
                world: world,
                log: log,
                peers: SimulatedTransport(process: process)
            )
        }
        return [DeskLane(bus: process.bus, world: world, log: log)] + watches
    }
}

private func run(_ lane: some Lane, in world: World, _ stops: Stops) { lane.run(in: world, stops: stops) }
