import Foundation

/// A stream socket that sends exactly the bytes a test gives it; every wait has a deadline.
///
/// It belongs to one thread and blocks it; it is closed when the value is dropped.
package final class RawConnection {
    private let descriptor: Int32
    /// Bytes that were received and not yet handed out.
    private var received: [UInt8] = []

    /// Connects to a TCP port of `host`, an address or a name; from the address `local`, if given.
    ///
    /// - Throws: `SystemFailure` when there is no connection, `WaitFailure` at the deadline.
    package init(host: String, port: UInt16, from local: String? = nil, within limit: Duration = .seconds(5))
        throws
    {
        let address = try SocketAddress(host: host, port: port)
        descriptor = try Self.open(address.family)
        if let local {
            let own = try SocketAddress(host: local, port: 0)
            guard own.withPointer({ bind(descriptor, $0, $1) }) == 0 else {
                throw SystemFailure(during: "bind to \(local)")
            }
        }
        try connect(to: address, named: "\(host):\(port)", within: limit)
    }

    /// Connects to the Unix socket at `unixPath`.
    ///
    /// - Throws: `SystemFailure` when there is no connection, `WaitFailure` at the deadline.
    package init(unixPath: String, within limit: Duration = .seconds(5)) throws {
        let address = try SocketAddress(unixPath: unixPath)
        descriptor = try Self.open(address.family)
        try connect(to: address, named: unixPath, within: limit)
    }

    deinit { close(descriptor) }

    /// Sends all of `bytes`.
    ///
    /// - Throws: `SystemFailure` with `EPIPE` or `ECONNRESET` when the peer has hung up.
    package func send(_ bytes: [UInt8], within limit: Duration = .seconds(5)) throws {
        let deadline = Deadline(limit)
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Foundation.send(descriptor, $0.baseAddress, $0.count, sendFlags)
            }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                try wait(for: POLLOUT, deadline, "room to send \(rest.count) more bytes")
            } else if errno != EINTR {
                throw SystemFailure(during: "send")
            }
        }
    }

    /// Sends the UTF-8 of `text`, in which line breaks are as written: HTTP wants `\r\n`.
    package func send(_ text: String, within limit: Duration = .seconds(5)) throws {
        try send(Array(text.utf8), within: limit)
    }

    /// Says that nothing more will be sent; the answer can still be read.
    package func finishSending() {
        _ = shutdown(descriptor, Int32(SHUT_WR))
    }

    /// All bytes until the peer closes the connection.
    ///
    /// - Throws: `WaitFailure` at the deadline, `SystemFailure` with `ECONNRESET`; what was received stays readable.
    package func readToEnd(within limit: Duration = .seconds(5)) throws -> [UInt8] {
        let deadline = Deadline(limit)
        while try receive(deadline) {}
        defer { received = [] }
        return received
    }

    /// Whether the peer has hung up; what it sent before stays unread.
    package var hasEnded: Bool {
        #if canImport(Darwin)
            let hangUp = POLLHUP
        #else
            // Also when there is something left to read (poll(2)).
            let hangUp: Int32 = 0x2000
        #endif
        var entry = pollfd(fd: descriptor, events: Int16(hangUp), revents: 0)
        return poll(&entry, 1, 0) > 0
    }

    /// The next HTTP response; what follows it stays for the next call.
    ///
    /// An interim response such as `100` is one of its own. `toHead` says that the request was a `HEAD`.
    ///
    /// - Throws: `WaitFailure` at the deadline, at an end in the middle, or when it is no HTTP.
    package func readResponse(toHead: Bool = false, within limit: Duration = .seconds(5)) throws
        -> RawResponse
    {
        let deadline = Deadline(limit)
        while true {
            if let (response, length) = try RawResponse.parse(received, toHead: toHead, ended: false) {
                received.removeFirst(length)
                return response
            }
            guard try receive(deadline) else { break }
        }
        guard let (response, length) = try RawResponse.parse(received, toHead: toHead, ended: true) else {
            let text = String(decoding: received.prefix(200), as: UTF8.self)
            throw WaitFailure("the connection ended within a response, after \"\(text)\"")
        }
        received.removeFirst(length)
        return response
    }

    /// Receives what there is, and waits for it if there is nothing; `false` when the peer has closed.
    private func receive(_ deadline: Deadline) throws -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count >= 0 {
                received += buffer[..<count]
                return count > 0
            }
            if errno == EAGAIN {
                try wait(for: POLLIN, deadline, "more than the \(received.count) bytes received")
            } else if errno != EINTR {
                throw SystemFailure(during: "receive")
            }
        }
    }

    private func connect(to address: SocketAddress, named name: String, within limit: Duration) throws {
        if address.withPointer({ Foundation.connect(descriptor, $0, $1) }) == 0 { return }
        guard errno == EINPROGRESS else { throw SystemFailure(during: "connect to \(name)") }
        try wait(for: POLLOUT, Deadline(limit), "connection to \(name)")
        var code: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size)
        guard code == 0 else { throw SystemFailure(code: code, during: "connect to \(name)") }
    }

    private func wait(for event: Int32, _ deadline: Deadline, _ what: String) throws {
        var entry = pollfd(fd: descriptor, events: Int16(event), revents: 0)
        while true {
            let count = poll(&entry, 1, deadline.milliseconds)
            if count > 0 { return }
            if count == 0 { throw WaitFailure("no \(what) within \(deadline.limit)") }
            guard errno == EINTR else { throw SystemFailure(during: "poll") }
        }
    }

    private static func open(_ family: Int32) throws -> Int32 {
        #if canImport(Darwin)
            let descriptor = socket(family, SOCK_STREAM, 0)
            guard descriptor >= 0 else { throw SystemFailure(during: "socket") }
            var yes: Int32 = 1
            setsockopt(descriptor, SOL_SOCKET, SO_NOSIGPIPE, &yes, socklen_t(MemoryLayout<Int32>.size))
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        #else
            let descriptor = socket(family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            guard descriptor >= 0 else { throw SystemFailure(during: "socket") }
        #endif
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        return descriptor
    }
}

#if canImport(Darwin)
    private let sendFlags: Int32 = 0
#else
    private let sendFlags = Int32(MSG_NOSIGNAL)
#endif

/// The end of a wait that may take several calls.
private struct Deadline {
    let limit: Duration
    private let end: ContinuousClock.Instant

    init(_ limit: Duration) {
        self.limit = limit
        end = .now + limit
    }

    /// What is left, for `poll`; 0 after the end.
    var milliseconds: Int32 {
        Int32(max(0, min(86_400, (end - .now).inSeconds)) * 1000 + 0.999)
    }
}
