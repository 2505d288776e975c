import Foundation
import Synchronization

/// Answers on a socket as tailscaled's LocalAPI does, for tests.
///
/// It stops when the value is dropped.
package final class FakeTailscaled: Sendable {
    /// What becomes of a request.
    package enum Answer: Sendable {
        /// These bytes, after a head with that status and their length.
        case body(Int, String)
        /// These bytes and nothing else.
        case raw(String)
        /// No answer; the connection stays open.
        case silence
    }

    private let listener: Int32
    private let held = Mutex<[Int32]>([])
    private let asked = Mutex<[String]>([])

    /// The port, when it listens on loopback.
    package let port: UInt16

    /// Listens on a Unix socket at `path`, or without one on a free port of 127.0.0.1; `answer` gets the head of each
    /// request.
    package init(at path: String?, answer: @escaping @Sendable (String) -> Answer) throws {
        (listener, port) = try path.map { (try Self.unix($0), 0) } ?? Self.loopback()
        Thread.detachNewThread { [weak self, listener] in
            while case let connection = accept(listener, nil, nil), connection >= 0 {
                self?.serve(connection, answer)
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
        for connection in held.withLock({ $0 }) { close(connection) }
    }

    /// The heads of all requests so far.
    package var requests: [String] { asked.withLock { $0 } }

    /// A body as tailscaled writes it, for the machine `name` with `tags` at `address`.
    package static func machine(_ name: String, _ tags: [String], at address: String) -> Answer {
        let list = tags.map { "\"\($0)\"" }.joined(separator: ",")
        return .body(
            200,
            """
            {"Node": {"ID": 2, "StableID": "n2CNTRL", "Name": "\(name).tail0000.ts.net.", "ComputedName": "\(name)",
             "Addresses": ["\(address)/32", "fd7a:115c:a1e0::2/128"], "Tags": \(tags.isEmpty ? "null" : "[\(list)]"),
             "Hostinfo": {"OS": "linux", "NetInfo": {"DERPLatency": {"1-v4": 0.0173, "4-v4": 1.2e-2}}}},
             "UserProfile": {"ID": 1, "LoginName": "tagged-devices"}, "CapMap": {"example.com/cap": [{"a": [1.5]}]}}
            """
        )
    }

    private func serve(_ connection: Int32, _ answer: (String) -> Answer) {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while !bytes.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        let head = String(decoding: bytes, as: UTF8.self)
        asked.withLock { $0.append(head) }
        let text: String
        switch answer(head) {
        case .silence: return held.withLock { $0.append(connection) }
        case .raw(let raw): text = raw
        case .body(let status, let body):
            text =
                "HTTP/1.0 \(status) Some Words\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        }
        let all = Array(text.utf8)
        _ = send(connection, all, all.count, 0)
        close(connection)
    }

    private static func unix(_ path: String) throws -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        return try listening(AF_UNIX, &address).descriptor
    }

    private static func loopback() throws -> (Int32, UInt16) {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let (descriptor, bound) = try listening(AF_INET, &address)
        return (descriptor, UInt16(bigEndian: bound.sin_port))
    }

    private static func listening<Address>(
        _ family: Int32,
        _ address: inout Address
    ) throws -> (descriptor: Int32, bound: Address) {
        #if canImport(Darwin)
            let descriptor = socket(family, SOCK_STREAM, 0)
        #else
            let descriptor = socket(family, Int32(SOCK_STREAM.rawValue), 0)
        #endif
        guard descriptor >= 0 else { throw SystemFailure(during: "socket") }
        var size = socklen_t(MemoryLayout<Address>.size)
        let isListening = withUnsafeMutableBytes(of: &address) { bytes -> Bool in
            guard let start = bytes.bindMemory(to: sockaddr.self).baseAddress else { return false }
            return bind(descriptor, start, size) == 0 && listen(descriptor, 16) == 0
                && getsockname(descriptor, start, &size) == 0
        }
        guard isListening else { throw SystemFailure(during: "listen") }
        return (descriptor, address)
    }
}
