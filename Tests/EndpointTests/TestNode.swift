import Foundation
import RelayWire
import Synchronization
import TestSupport

/// Where a request comes from: the fleet's nodes have addresses of their own, so that the node can tell them apart.
enum Sender: String, CaseIterable, Sendable {
    case main, nano, sg, jp
    /// An address that two nodes of the fleet share.
    case twins
    /// An address of no node.
    case stranger
    /// The node's own machine, through its Unix socket.
    case local

    /// The address to connect from; a Unix socket has none.
    var address: String {
        switch self {
        case .main: "127.0.77.1"
        case .nano: "127.0.77.2"
        case .sg: "127.0.77.3"
        case .jp: "127.0.77.4"
        case .twins: "127.0.77.5"
        case .stranger, .local: "127.0.77.9"
        }
    }
}

/// One real `batond` in a scratch directory, asked over real sockets.
final class TestNode: Sendable {
    let name: String
    let port: UInt16
    let data: String
    private let process: Mutex<SpawnedProcess>
    private let scratch: ScratchDirectory

    /// The answer to a request that the node only closes on is awaited that long.
    static let patience = Duration.seconds(10)

    /// Writes the files of a fleet, starts the node `sender` of it and waits until it serves.
    init(
        _ sender: Sender = .sg,
        limits: JSON = .members(["free_disk_bytes": 1_048_576]),
        readers: JSON = .array(["fleet"]),
        tailscaled: String? = nil,
        whois: [String: String] = [:]
    ) async throws {
        scratch = try ScratchDirectory()
        name = sender.rawValue
        port = try Self.freePort(at: sender.address)
        let files = TestFleet(
            node: sender,
            port: port,
            limits: limits,
            readers: readers,
            tailscaled: tailscaled,
            whois: whois
        )
        try files.write(to: scratch.path)
        data = scratch.path("data")
        process = Mutex(try Self.spawn(scratch))
        try await waitUntilReady()
    }

    /// Starts the node again that was stopped.
    func startAgain() async throws {
        let started = try Self.spawn(scratch)
        process.withLock { $0 = started }
        try await waitUntilReady()
    }

    private static func spawn(_ scratch: ScratchDirectory) throws -> SpawnedProcess {
        try SpawnedProcess(try builtProduct("batond"), ["--config", scratch.path("role.json")])
    }

    private func waitUntilReady() async throws {
        _ = try await process.withLock { $0 }.waitForLine(containing: "ready \(name)", within: .seconds(20))
    }

    /// The daemon's process.
    var processID: Int32 { process.withLock { $0.processID } }

    /// Asks the node to stop, and waits until it has.
    func stop() async throws {
        let process = process.withLock { $0 }
        process.terminate()
        _ = try await process.waitForExit(within: .seconds(20))
    }

    /// A connection from the address of `sender`.
    func connect(from sender: Sender) throws -> RawConnection {
        guard sender != .local else { return try RawConnection(unixPath: "\(data)/bus.sock") }
        let own = sender == .stranger ? Sender.stranger.address : sender.address
        return try RawConnection(host: address, port: port, from: own)
    }

    /// The answer to `request`, on a connection of its own.
    func ask(_ request: Request, from sender: Sender) throws -> RawResponse {
        let connection = try connect(from: sender)
        try connection.send(request.bytes, within: Self.patience)
        return try connection.readResponse(toHead: request.isHead, within: Self.patience)
    }

    private var address: String { Sender(rawValue: name)?.address ?? "127.0.0.1" }

    /// A port that was free a moment ago; the role file must name one.
    private static func freePort(at host: String) throws -> UInt16 {
        #if canImport(Darwin)
            let descriptor = socket(AF_INET, SOCK_STREAM, 0)
        #else
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #endif
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        inet_pton(AF_INET, host, &address.sin_addr)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
            }
        }
        guard isBound else { throw SystemFailure(during: "bind to \(host)") }
        return UInt16(bigEndian: address.sin_port)
    }
}

/// Runs `body` with a node that is stopped and removed afterwards.
func withNode(
    _ sender: Sender = .sg,
    limits: JSON = .members(["free_disk_bytes": 1_048_576]),
    readers: JSON = .array(["fleet"]),
    _ body: (TestNode) async throws -> Void
) async throws {
    let node = try await TestNode(sender, limits: limits, readers: readers)
    try await body(node)
    try await node.stop()
}
