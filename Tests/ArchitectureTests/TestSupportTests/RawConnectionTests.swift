import Foundation
import TestSupport
import Testing

/// The raw client against a listener that answers with fixed bytes.
@Suite(.timeLimit(.minutes(10))) struct RawConnectionTests {
    /// Each row: what is received, and the responses read from it as status and body; `!` for a failure.
    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab", ["200 ab", "!"]),
        (
            "HTTP/1.1 200 OK\r\nCONTENT-LENGTH:2 \r\n\r\nabHTTP/1.1 404 Not Found\r\n\r\nrest",
            ["200 ab", "404 rest"]
        ),
        ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", ["100 ", "204 "]),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=1\r\nab\r\nA\r\n0123456789\r\n0\r\nT: 1\r\n\r\n",
            ["200 ab0123456789"]
        ),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", ["!"]),
        ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", ["!"]),
        ("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", ["!"]),
        ("SSH-2.0-x\r\n\r\n", ["!"]),
        ("", ["!"]),
    ])
    func responsesAreReadAsTheyAreFramed(received: String, expected: [String]) throws {
        try withScratchDirectory { path in
            let listener = try Listener(unixPath: "\(path)/s", answer: received)
            let connection = try RawConnection(unixPath: "\(path)/s")
            try connection.send("GET / HTTP/1.1\r\n\r\n")
            connection.finishSending()
            let found = expected.map { _ in
                (try? connection.readResponse()).map { "\($0.status) \($0.text)" } ?? "!"
            }
            #expect(found == expected)
            #expect(listener.finish() == "GET / HTTP/1.1\r\n\r\n")
        }
    }

    @Test func headersKeepTheirNamesAndLoseTheirSpace() throws {
        let bytes = Array("HTTP/1.1 409 Conflict\r\nA:  b c \r\nEmpty:\r\na: d\r\n\r\n".utf8)
        let parsed = try RawResponse.parse(bytes, toHead: true, ended: false)
        let response = try #require(parsed?.response)
        #expect(response.headers.map { "\($0.name)=\($0.value)" } == ["A=b c", "Empty=", "a=d"])
        #expect(
            response.header("EMPTY") == "" && response.header("a") == "b c" && response.header("x") == nil
        )
        #expect(parsed?.length == bytes.count)
    }

    @Test func tcpIsSpokenFromAChosenAddress() throws {
        let listener = try Listener(port: 0, answer: "bye")
        let connection = try RawConnection(host: "127.0.0.1", port: listener.port, from: "127.0.0.1")
        try connection.send([1, 2, 3])
        connection.finishSending()
        #expect(try connection.readToEnd() == Array("bye".utf8))
        #expect(listener.finish() == "\u{1}\u{2}\u{3}")
    }

    @Test func muchIsSentWhole() throws {
        let listener = try Listener(port: 0, answer: "got it")
        let connection = try RawConnection(host: "localhost", port: listener.port)
        try connection.send(String(repeating: "0123456789abcdef", count: 500_000))
        connection.finishSending()
        #expect(try connection.readToEnd() == Array("got it".utf8))
        #expect(listener.finish().utf8.count == 8_000_000)
    }

    @Test func silenceEndsAtTheDeadline() throws {
        let listener = try Listener(port: 0, answer: "late")
        let connection = try RawConnection(host: "127.0.0.1", port: listener.port)
        #expect(throws: WaitFailure("no more than the 0 bytes received within 0.05 seconds")) {
            try connection.readToEnd(within: .milliseconds(50))
        }
        connection.finishSending()
        #expect(try connection.readToEnd() == Array("late".utf8))
        _ = listener.finish()
    }

    @Test func aRefusedConnectionIsAFailure() throws {
        try withScratchDirectory { path in
            #expect(throws: SystemFailure(code: ENOENT, during: "connect to \(path)/none")) {
                try RawConnection(unixPath: "\(path)/none")
            }
            let long = "\(path)/" + String(repeating: "x", count: 120)
            #expect(throws: SystemFailure(code: ENAMETOOLONG, during: "address of the socket \(long)")) {
                try RawConnection(unixPath: long)
            }
        }
    }
}

/// Accepts one connection, reads to its end, answers and hangs up.
private final class Listener: Sendable {
    let port: UInt16
    private let heard = Watched<String?>(nil)
    private let done = DispatchSemaphore(value: 0)

    init(port: UInt16, answer: String) throws {
        let descriptor = try Self.bound { SocketBytes(loopbackPort: port) }
        self.port = SocketBytes(of: descriptor).port
        serve(descriptor, answer)
    }

    init(unixPath: String, answer: String) throws {
        port = 0
        serve(try Self.bound { SocketBytes(unixPath: unixPath) }, answer)
    }

    /// What was received, once the connection is over.
    func finish() -> String {
        done.wait()
        return heard.value ?? ""
    }

    private static func bound(_ address: () -> SocketBytes) throws -> Int32 {
        let address = address()
        #if canImport(Darwin)
            let descriptor = socket(address.family, SOCK_STREAM, 0)
        #else
            let descriptor = socket(address.family, Int32(SOCK_STREAM.rawValue), 0)
        #endif
        guard address.withPointer({ bind(descriptor, $0, $1) }) == 0, listen(descriptor, 1) == 0 else {
            throw SystemFailure(during: "listen")
        }
        return descriptor
    }

    private func serve(_ descriptor: Int32, _ answer: String) {
        Thread.detachNewThread { [heard, done] in
            let peer = accept(descriptor, nil, nil)
            var all: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while case let count = read(peer, &buffer, buffer.count), count > 0 { all += buffer[..<count] }
            _ = write(peer, answer, answer.utf8.count)
            close(peer)
            close(descriptor)
            heard.update { $0 = String(decoding: all, as: UTF8.self) }
            done.signal()
        }
    }
}

/// An address to listen on.
private struct SocketBytes {
    private var storage = sockaddr_storage()

    init(loopbackPort port: UInt16) {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        withUnsafeMutableBytes(of: &storage) { to in withUnsafeBytes(of: &address) { to.copyMemory(from: $0) }
        }
    }

    init(unixPath: String) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: unixPath.utf8.prefix(100)) }
        withUnsafeMutableBytes(of: &storage) { to in withUnsafeBytes(of: &address) { to.copyMemory(from: $0) }
        }
    }

    /// The address `descriptor` is bound to.
    init(of descriptor: Int32) {
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        withUnsafeMutablePointer(to: &storage) { pointer in
            _ = pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getsockname(descriptor, $0, &size)
            }
        }
    }

    var family: Int32 { Int32(storage.ss_family) }

    var port: UInt16 {
        withUnsafeBytes(of: storage) { UInt16($0[2]) << 8 | UInt16($0[3]) }
    }

    func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        let length = family == AF_INET ? MemoryLayout<sockaddr_in>.size : MemoryLayout<sockaddr_un>.size
        return withUnsafePointer(to: storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(length)) }
        }
    }
}
