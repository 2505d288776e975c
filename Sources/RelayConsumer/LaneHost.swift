import Foundation
import RelayClient
package import RelayWire
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The real world around the lanes of one program: threads, connections, signals.
package final class LaneHost: Sendable {
    /// The time and chance of this machine.
    package let world = World.real
    /// The stops that all lanes see.
    package let stops: Stops
    /// Where the lanes write what happens.
    package let log: ConsumerLog
    /// The own node's bus.
    package let bus: BusClient
    /// Carries long polls; the first stop cuts them off.
    package let polls: any Transport
    /// Carries documents and files to other nodes; cut off when the stop takes too long.
    package let peers: any Transport
    private let polling = Cancellation()
    private let carrying = Cancellation()
    private let threads = Mutex<[SideThread]>([])
    private let stopWithin: Duration

    /// The host for `configuration`; makes `work/logs` when it is not there.
    package init(_ configuration: NodeConfiguration) throws {
        try Files.makeDirectory(configuration.data + "/work", 0o2770)
        try Files.makeDirectory(configuration.data + "/work/logs", 0o2770)
        stops = try Stops()
        log = try ConsumerLog(
            path: configuration.data + "/work/logs/consumer.jsonl",
            isEchoed: true,
            world: world
        )
        polls = HTTPTransport(cancellation: polling)
        peers = HTTPTransport(cancellation: carrying)
        bus = BusClient(
            socket: configuration.data + "/bus.sock",
            calls: HTTPTransport(),
            polls: polls,
            instance: world.freshID(),
            world: world
        )
        stopWithin = configuration.role.limits.stopWithin
    }

    /// The time between SIGTERM and SIGKILL for a processor, so that a stop keeps its time.
    package var grace: Duration { min(.seconds(5), stopWithin / 2) }

    /// Runs `lane` in a thread of its own, beside the others, until the stops given are set.
    package func startBeside(_ lane: some Lane, until stops: Stops) throws {
        let world = world
        _ = try SideThread(named: "beside") { lane.run(in: world, stops: stops) }
    }

    /// Runs `lanes` until SIGTERM or SIGINT, each in a thread of its own, and gives the exit status.
    ///
    /// After the signal every lane finishes what it has in hand; what takes longer than the node's
    /// `stop_within_s` is left as it is, and its claim lapses with the process. A second signal exits at once.
    package func run(_ lanes: [(name: String, lane: any Lane)]) throws -> Never {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGTERM)
        sigaddset(&signals, SIGINT)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        signal(SIGPIPE, SIG_IGN)
        for (name, lane) in lanes { try start(lane, named: name) }
        log.write(.info, "started", ["lanes": JSON(lanes.count)])
        var received: Int32 = 0
        while sigwait(&signals, &received) != 0 {}
        log.write(.info, "stopping", ["signal": JSON(received)])
        stops.soft.set()
        polling.cancel()
        let threads = threads.withLock { $0 }
        let (log, stops, carrying) = (log, stops, carrying)
        _ = try SideThread(named: "end") {
            for thread in threads { thread.join() }
            log.write(.info, "stopped")
            exit(0)
        }
        let half = stopWithin / 2
        _ = try SideThread(named: "hurry") {
            if stops.hard.wait(for: half) { return }
            carrying.cancel()
            if stops.hard.wait(for: half - .milliseconds(300)) { return }
            log.write(.warning, "stopped-in-haste")
            stops.hard.set()
            exit(0)
        }
        while sigwait(&signals, &received) != 0 {}
        _exit(128 + received)
    }

    private func start(_ lane: some Lane, named name: String) throws {
        let (world, stops) = (world, stops)
        let thread = try SideThread(named: name) { lane.run(in: world, stops: stops) }
        threads.withLock { $0.append(thread) }
    }
}
