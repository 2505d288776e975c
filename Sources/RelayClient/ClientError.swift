/// Why a request has no response.
package enum ClientError: Error, Equatable, Sendable {
    /// No connection to the destination; nothing was sent.
    case cannotConnect(String, reason: String)

    /// The time was over; `maybeSent` is false when certainly nothing was sent.
    case timedOut(String, after: Duration, maybeSent: Bool)

    /// `Cancellation.cancel` was called; the request may or may not have been acted upon.
    case cancelled

    /// The body was longer than the request allowed; the request was acted upon.
    case responseTooLarge(limit: Int)

    /// The connection broke after something was sent: the outcome is unknown.
    case interrupted(String, reason: String)

    /// What came back is not HTTP, or its headers are too large: the outcome is unknown.
    case unusableResponse(String, reason: String)

    /// The file of the body could not be read to the promised size; the other side got a part at most.
    case unreadableBody(String)

    /// The request or destination is wrong in itself; nothing was sent.
    case unusableRequest(String)

    /// False when the other side certainly has not got the whole request.
    ///
    /// When true, only a request that may be repeated should be sent again.
    package var maybeSent: Bool {
        switch self {
        case .cannotConnect, .unreadableBody, .unusableRequest: false
        case .timedOut(_, _, let maybeSent): maybeSent
        case .cancelled, .responseTooLarge, .interrupted, .unusableResponse: true
        }
    }
}

extension ClientError: CustomStringConvertible {
    /// What failed, on what, why and what to do.
    package var description: String {
        switch self {
        case .cannotConnect(let place, let reason):
            "cannot connect to \(place): \(reason); nothing was sent. Check that it runs and the address is right."
        case .timedOut(let place, let limit, true):
            "no answer from \(place) within \(limit): the outcome is unknown. Send the same request again."
        case .timedOut(let place, let limit, false):
            "no connection to \(place) within \(limit); nothing was sent. Check the network and try again."
        case .cancelled:
            "the request was cancelled on this side; the other side may have acted upon it."
        case .responseTooLarge(let limit):
            "the response is larger than \(limit) bytes and was not read. Ask for less, or allow more."
        case .interrupted(let place, let reason):
            "the connection to \(place) broke: \(reason); the outcome is unknown. Send the same request again."
        case .unusableResponse(let place, let reason):
            "the answer of \(place) cannot be used: \(reason). Check that it is the right program and version."
        case .unreadableBody(let reason):
            "the file to send cannot be read: \(reason). It must not change while it is sent."
        case .unusableRequest(let reason):
            "the request cannot be sent: \(reason). Correct it."
        }
    }
}
