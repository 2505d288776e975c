import Synchronization

/// A blocking HTTP/1.1 client for one destination, with a bound on everything.
///
/// It follows no redirect, asks no proxy, keeps no cookie and speaks nothing but
/// `http`. The connection is kept for the next call; several threads may call at once and
/// then have a connection each. A response of any status is a response. No
/// request is repeated behind the caller's back once a byte of its body was
/// sent. A waiting call costs nothing and `Cancellation.cancel` ends it at once.
package final class HTTPClient: Sendable {
    /// The most connections that are kept between calls.
    private static let maximumIdle = 8

    private let destination: Destination
    private let cancellation: Cancellation?
    private let idle = Mutex<[Session]>([])

    /// A client that connects when it is first used.
    package init(to destination: Destination, cancellation: Cancellation? = nil) {
        self.destination = destination
        self.cancellation = cancellation
    }

    /// Sends `request` and waits for the whole response.
    ///
    /// - Returns: the final response; an early refusal (413) while the body is being sent, too.
    /// - Throws: `ClientError`; its `maybeSent` tells whether the other side may have acted.
    package func send(_ request: ClientRequest) throws(ClientError) -> ClientResponse {
        try destination.validate()
        try request.validate()
        if let cancellation, cancellation.isCancelled { throw .cancelled }
        let session = try takeSession()
        // A session that failed is dropped, and its connection with it.
        let response = try session.send(request, cancellation)
        idle.withLock { if $0.count < Self.maximumIdle { $0.append(session) } }
        return response
    }

    /// A kept connection, or a new one.
    private func takeSession() throws(ClientError) -> Session {
        if let kept = idle.withLock({ $0.popLast() }) { return kept }
        return try Session(to: destination)
    }
}
