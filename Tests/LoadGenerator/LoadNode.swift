import Foundation
import RelayCore
import RelaySeal
import RelayWire
import TestSupport

/// A node of its own: its files, and the bus that serves them.
struct LoadNode {
    /// The bus, or strace with the bus under it.
    let process: SpawnedProcess
    /// The TCP port on 127.0.0.1.
    let port: UInt16
    /// The path of the Unix socket.
    let socket: String
    /// What can be posted to it.
    let documents: DocumentSource
    private let processID: Int32

    /// What `Host` says.
    var host: String { "127.0.0.1:\(port)" }

    /// Writes role, fleet and contracts into `scratch` and starts the bus.
    init(in scratch: ScratchDirectory, _ options: Options) async throws {
        port = try Self.freePort()
        socket = scratch.path("data/bus.sock")
        let contracts = try Self.writeFiles(scratch, port: port)
        documents = try DocumentSource(contracts: contracts, withUpload: options.uploads, host: "127.0.0.1")
        let arguments = ["--config", scratch.path("node.json")]
        let batond = try builtProduct("batond")
        if let trace = options.trace {
            let tracing = ["-f", "-Y", "-yy", "-s", "32", "-o", trace, batond]
            process = try SpawnedProcess("/usr/bin/strace", tracing + arguments)
        } else {
            process = try SpawnedProcess(batond, arguments)
        }
        let ready = try await process.waitForLine(containing: "ready ", within: .seconds(30)).text
        guard let number = ready.split(separator: " ").last.flatMap({ Int32($0) }) else {
            throw WaitFailure("no process id in: \(ready)")
        }
        processID = number
    }

    /// Asks the bus to stop and waits for it; strace would not pass the signal on.
    func stop() async throws {
        _ = kill(processID, SIGTERM)
        let status = try await process.waitForExit(within: .seconds(60))
        guard status == .exited(0) else { throw WaitFailure("the bus ended with \(status)") }
    }

    /// The digests of the contracts by stage.
    private static func writeFiles(_ scratch: ScratchDirectory, port: UInt16) throws -> [String: Digest] {
        let limits = """
            {"inbox_tasks": 10000000, "unbound_uploads": 10000000, "free_disk_bytes": 67108864, "stop_within_s": 60}
            """
        try Files.write(
            """
            {"baton": 1, "node": "nano", "role": "nano", "listen": "127.0.0.1:\(port)", "data": "data",
             "fleet": "fleet.json", "contracts": "contracts", "accepts": {"main": ["relay"]}, "limits": \(limits)}
            """,
            to: scratch.path("node.json")
        )
        try Files.write(
            """
            {"baton": 1, "relay": ["main", "nano", "main"], "nodes": {
              "main": {"address": "127.0.0.1:1", "role": "main", "keys": \(TestKeys.list(of: "main").text)},
              "nano": {"address": "127.0.0.1:\(port)", "role": "nano", "keys": \(TestKeys.list(of: "nano").text)}}}
            """,
            to: scratch.path("fleet.json")
        )
        var digests: [String: Digest] = [:]
        for stage in ["nano", "main"] {
            let file = """
                {"name": "load.txt", "type": "text/plain", "min_bytes": 0, "max_bytes": 1048576, "optional": true}
                """
            let bytes = Array(
                """
                {"baton": 1, "contract": "\(stage)", "version": 1, "takes": [\(file)], "makes": [], "passes": [],
                 "claim_within_s": 60, "produce_within_s": 60}
                """.utf8
            )
            try Files.write(bytes, to: scratch.path("contracts/\(stage).json"))
            digests[stage] = Digest.of(bytes)
        }
        try TestKeys.write("nano", in: scratch.path("data"))
        return digests
    }

    /// A port that nobody had a moment ago.
    private static func freePort() throws -> UInt16 {
        let descriptor = try TCPSocket.open()
        defer { close(descriptor) }
        var address = TCPSocket.loopback(port: 0)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, size) == 0 ? getsockname(descriptor, address, &size) : -1
            }
        }
        guard code == 0 else { throw SystemFailure(during: "bind to 127.0.0.1") }
        return UInt16(bigEndian: address.sin_port)
    }
}

/// Nonblocking TCP sockets on loopback.
enum TCPSocket {
    /// A fresh socket.
    static func open() throws -> Int32 {
        #if canImport(Darwin)
            let descriptor = socket(AF_INET, SOCK_STREAM, 0)
        #else
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #endif
        guard descriptor >= 0 else { throw SystemFailure(during: "socket") }
        return descriptor
    }

    /// Connected to `port`, nonblocking and without delay.
    static func connected(to port: UInt16) throws -> Int32 {
        let descriptor = try open()
        var address = loopback(port: port)
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, size) }
        }
        guard code == 0 else {
            let failure = SystemFailure(during: "connect to port \(port)")
            close(descriptor)
            throw failure
        }
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        return descriptor
    }

    static func loopback(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }
}
