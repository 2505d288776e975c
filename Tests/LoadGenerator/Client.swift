import Foundation
import TestSupport

/// One keep-alive connection that has at most one request under way.
struct Client {
    /// The socket, nonblocking.
    let descriptor: Int32
    /// How many counted answers it got.
    private(set) var answers = 0
    /// When the request under way began.
    private(set) var began = ContinuousClock.now
    /// What is under way.
    private(set) var exchange: Exchange?
    private var sent = 0
    private var received: [UInt8] = []

    init(port: UInt16) throws {
        descriptor = try TCPSocket.connected(to: port)
        received.reserveCapacity(4096)
    }

    /// Whether part of the request has still to be sent.
    var isSending: Bool { exchange.map { sent < $0.request.count } ?? false }

    /// Begins `exchange`.
    mutating func start(_ exchange: Exchange, at now: ContinuousClock.Instant) throws {
        self.exchange = exchange
        sent = 0
        received.removeAll(keepingCapacity: true)
        began = now
        try send()
    }

    /// Sends what the socket takes.
    mutating func send() throws {
        guard let exchange else { return }
        while sent < exchange.request.count {
            let count = exchange.request.withUnsafeBytes { bytes in
                let rest = UnsafeRawBufferPointer(rebasing: bytes[sent...])
                return Foundation.send(descriptor, rest.baseAddress, rest.count, sendFlags)
            }
            if count < 0 {
                if errno == EAGAIN || errno == EINTR { return }
                throw SystemFailure(during: "send")
            }
            sent += count
        }
    }

    /// Reads what has come; the exchange that it completes, with what is wrong about its answer.
    mutating func receive() throws -> (exchange: Exchange, fault: String?)? {
        var buffer = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        let space = MemoryLayout.size(ofValue: buffer)
        while true {
            let count = withUnsafeMutableBytes(of: &buffer) { bytes in
                let count = recv(descriptor, bytes.baseAddress, space, 0)
                received.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[..<max(0, count)]))
                return count
            }
            if count == 0 { throw WaitFailure("the connection was closed in the middle of an answer") }
            if count < 0 {
                guard errno == EAGAIN || errno == EINTR else { throw SystemFailure(during: "receive") }
                return nil
            }
            guard let exchange, let answer = Answer(received) else { continue }
            self.exchange = nil
            if exchange.counts { answers += 1 }
            return (exchange, answer.fault(as: exchange))
        }
    }
}

private let sendFlags: Int32 = {
    #if os(Linux)
        Int32(MSG_NOSIGNAL)
    #else
        0
    #endif
}()

/// A whole HTTP answer; the few forms that the bus gives.
private struct Answer {
    private let status: Int
    private let body: ArraySlice<UInt8>

    /// `nil` while some of it is still to come.
    init?(_ bytes: [UInt8]) {
        guard let end = Self.end(of: bytes) else { return nil }
        let line = bytes.prefix(12)
        status = Int(String(decoding: line.suffix(3), as: UTF8.self)) ?? 0
        guard let length = Self.length(bytes[..<end]), bytes.count >= end + length else { return nil }
        body = bytes[end...]
    }

    /// What is wrong about it, `nil` if nothing.
    func fault(as exchange: Exchange) -> String? {
        if status == exchange.status, body.starts(with: exchange.answer) { return nil }
        return "\(status): \(String(decoding: body.prefix(300), as: UTF8.self))"
    }

    private static func end(of bytes: [UInt8]) -> Int? {
        var index = 3
        while index < bytes.count {
            if bytes[index] == 10, bytes[index - 1] == 13, bytes[index - 2] == 10, bytes[index - 3] == 13 {
                return index + 1
            }
            index += 1
        }
        return nil
    }

    private static func length(_ head: ArraySlice<UInt8>) -> Int? {
        let name = Array("\r\nContent-Length: ".utf8)
        var index = head.startIndex
        while index + name.count <= head.endIndex {
            if head[index] == 13, head[index..<index + name.count].elementsEqual(name) {
                return head[(index + name.count)...].prefix { $0 != 13 }.reduce(0) { $0 * 10 + Int($1) - 48 }
            }
            index += 1
        }
        return nil
    }
}
