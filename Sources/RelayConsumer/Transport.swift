package import RelayClient
import Synchronization

/// How requests leave the process; a simulator passes its own.
package protocol Transport: Sendable {
    /// Sends `request` to `destination` and waits for the whole answer, of whatever status.
    func send(
        _ request: ClientRequest,
        to destination: Destination
    ) throws(ClientError) -> ClientResponse
}

/// Real HTTP, with a client for each destination.
package final class HTTPTransport: Transport {
    private let cancellation: Cancellation?
    private let clients = Mutex<[Destination: HTTPClient]>([:])

    /// Without a cancellation every request runs to its answer or its time-out.
    package init(cancellation: Cancellation? = nil) { self.cancellation = cancellation }

    package func send(
        _ request: ClientRequest,
        to destination: Destination
    ) throws(ClientError) -> ClientResponse {
        let client = clients.withLock { clients in
            if let known = clients[destination] { return known }
            let client = HTTPClient(to: destination, cancellation: cancellation)
            clients[destination] = client
            return client
        }
        return try client.send(request)
    }
}
