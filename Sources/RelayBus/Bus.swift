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
        let ledger = try BusError.catching {
            let ledger = try Ledger(
                path: configuration.data + "/ledger.sqlite",
                now: now,
                clock: .ofThisMachine
            )
            try LedgerProof(ledger: ledger, depot: opened).beforeServing()
            return ledger
        }
        let clock = ClockCheck()
        let disk = DiskGuard(opened, limits: configuration.role.limits)
        let notary = Notary(
            configuration: configuration,
            depot: opened,
            key: try Self.key(in: opened, configuration),
            isAlive: LocalProcesses.isAlive,
            random: { Double.random(in: 0..<1) },
            hasRoom: { disk.hasRoom },
            isSureOfTime: { [steady = ledger.steady] in clock.isSure(wall: now(), steady: steady()) }
        )
        let log = BusLog(depot: opened, now: now)
        let instance = String(UInt64.random(in: .min ... .max), radix: 16)
        node = NodeService(
            configuration: configuration,
            notary: notary,
            ledger: ledger,
            log: log,
            clock: clock,
            disk: disk,
            instance: instance,
            execution: execution,
            now: now
        )
        let listeners = try Self.listeners(configuration, address)
        let port = listeners[0].port
        let limits = try Self.limits(configuration, log)
        server = try BusError.catching { [node] in
            try Server(listeners: listeners, limits: limits, handler: Endpoints(node))
        }
        node.attach(server)
        readyLine =
            "ready \(configuration.role.node) \(address.host) \(port) pid \(getpid())"
        log.write("started", .members(["instance": .string(instance), "pid": JSON(getpid())]))
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

    /// What the server is held to, as far as the system lets it have open files.
    private static func limits(
        _ configuration: NodeConfiguration,
        _ log: BusLog
    ) throws(BusError) -> ServerLimits {
        let wanted = configuration.role.limits
        let connections = try OpenFiles.connections(wanted: Int(wanted.connections))
        if connections < wanted.connections {
            log.write(
                "connections-lowered",
                .members(["wanted": JSON(wanted.connections), "served": JSON(connections)])
            )
        }
        var limits = ServerLimits(
            connections: connections,
            connectionsPerPeer: Int(wanted.connectionsPerPeer),
            connectionsOfStrangers: Int(wanted.connectionsOfStrangers),
            headDeadline: wanted.headWithin,
            requestDeadline: wanted.requestWithin,
            idleTimeout: wanted.idleWithin
        )
        limits.minimumBytesPerSecond = Int(wanted.bytesPerSecond)
        return limits
    }

    /// The address at which the node listens.
    static func address(_ configuration: NodeConfiguration) throws(BusError) -> SocketAddress {
        switch configuration.role.listen {
        case .fixed(let address): return address
        case .tailnet(let port):
            guard let fleet = configuration.fleet.nodes[configuration.role.node]?.address else {
                throw .configuration("node: \(configuration.role.node) is not in the fleet")
            }
            let host = try TailnetAddress.choose(
                from: TailnetAddress.ofThisMachine(),
                on: configuration.role.interface,
                fleet: fleet
            )
            return SocketAddress(host: host, port: port)
        }
    }

    /// The node's own key, which must be one that the others know it by.
    static func key(
        in depot: Depot,
        _ configuration: NodeConfiguration
    ) throws(BusError) -> SigningKey {
        let (node, path) = (configuration.role.node, "\(depot.data)/\(Depot.KeyFile.current.rawValue)")
        let key: SigningKey
        do {
            key = try SigningKey(pem: try depot.key())
        } catch DepotError.missing {
            throw .configuration(
                "\(path): not there; run baton init --role \(configuration.role.role) --data \(depot.data)"
            )
        } catch let error as KeyError {
            throw .configuration("\(path): \(error)")
        } catch {
            throw .configuration("\(error)")
        }
        guard configuration.fleet.nodes[node]?.keys.contains(where: { $0.key == key.publicKey }) ?? false
        else {
            throw .configuration(
                "\(path): its public key \(key.publicKey) is not one of \(node)'s in the fleet; put it there, at every node"
            )
        }
        return key
    }

    private static func listeners(
        _ configuration: NodeConfiguration,
        _ address: SocketAddress
    ) throws(BusError) -> [Listener] {
        let isLoopback = TailnetRanges.isLoopback(address.host)
        let bare = address.host.utf8.contains(UInt8(ascii: ":")) ? "[\(address.host)]" : address.host
        let names =
            [bare, configuration.role.node.rawValue] + configuration.role.hosts
            + (isLoopback ? ["localhost"] : [])
        let hosts = Set(names.flatMap { [$0, "\($0):\(address.port)"] })
        return try BusError.catching {
            [
                try Listener.tcp(address: address.host, port: address.port, hosts: hosts),
                try Listener.unix(path: configuration.data + "/bus.sock", hosts: hosts.union(["localhost"])),
            ]
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

/// Why a bus did not start or did not end well.
package enum BusError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A setting cannot be used.
    case configuration(String)
    /// Another bus has the data directory.
    case inUse(String)
    /// The machine did not give what the bus needs.
    case system(String)
    /// Storage failed: a new start recovers.
    case storage(String)
    /// What was written into the ledger is not there any more as it was: a new start finds the same.
    case damaged(String)

    package var description: String {
        switch self {
        case .configuration(let text), .inUse(let text), .system(let text), .storage(let text),
            .damaged(let text):
            text
        }
    }

    /// What ends a bus that served: a failing disk can make a sound file look malformed, and the next start finds out,
    /// but a hash that was computed has no excuse.
    init(whileRunning error: LedgerError) {
        guard case .damaged = error else {
            self = .storage(error.description)
            return
        }
        self = .damaged(error.description)
    }

    init(_ error: LedgerError) {
        self =
            if error.isDamage {
                .damaged(error.description)
            } else if error.isFatal || error.isFull {
                .storage(error.description)
            } else {
                .system(error.description)
            }
    }

    static func catching<Value>(_ body: () throws -> Value) throws(BusError) -> Value {
        do {
            return try body()
        } catch let error as DepotError {
            if case .locked = error { throw .inUse(error.description) }
            throw error.isMediaFailure || error.isFull
                ? .storage(error.description) : .system(error.description)
        } catch let error as LedgerError {
            throw BusError(error)
        } catch {
            throw .system("\(error)")
        }
    }
}

extension Bus {
    /// SHA-256, by which contracts are known.
    package static func digest(_ bytes: [UInt8]) -> Digest { Digest.of(bytes) }
}
