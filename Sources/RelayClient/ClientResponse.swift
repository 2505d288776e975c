/// A complete response, whatever its status.
package struct ClientResponse: Sendable {
    /// 200 to 599; interim responses are not reported.
    package let status: Int

    /// In the order received, names in lower case; trailers are left out.
    package let headers: [(name: String, value: String)]

    /// The whole body, transfer coding removed.
    package let body: [UInt8]

    /// A response as a server would give it.
    package init(status: Int, headers: [(name: String, value: String)], body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The first header of that name, in any case.
    package func header(_ name: String) -> String? {
        let name = name.lowercased()
        return headers.first { $0.name == name }?.value
    }
}
