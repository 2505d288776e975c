#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The loop behind `Server.run`; lives on the thread that called it and is touched by no other.
final class Loop {
    let limits: ServerLimits
    let handler: any RequestHandler
    let mailbox: Mailbox
    private let gauge: Gauge
    private let listeners: [Listener]
    private var daemons: [Daemon] = []
    private var connections: [UInt64: Connection] = [:]
    private var lastConnection: UInt64 = 0
    private var strangers = 0
    private var timers = Timers()
    private var poller = Poller()
    private var draining = Draining()
    private var nextSweep: ContinuousClock.Instant
    private var stopBy: ContinuousClock.Instant?
    /// The time of this turn.
    private(set) var now: ContinuousClock.Instant
    /// The library has work that no descriptor shows: a connection was resumed, or one that ended made room for
    /// another.
    var needsRun = false

    /// Whether no further request is wanted.
    var isStopping: Bool { stopBy != nil }

    init(
        _ listeners: [Listener],
        _ limits: ServerLimits,
        _ handler: any RequestHandler,
        _ mailbox: Mailbox,
        _ gauge: Gauge
    ) {
        self.listeners = listeners
        self.limits = limits
        self.handler = handler
        self.mailbox = mailbox
        self.gauge = gauge
        now = .now
        nextSweep = now
    }

    /// Serves until a stop is complete; every descriptor is closed on return, thrown or not.
    func run() throws(ServerError) {
        defer { end() }
        for listener in listeners {
            daemons.append(try Daemon(listener, limits: limits, loop: self))
        }
        var ready = Poller.Ready(wake: true, daemons: daemons.map { _ in true })
        while true {
            now = .now
            for daemon in daemons where daemon.pausedUntil.map({ $0 <= now }) ?? false {
                daemon.pausedUntil = nil
            }
            if ready.wake { mailbox.wake.clear() }
            mailbox.take().forEach(apply)
            while let action = timers.pop(at: now) { action() }
            serve(ready)
            sweep()
            if hasStopped { return }
            ready = try poller.wait(
                wake: mailbox.wake.reading,
                daemons: daemons,
                others: draining.descriptors,
                timeout: patience()
            )
        }
    }

    // MARK: Called by the library

    /// A socket was accepted.
    func accept(_ handle: OpaquePointer) -> Connection {
        lastConnection += 1
        let hosts = serving?.listener.hosts ?? []
        let connection = Connection(id: lastConnection, handle: handle, hosts: hosts, loop: self)
        connections[connection.id] = connection
        serving?.open += 1
        if connection.isStranger {
            strangers += 1
            if strangers > limits.connectionsOfStrangers { connection.turnAway() }
        }
        gauge.set(connections.count)
        return connection
    }

    /// The library is about to close the connection's socket.
    func remove(_ connection: Connection) {
        connection.endRequest()
        if connection.needsDraining {
            draining.keep(connection.descriptor, until: now + limits.drainWithin, most: limits.draining)
        }
        connections[connection.id] = nil
        serving?.open -= 1
        if connection.isStranger { strangers -= 1 }
        needsRun = true
        gauge.set(connections.count)
    }

    // MARK: A turn

    /// The daemon that is being run.
    private var serving: Daemon?

    private func serve(_ ready: Poller.Ready) {
        let all = needsRun
        needsRun = false
        for (daemon, isReady) in zip(daemons, ready.daemons)
        where daemon.pausedUntil == nil && (isReady || all || daemon.patience == 0) {
            serving = daemon
            let had = lastConnection
            daemon.run()
            // Ready, with nobody there and nobody come: the system has no descriptor for whoever waits. The library would
            // try again and again without a pause.
            if isReady, daemon.open == 0, lastConnection == had { daemon.pausedUntil = now + Self.pause }
        }
        serving = nil
    }

    /// How long a listener rests that cannot accept.
    private static let pause = Duration.milliseconds(50)

    private func apply(_ message: Message) {
        switch message {
        case .answered(let id): connections[id.connection]?.answerArrived(id)
        case .resumed(let id): connections[id.connection]?.sinkResumed(id)
        case .action(let action): action()
        case .schedule(let id, let due, let action): timers.add(id, due: due, action)
        case .cancel(let id): timers.cancel(id)
        case .count(let moment, let answer): answer(requests(before: moment))
        case .stop(let deadline): stop(by: deadline)
        }
    }

    /// A head that is still coming is no request yet.
    private func requests(before moment: ContinuousClock.Instant) -> Int {
        connections.values.count { connection in
            connection.exchange.map { $0.began < moment && $0.phase != .head && $0.phase != .dead } ?? false
        }
    }

    private func sweep() {
        draining.sweep(at: now)
        guard now >= nextSweep else { return }
        nextSweep = now + limits.sweepInterval
        for connection in connections.values { connection.sweep() }
    }

    private func patience() -> Duration? {
        if needsRun { return .zero }
        var earliest = timers.next
        if !connections.isEmpty || !draining.isEmpty { earliest = min(earliest ?? nextSweep, nextSweep) }
        if let stopBy { earliest = min(earliest ?? stopBy, stopBy) }
        var patience = earliest.map { max(.zero, $0 - now) }
        for daemon in daemons {
            if let until = daemon.pausedUntil {
                patience = min(patience ?? Self.pause, max(.zero, until - now))
                continue
            }
            guard let own = daemon.patience else { continue }
            let limit = Duration.milliseconds(Int64(clamping: own))
            patience = min(patience ?? limit, limit)
        }
        return patience
    }

    // MARK: The end

    private func stop(by deadline: ContinuousClock.Instant) {
        stopBy = min(stopBy ?? deadline, deadline)
        daemons.forEach { $0.stopListening() }
        for connection in connections.values where connection.exchange == nil { connection.cut() }
    }

    private var hasStopped: Bool {
        guard let stopBy else { return false }
        return connections.isEmpty && draining.isEmpty || now >= stopBy
    }

    private func end() {
        stopBy = now
        for connection in connections.values { connection.cut() }
        // The library must see every resumed connection before it is stopped.
        for daemon in daemons { daemon.run() }
        for unused in listeners.dropFirst(daemons.count) { _ = close(unused.descriptor) }
        // Stopping a daemon calls back into this loop, so it happens outside the change of the property.
        var stopped: [Daemon] = []
        swap(&stopped, &daemons)
        stopped.removeAll()
        draining.closeAll()
        _ = mailbox.take()  // lets go of actions that will never run
    }
}
