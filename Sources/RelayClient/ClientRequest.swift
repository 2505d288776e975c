/// One request; everything in it is checked before a byte is sent.
package struct ClientRequest: Sendable {
    /// A request method, an upper-case token.
    package struct Method: Sendable, Hashable, ExpressibleByStringLiteral {
        /// As it is sent.
        package let rawValue: String

        /// A method of any name.
        package init(stringLiteral value: String) { rawValue = value }

        /// Reads.
        package static let get: Method = "GET"

        /// Reads the headers only.
        package static let head: Method = "HEAD"

        /// Sends a body.
        package static let post: Method = "POST"
    }

    /// What the request does.
    package var method: Method

    /// Path and query as they are sent, already encoded, beginning with `/`.
    package var target: String

    /// Headers besides `Host` and those of the body's framing, in order.
    package var headers: [(name: String, value: String)]

    /// What follows the headers; only a method other than GET and HEAD may have one.
    package var body: RequestBody

    /// The longest the whole exchange may take, connecting included.
    package var timeout: Duration

    /// The largest response body that is accepted, in bytes.
    package var maximumResponseBytes: Int

    /// A request with bounds.
    package init(
        method: Method = .get,
        target: String,
        headers: [(name: String, value: String)] = [],
        body: RequestBody = .none,
        timeout: Duration = .seconds(30),
        maximumResponseBytes: Int = 1 << 20
    ) {
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.maximumResponseBytes = maximumResponseBytes
    }
}

/// What follows a request's headers.
package enum RequestBody: Sendable {
    /// Nothing; a POST says `Content-Length: 0`.
    case none

    /// Bytes in memory, and their media type.
    case bytes([UInt8], type: String)

    /// `size` bytes of an open file from its start, and their media type.
    ///
    /// Read with `pread`, so the file's position neither matters nor moves. The
    /// descriptor stays the caller's and must stay open until the call returns.
    case file(descriptor: Int32, size: Int64, type: String)
}

extension RequestBody {
    /// In bytes.
    var size: Int64 {
        switch self {
        case .none: 0
        case .bytes(let bytes, _): Int64(bytes.count)
        case .file(_, let size, _): size
        }
    }

    /// The media type, if there is a body.
    var type: String? {
        switch self {
        case .none: nil
        case .bytes(_, let type), .file(_, _, let type): type
        }
    }
}
