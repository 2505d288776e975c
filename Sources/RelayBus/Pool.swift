import RelayLedger
import RelayServer
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Takes work from any thread and runs it elsewhere.
protocol WorkQueue: Sendable {
    /// Queues `work`; after `close` it is not run.
    func run(_ work: @escaping @Sendable () -> Void)
    /// Takes nothing more; what is queued is still done.
    func close()
}

/// A few threads for work that hashes, checks or touches files, so that neither loop nor committer wait for it.
///
/// Work runs in the order it came, as far as the threads go.
final class Pool: WorkQueue {
    private struct Queue {
        var work = Backlog()
        var idle: [Signal] = []
        var isClosed = false
    }

    private let queue = Mutex(Queue())

    /// Starts the threads; those of a pool that `yields` run when the others of the process leave time for it.
    init(threads: Int, name: String, yields: Bool = false) {
        for _ in 0..<threads {
            let signal = Signal()
            startThread(named: name) { [self] in
                if yields { yieldToOthers() }
                serve(signal)
            }
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
                if let work = queue.work.popFirst() { return .work(work) }
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

/// Closures in the order they came; long backlogs cost no more an element than short ones.
private struct Backlog {
    private var work: [(@Sendable () -> Void)?] = []
    private var first = 0

    mutating func append(_ new: @escaping @Sendable () -> Void) { work.append(new) }

    mutating func popFirst() -> (@Sendable () -> Void)? {
        guard first < work.count else { return nil }
        let next = work[first]
        work[first] = nil
        first += 1
        if first == work.count {
            work.removeAll(keepingCapacity: first <= 1024)
            first = 0
        } else if first >= 1024, first * 2 >= work.count {
            work.removeFirst(first)
            first = 0
        }
        return next
    }
}

/// Lets the scheduler prefer all other threads to the calling one.
private func yieldToOthers() {
    #if os(Linux)
        // There it concerns the calling thread alone (setpriority(2), under "C library/kernel differences"). When it is refused,
        // the thread only competes with the others.
        _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
    #endif
}

/// Runs `body` on a thread of its own that nobody joins; `name` has at most 15 bytes.
func startThread(named name: String, _ body: @escaping @Sendable () -> Void) {
    final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }
    let named = Body {
        ThreadName.set(name)
        body()
    }
    let context = Unmanaged.passRetained(named).toOpaque()
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
    ///
    /// - Parameters:
    ///   - name: what tools show, at most 15 bytes.
    ///   - body: what it does.
    package static func start(named name: String, _ body: @escaping @Sendable () -> Void) {
        startThread(named: name, body)
    }
}
