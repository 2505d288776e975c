import Foundation
import RelayWire
import TestSupport

/// One HTTP exchange with a node, on a connection and a thread of its own.
struct Exchange: Sendable {
    /// How the node is reached.
    enum Way: Sendable {
        /// By TCP from a local address, `nil` for whatever the system takes.
        case tcp(host: String, port: UInt16, from: String?)
        /// Through the node's Unix socket.
        case unix(path: String)
    }

    let way: Way
    var method = "GET"
    let target: String
    var type: String?
    var body: [UInt8]?
    /// How long the answer may take.
    var limit = Fleet.patience

    /// Sends the request and gives the answer.
    func send() async throws -> Answer {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try exchange() }) }
        }
    }

    private func exchange() throws -> Answer {
        let connection: RawConnection
        let host: String
        switch way {
        case .tcp(let name, let port, let local):
            connection = try RawConnection(host: name, port: port, from: local)
            host = "\(name):\(port)"
        case .unix(let path):
            connection = try RawConnection(unixPath: path)
            host = "localhost"
        }
        var head = "\(method) \(target) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n"
        if let type { head += "Content-Type: \(type)\r\n" }
        if let body { head += "Content-Length: \(body.count)\r\n" }
        try connection.send(Array((head + "\r\n").utf8) + (body ?? []), within: limit)
        let response = try connection.readResponse(within: limit)
        return Answer(status: response.status, json: try JSON(parsing: response.body))
    }
}

/// What a node answered.
struct Answer: Hashable, Sendable {
    let status: Int
    let json: JSON

    /// The last part of a problem's type.
    var code: String? {
        json["type"]?.stringValue.map { String($0.dropFirst(Problem.typePrefix.count)) }
    }
    /// A problem's text.
    var detail: String { json["detail"]?.stringValue ?? "" }

    subscript(name: String) -> JSON? { json[name] }
}
