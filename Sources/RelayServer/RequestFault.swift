/// Why a request was refused before any handler saw it; one case per cause.
package enum RequestFault: Error, Equatable, Sendable {
    /// There is no `Host`.
    case hostMissing
    /// There is more than one `Host`.
    case hostRepeated
    /// The `Host` is not one of this listener's names.
    case hostForeign(String)
    /// A POST says no `Content-Length`.
    case lengthMissing
    /// There is more than one `Content-Length`, equal or not.
    case lengthRepeated
    /// The `Content-Length` is not 1 to 19 digits within 63 bits.
    case lengthMalformed(String)
    /// There is a `Transfer-Encoding`.
    case transferEncoding
    /// There is a `Content-Encoding`.
    case contentEncoding(String)
    /// A header's name is no token, for example with a blank before the colon.
    case headerName
    /// The value of the named header holds a NUL, another control character or bytes that are not UTF-8.
    case headerValue(name: String)
    /// A line of the head does not end with CR LF, is folded, has no name, or holds a NUL.
    case lineEnding
    /// The head is larger than the limit, in bytes.
    case headTooLarge(limit: Int)
    /// The method is no token.
    case method
    /// The request target is not of the form `/path?query`.
    case targetForm
    /// The request target holds a byte that is not visible ASCII, or a `#`.
    case targetCharacter
    /// A `%` in the request target is not followed by two hexadecimal digits.
    case percentEncoding
    /// The request target holds `%00`.
    case percentNUL
    /// A parameter's name is empty or not ASCII.
    case queryName
    /// The `Content-Length` is above the limit, in bytes.
    case bodyTooLarge(limit: Int)
    /// A GET or HEAD has a body.
    case unexpectedBody(method: String)

    /// The status that answers the fault.
    package var status: Int {
        switch self {
        case .lengthMissing, .transferEncoding: 411
        case .bodyTooLarge: 413
        case .contentEncoding: 415
        case .headTooLarge: 431
        case .hostMissing, .hostRepeated, .hostForeign, .lengthRepeated, .lengthMalformed, .headerName,
            .headerValue, .lineEnding, .method, .targetForm, .targetCharacter, .percentEncoding,
            .percentNUL, .queryName, .unexpectedBody:
            400
        }
    }

    /// What is wrong and what to send instead, in one line for people.
    package var sentence: String {
        switch self {
        case .hostMissing: "The request has no Host header; send exactly one."
        case .hostRepeated: "The request has several Host headers; send exactly one."
        case .hostForeign(let host): "The Host \(host) is not a name of this node."
        case .lengthMissing: "A POST needs a Content-Length."
        case .lengthRepeated: "The request has several Content-Length headers; send exactly one."
        case .lengthMalformed(let text): "The Content-Length \(text) is not a number of 1 to 19 digits."
        case .transferEncoding: "Transfer-Encoding is not taken; send a Content-Length."
        case .contentEncoding(let coding): "The Content-Encoding \(coding) is not taken; send plain bytes."
        case .headerName: "A header's name has a forbidden character."
        case .headerValue(let name): "The header \(name) has a control character or is not UTF-8."
        case .lineEnding:
            "A line of the head does not end with CR LF, is folded, has no name, or holds a NUL."
        case .headTooLarge(let limit): "The head is larger than \(limit) bytes."
        case .method: "The method is not a token."
        case .targetForm: "The request target must be a path that begins with a slash."
        case .targetCharacter: "The request target has a character that must be percent-encoded."
        case .percentEncoding: "The request target has a % without two hexadecimal digits."
        case .percentNUL: "The request target has a %00."
        case .queryName: "A parameter's name is empty or not ASCII."
        case .bodyTooLarge(let limit): "The body is larger than \(limit) bytes."
        case .unexpectedBody(let method): "A \(method) has no body here."
        }
    }
}
