import Glibc
import RelayServer
import Synchronization

/// A handler made of one closure, which remembers the faults it was shown.
final class ScriptedHandler: RequestHandler {
    private let script: @Sendable (RequestHead, Responder) -> Disposition
    private let seen = Mutex<[RequestFault]>([])
    /// Whether it knows whoever connects.
    let knowsPeers: Bool

    init(knowsPeers: Bool = true, _ script: @escaping @Sendable (RequestHead, Responder) -> Disposition) {
        self.knowsPeers = knowsPeers
        self.script = script
    }

    func knows(_ peer: Peer) -> Bool { knowsPeers }

    var faults: [RequestFault] { seen.withLock { $0 } }

    func begin(_ head: RequestHead, _ responder: Responder) -> Disposition { script(head, responder) }

    func answer(for fault: RequestFault, head: RequestHead?) -> Response {
        seen.withLock { $0.append(fault) }
        return .text("fault", status: fault.status)
    }
}

extension Response {
    static func text(_ text: String, status: Int = 200) -> Response {
        Response(status: status, headers: [("Content-Type", "text/plain")], body: Array(text.utf8))
    }
}

/// A server that runs on a thread of its own until `stop`.
final class Running: Sendable {
    let server: Server
    let handler: ScriptedHandler
    let port: UInt16
    private let thread: Worker

    init(
        limits: ServerLimits = ServerLimits(),
        listener: Listener? = nil,
        knowsPeers: Bool = true,
        _ script: @escaping @Sendable (RequestHead, Responder) -> Disposition
    ) throws {
        let own = try listener ?? Listener.tcp(address: "127.0.0.1", port: 0, hosts: ["node"])
        port = own.port
        let handler = ScriptedHandler(knowsPeers: knowsPeers, script)
        let server = try Server(listeners: [own], limits: limits, handler: handler)
        self.handler = handler
        self.server = server
        thread = Worker {
            do {
                try server.run()
            } catch {
                fatalError("the server ended with \(error)")
            }
        }
    }

    func client() throws -> RawClient { try RawClient(port: port) }

    /// Ends the server and waits for its thread.
    func stop(within: Duration = .zero) {
        server.stop(within: within)
        thread.join()
    }
}

/// Runs `body` with a server and ends that whatever happens.
func withServer(
    limits: ServerLimits = ServerLimits(),
    listener: Listener? = nil,
    knowsPeers: Bool = true,
    _ script: @escaping @Sendable (RequestHead, Responder) -> Disposition,
    _ body: (Running) throws -> Void
) throws {
    let running = try Running(limits: limits, listener: listener, knowsPeers: knowsPeers, script)
    defer { running.stop() }
    try body(running)
}

/// A thread of its own, because a blocking call may not sit on Swift's pool.
final class Worker: Sendable {
    private let ended = Signal()

    init(_ body: @escaping @Sendable () -> Void) {
        let box = Unmanaged.passRetained(
            Job { [ended] in
                body()
                ended.fire()
            }
        )
        var thread = pthread_t()
        let code = pthread_create(&thread, nil, runJob, box.toOpaque())
        precondition(code == 0, "no thread: \(code)")
        pthread_detach(thread)
    }

    func join() { ended.wait() }
}

private final class Job: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

private func runJob(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let context { Unmanaged<Job>.fromOpaque(context).takeRetainedValue().body() }
    return nil
}

/// Something that happens, as many times as `fire` is called, and can be waited for.
final class Signal: Sendable {
    private let descriptor: Int32

    init() {
        var ends: [Int32] = [0, 0]
        precondition(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0, "no socket pair")
        descriptor = ends[0]
        other = ends[1]
    }

    private let other: Int32

    deinit {
        close(descriptor)
        close(other)
    }

    func fire() {
        var byte: UInt8 = 1
        _ = write(other, &byte, 1)
    }

    /// Waits for one `fire`; false when it did not come within 20 seconds.
    @discardableResult
    func wait() -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&entry, 1, 20_000) == 1 else { return false }
        var byte: UInt8 = 0
        return read(descriptor, &byte, 1) == 1
    }
}

/// Lets time pass where passing time is the input of a test: a peer that sends slowly.
func pause(milliseconds: Int32) { poll(nil, 0, milliseconds) }
