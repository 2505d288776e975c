/// The line and headers of a request that is well framed.
package struct RequestHead: Sendable {
    /// The method as it was sent; a token, upper and lower case are different.
    package let method: String
    /// The path before `?`, visible ASCII that begins with `/`; its percent-encoding is sound but not decoded.
    package let path: String
    /// The parameters in order, percent-decoded; a `+` stays a `+`, names are ASCII, no value holds a NUL.
    package let query: [(name: String, value: [UInt8])]
    /// The headers in order, names in lower case, values without surrounding blanks.
    package let headers: [(name: String, value: String)]
    /// The body's size in bytes, or `nil` when the request did not say one and so has none.
    package let contentLength: Int64?
    /// Who sent it.
    package let peer: Peer

    /// A head put together by hand, for callers that test a handler.
    package init(
        method: String,
        path: String,
        query: [(name: String, value: [UInt8])] = [],
        headers: [(name: String, value: String)] = [],
        contentLength: Int64? = nil,
        peer: Peer
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.contentLength = contentLength
        self.peer = peer
    }

    /// A head whose target is checked and split as that of a request from the network is.
    package init(
        method: String,
        target: [UInt8],
        headers: [(name: String, value: String)],
        contentLength: Int64?,
        peer: Peer
    ) throws(RequestFault) {
        let target = try Target(target)
        self.init(
            method: method,
            path: target.path,
            query: target.query,
            headers: headers,
            contentLength: contentLength,
            peer: peer
        )
    }

    /// The first value of the header `name`, which must be in lower case.
    package func header(_ name: String) -> String? {
        headers.first { $0.name == name }?.value
    }
}
