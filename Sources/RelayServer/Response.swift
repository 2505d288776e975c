/// An answer, complete with its body.
package struct Response: Sendable {
    /// The status, 200 to 599.
    package var status: Int
    /// The headers, in any case; one with an empty value is left out.
    ///
    /// `Content-Length`, `Transfer-Encoding`, `Connection` and `Date` are the server's own and left out too. A
    /// name or value that HTTP does not allow turns the whole answer into an empty 500.
    package var headers: [(name: String, value: String)]
    /// The body; not sent in answer to a HEAD, but its size is.
    package var body: [UInt8]
    /// Close the connection after this answer and say so.
    package var closes: Bool

    /// An answer of `status`, empty unless more is said.
    package init(
        status: Int,
        headers: [(name: String, value: String)] = [],
        body: [UInt8] = [],
        closes: Bool = false
    ) {
        self.status = status
        self.headers = headers
        self.body = body
        self.closes = closes
    }
}
