import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A bounded HTTP/1.1 server: one loop on one thread for all its listeners.
package final class Server: ActionScheduler {
    private let listeners: [Listener]
    private let limits: ServerLimits
    private let handler: any RequestHandler
    private let mailbox: Mailbox
    private let gauge = Gauge()
    private let lastTimer = Atomic<UInt64>(0)
    private let hasRun = Atomic<Bool>(false)

    /// A server for `listeners`, which it owns from here on and closes.
    ///
    /// Connections wait in the kernel until `run`.
    package init(
        listeners: [Listener],
        limits: ServerLimits = ServerLimits(),
        handler: any RequestHandler
    ) throws(ServerError) {
        try limits.check()
        // The library's first Date header would otherwise read the time zone's file on the loop.
        tzset()
        self.listeners = listeners
        self.limits = limits
        self.handler = handler
        mailbox = try Mailbox()
    }

    deinit {
        guard !hasRun.load(ordering: .relaxed) else { return }
        listeners.forEach { _ = close($0.descriptor) }
    }

    /// Serves on the calling thread until `stop` is complete; may be called once.
    ///
    /// On return every connection and listener is closed. What was posted by `perform` or `schedule` and has not run
    /// by then never runs.
    package func run() throws(ServerError) {
        guard !hasRun.exchange(true, ordering: .relaxed) else { throw .alreadyRun }
        try Loop(listeners, limits, handler, mailbox, gauge).run()
    }

    /// Ends the server: no further connection or request, and `run` returns once those in hand are answered.
    ///
    /// What is not answered after `within` is cut. From any thread; twice is fine and the earlier end counts; before
    /// `run` it makes that return at once.
    package func stop(within: Duration) {
        mailbox.post(.stop(by: .now + within))
    }

    /// Runs `action`, which must not block, on the loop soon; from any thread.
    package func perform(_ action: @escaping @Sendable () -> Void) {
        mailbox.post(.action(action))
    }

    /// Runs `action`, which must not block, on the loop after `after` has passed; from any thread.
    package func schedule(after: Duration, _ action: @escaping @Sendable () -> Void) -> TimerID {
        let id = TimerID(rawValue: lastTimer.add(1, ordering: .relaxed).newValue)
        mailbox.post(.schedule(id, due: .now + after, action))
        return id
    }

    /// Calls a scheduled action off, from any thread; one that has run or is unknown is ignored.
    package func cancel(_ id: TimerID) {
        mailbox.post(.cancel(id))
    }

    /// Counts, on the loop, the requests in hand that had begun before `moment`; from any thread.
    package func countRequests(
        before moment: ContinuousClock.Instant,
        _ answer: @escaping @Sendable (Int) -> Void
    ) {
        mailbox.post(.count(before: moment, answer))
    }

    /// The connections that are open now, over all listeners.
    package var openConnections: Int { gauge.value }
}

/// A number that the loop sets and everybody reads.
final class Gauge: Sendable {
    private let stored = Atomic<Int>(0)

    var value: Int { stored.load(ordering: .relaxed) }

    func set(_ value: Int) { stored.store(value, ordering: .relaxed) }
}
