import RelayClient
import Testing

struct BadRequest: Sendable, CustomTestStringConvertible {
    let name: String
    let request: ClientRequest
    var testDescription: String { name }
}

@Suite(.timeLimit(.minutes(10))) struct ValidationTests {
    static let bytes = RequestBody.bytes([1], type: "x/y")
    static let requests: [BadRequest] = [
        .init(name: "empty target", request: .init(target: "")),
        .init(name: "absolute target", request: .init(target: "http://other/")),
        .init(name: "target with a space", request: .init(target: "/a b")),
        .init(name: "target with a line break", request: .init(target: "/ HTTP/1.1\r\nX: y")),
        .init(name: "target with a NUL", request: .init(target: "/a\0b")),
        .init(name: "target with a fragment", request: .init(target: "/a#b")),
        .init(name: "target not encoded", request: .init(target: "/ü")),
        .init(name: "method with a space", request: .init(method: "GET /x", target: "/")),
        .init(name: "empty method", request: .init(method: "", target: "/")),
        .init(name: "header with a line break", request: .init(target: "/", headers: [("A", "b\r\nC: d")])),
        .init(name: "header with a NUL", request: .init(target: "/", headers: [("A", "b\0")])),
        .init(name: "header name with a colon", request: .init(target: "/", headers: [("A:", "b")])),
        .init(name: "empty header name", request: .init(target: "/", headers: [("", "b")])),
        .init(name: "own length", request: .init(target: "/", headers: [("Content-length", "3")])),
        .init(name: "own coding", request: .init(target: "/", headers: [("TRANSFER-ENCODING", "chunked")])),
        .init(name: "own host", request: .init(target: "/", headers: [("Host", "other")])),
        .init(name: "GET with a body", request: .init(target: "/", body: bytes)),
        .init(
            name: "type with a line break",
            request: .init(method: .post, target: "/", body: .bytes([], type: "a\nb"))
        ),
        .init(
            name: "negative size",
            request: .init(method: .post, target: "/", body: .file(descriptor: 0, size: -1, type: "x/y"))
        ),
        .init(name: "no time", request: .init(target: "/", timeout: .zero)),
        .init(name: "negative limit", request: .init(target: "/", maximumResponseBytes: -1)),
    ]

    private func isUnusable(_ destination: Destination, _ request: ClientRequest) -> Bool {
        do throws(ClientError) {
            _ = try HTTPClient(to: destination).send(request)
        } catch {
            guard case .unusableRequest = error else { return false }
            return !error.maybeSent
        }
        return false
    }

    @Test(arguments: requests)
    func anUnusableRequestIsRefusedBeforeConnecting(_ bad: BadRequest) {
        #expect(isUnusable(.tcp(host: "127.0.0.1", port: 1), bad.request))
    }

    @Test(arguments: [
        Destination.tcp(host: "", port: 80), .tcp(host: "a/b", port: 80), .tcp(host: "u@h", port: 80),
        .tcp(host: "a b", port: 80), .tcp(host: "a\0b", port: 80), .tcp(host: "127.0.0.1", port: 0),
        .tcp(host: "127.0.0.1", port: 80, localAddress: ""),
        .tcp(host: "127.0.0.1", port: 80, localAddress: "eth0!x"), .unix(path: ""), .unix(path: "/a\0b"),
    ])
    func anUnusableDestinationIsRefused(_ destination: Destination) {
        #expect(isUnusable(destination, .init(target: "/")))
    }
}
