package import RelayCore
import RelayDepot
import RelayLedger
import RelaySeal
import RelayServer
package import RelayWire
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The node's notary as a running service: one loop, one committer, a pool.
package final class Bus: Sendable {
    private let node: NodeService
    private let server: Server
    private let depot: Depot
    /// What `batond` prints once it serves.
    package let readyLine: String

    /// Opens ledger, directories and sockets; connections wait until `run`.
    ///
    /// - Parameters:
    ///   - configuration: the node's files.
    ///   - execution: what keeps this process from starting programs.
    ///   - now: the wall clock.
    /// - Throws: `BusError`, by which `batond` chooses its exit code.
    package init(
        _ configuration: NodeConfiguration,
        execution: ExecutionGuard,
        now: @escaping @Sendable () -> UnixMilliseconds
    ) throws(BusError) {
        let address = try Self.address(configuration)
        let opened = try BusError.catching { try Depot(data: configuration.data) }
        depot = opened
        node = try Self.service(configuration, opened, execution, now)
        let listeners = try Self.listeners(configuration, address)
        let port = listeners[0].port
        let limits = try Self.limits(configuration, node.log)
        server = try BusError.catching { [node] in
            try Server(listeners: listeners, limits: limits, handler: Endpoints(node))
        }
        node.attach(server)
        readyLine =
            "ready \(configuration.role.node) \(address.host) \(port) pid \(getpid())"
        node.log.write("started", .members(["instance": .string(node.instance), "pid": JSON(getpid())]))
    }

    /// Serves until `stop`, or until storage fails.
    ///
    /// - Parameter ready: called once the loop is about to serve.
    /// - Throws: `BusError.storage` when storage failed; the supervisor is to start the process anew.
    package func run(ready: () -> Void) throws(BusError) {
        let committer = node.committer
        let ended = Signal()
        startThread(named: "committer") {
            committer.run()
            ended.raise()
        }
        // Before recovery looks, so that nothing comes in between.
        let inbox = InboxGuard(node)
        defer { inbox.end() }
        node.recoverUploads()
        node.recover()
        node.pool.run { [node] in node.proveLedger() }
        node.sweep()
        ready()
        let loop = LoopOutcome()
        startThread(named: "loop") { [server] in loop.note { () throws(ServerError) in try server.run() } }
        try BusError.catching { try loop.get() }
        node.end()
        ended.wait()
        if case .failed(let why) = node.state { throw BusError(whileRunning: why) }
        try BusError.catching { [node] in try node.ledger.settle() }
        node.log.write("stopped")
    }

    /// Takes no new work and ends `run` once what is in hand is done; any thread, twice is fine.
    ///
    /// Until then the node goes on to listen: whoever comes is told to come again, and a consumer can give back or hand on
    /// what it holds.
    package func stop() {
        let deadline = ContinuousClock.now + node.configuration.role.limits.stopWithin
        node.beginStop(by: deadline)
        linger(since: .now, until: deadline - Self.farewell)
    }

    /// How long the last answers may take on their way.
    private static let farewell = Duration.milliseconds(300)

    private func linger(since began: ContinuousClock.Instant, until deadline: ContinuousClock.Instant) {
        server.countRequests(before: began) { [self] requests in
            node.pool.run { [self] in
                let isOver = ContinuousClock.now >= deadline
                guard isOver || requests == 0 && !node.isHeld else {
                    node.schedule(after: .milliseconds(20)) { [self] in linger(since: began, until: deadline)
                    }
                    return
                }
                if isOver { node.log.write("stopped-in-haste", .members(["requests": JSON(requests)])) }
                server.stop(within: Self.farewell)
            }
        }
    }
}

/// How the loop ended; it has a thread of its own because the name of the first one is the process's.
private final class LoopOutcome: Sendable {
    private let failure = Mutex<ServerError?>(nil)
    private let ended = Signal()

    /// Runs `body` and keeps how it ended.
    func note(_ body: () throws(ServerError) -> Void) {
        do throws(ServerError) {
            try body()
        } catch {
            failure.withLock { $0 = error }
        }
        ended.raise()
    }

    /// Waits for the end; throws what `body` threw.
    func get() throws(ServerError) {
        ended.wait()
        if let failure = failure.withLock({ $0 }) { throw failure }
    }
}

extension Bus {
    /// SHA-256, by which contracts are known.
    package static func digest(_ bytes: [UInt8]) -> Digest { Digest.of(bytes) }
}
