import RelayLedger
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A few threads for work that hashes, checks or touches files, so that neither loop nor committer wait for it.
///
/// Work runs in the order it came, as far as the threads go.
final class Pool: Sendable {
    private struct Queue {
        var work: [@Sendable () -> Void] = []
        var idle: [Signal] = []
        var isClosed = false
    }

    private let queue = Mutex(Queue())

    init(threads: Int, name: String) {
        for _ in 0..<threads {
            let signal = Signal()
            startThread { [self] in serve(signal) }
        }
    }

    /// Queues `work` from any thread.
    ///
    /// After `close` it is not run.
    func run(_ work: @escaping @Sendable () -> Void) {
        let idle = queue.withLock { queue -> Signal? in
            guard !queue.isClosed else { return nil }
            queue.work.append(work)
            return queue.idle.popLast()
        }
        idle?.raise()
    }

    /// Ends the threads once what is queued is done.
    func close() {
        let idle = queue.withLock { queue -> [Signal] in
            queue.isClosed = true
            defer { queue.idle = [] }
            return queue.idle
        }
        idle.forEach { $0.raise() }
    }

    private enum Next {
        case work(@Sendable () -> Void)
        case wait
        case end
    }

    private func serve(_ signal: Signal) {
        while true {
            let next = queue.withLock { queue -> Next in
                if !queue.work.isEmpty { return .work(queue.work.removeFirst()) }
                if queue.isClosed { return .end }
                queue.idle.append(signal)
                return .wait
            }
            switch next {
            case .work(let work): work()
            case .wait: signal.wait()
            case .end: return
            }
        }
    }
}

/// Runs `body` on a thread of its own that nobody joins.
func startThread(_ body: @escaping @Sendable () -> Void) {
    final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }
    let context = Unmanaged.passRetained(Body(body)).toOpaque()
    #if canImport(Darwin)
        var thread: pthread_t?
        let code = pthread_create(
            &thread,
            nil,
            {
                Unmanaged<Body>.fromOpaque($0).takeRetainedValue().run(); return nil
            },
            context
        )
        if let thread { pthread_detach(thread) }
    #else
        var thread = pthread_t()
        let code = pthread_create(
            &thread,
            nil,
            { context in
                guard let context else { return nil }
                Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
                return nil
            },
            context
        )
        if code == 0 { pthread_detach(thread) }
    #endif
    guard code == 0 else { preconditionFailure("no thread at start: \(code)") }
}

/// Threads for programs that have no other way to start one.
package enum BusThread {
    /// Runs `body` on a thread of its own.
    package static func start(_ body: @escaping @Sendable () -> Void) { startThread(body) }
}
