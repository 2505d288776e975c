/// What answers the requests of a server.
package protocol RequestHandler: AnyObject, Sendable {
    /// Whether the peer is somebody who may find connections taken by no stranger.
    ///
    /// Called on the loop when a connection is accepted, so it must not block.
    func knows(_ peer: Peer) -> Bool

    /// Says what to do with a request whose well-framed head has arrived.
    ///
    /// Called on the loop, so it must not block. When the answer comes by `responder`, keep it: a responder that
    /// nobody answers holds its connection until `ServerLimits.answerDeadline`.
    func begin(_ head: RequestHead, _ responder: Responder) -> Disposition

    /// The answer for a request that breaks framing or a limit.
    ///
    /// The connection is closed after it whatever the answer says. `head` is there when it could be read. Called on
    /// the loop.
    func answer(for fault: RequestFault, head: RequestHead?) -> Response
}

extension RequestHandler {
    package func knows(_ peer: Peer) -> Bool { true }
}

/// What becomes of a request.
package enum Disposition {
    /// Answered now; a body still to come is not read and the connection is then closed.
    case respond(Response)
    /// Answered through the responder, from any thread; a body is read and thrown away.
    case later
    /// The whole body goes to the closure, on the loop; then the responder answers.
    ///
    /// A `Content-Length` above `limit` bytes is answered with `RequestFault.bodyTooLarge` before the body.
    case collect(limit: Int, @Sendable ([UInt8]) -> Void)
    /// The body goes to the sink piece by piece; the responder answers.
    case stream(any BodySink)
}

/// What takes a body piece by piece.
///
/// All calls come on the loop, so none may block. After `finish` or `abandon` no other call follows.
package protocol BodySink: AnyObject, Sendable {
    /// Takes the next piece, which is not empty.
    ///
    /// The connection reads on only after `resume` was called, from any thread; a second call is ignored.
    func take(_ piece: [UInt8], resume: @escaping @Sendable () -> Void)

    /// The whole body, exactly `Content-Length` bytes, has been taken and resumed.
    func finish()

    /// The body will not be completed: the peer went away, a deadline passed, or the responder answered early.
    func abandon()
}
