import RelayClient
import RelayCore
import RelayLedger

@testable import RelayConsumer

/// A program at a node that talks to its bus, such as a consumer, the desk or a person's command line.
// Only whoever has the turn looks at it; see `Strand`.
final class SimulatedProcess: @unchecked Sendable {
    let name: String
    let node: SimulatedNode
    let identity: ProcessIdentity
    let uid: UInt32
    private(set) var isAlive = true
    /// Stopped by a signal until then.
    var frozenUntil: Int64 = 0
    /// Those of its lanes.
    var stops: Stops?
    private var strands: [Strand] = []
    private var fleet: SimulatedFleet { node.fleet }

    init(_ name: String, at node: SimulatedNode, pid: Int32, uid: UInt32) {
        self.name = name
        self.node = node
        self.uid = uid
        identity = ProcessIdentity(pid: pid, start: Int64(pid) * 7)
    }

    /// The time, waiting and chance of the process.
    var world: World {
        World(
            now: { [node] in node.wallClock },
            pause: { [self] duration, stop in
                fleet.pause(duration)
                return stop.isSet || fleet.turns.current?.isDoomed == true || !isAlive
            },
            entropy: { [fleet] in fleet.timeline.chance.next() }
        )
    }

    /// A client of the own bus.
    var bus: BusClient {
        let transport = SimulatedTransport(process: self)
        return BusClient(
            socket: node.socket,
            calls: transport,
            polls: transport,
            instance: "\(name)-\(identity.pid)",
            world: world
        )
    }

    /// Runs `body` beside what the process does already.
    func start(_ body: @escaping @Sendable () -> Void) {
        let strand = Strand(of: self, turns: fleet.turns, body)
        strands.removeAll { $0.isOver }
        strands.append(strand)
        fleet.timeline.after(0) { [fleet] in fleet.resume(strand) }
    }

    /// Ends the process at once; its strands stay where they are until the history is over.
    func kill() {
        isAlive = false
        node.drop(callsOf: self)
    }

    /// Lets the strands run to their ends, after the history.
    func bury() {
        isAlive = false
        stops?.hard.set()
        var next = 0
        while next < strands.count {
            strands[next].doom()
            next += 1
        }
        strands = []
    }

    /// Whether all strands have ended.
    var isDone: Bool { strands.allSatisfy(\.isOver) }
}

/// Requests of one process on their way.
struct SimulatedTransport: Transport {
    let process: SimulatedProcess

    func send(
        _ request: ClientRequest,
        to destination: Destination
    ) throws(ClientError) -> ClientResponse {
        try process.node.fleet.network.send(request, to: destination, by: process)
    }
}
