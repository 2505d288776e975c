import CCurl

/// curl's list of the request's own headers, freed by hand once the transfer is over.
struct HeaderList {
    /// Larger bodies ask the server first (`Expect: 100-continue`), so that a refusal costs nothing.
    ///
    /// A refusal that is followed at once by a reset of the connection can get lost
    /// while a body is being sent. A task document never has to ask.
    static let largestUnasked: Int64 = 256 << 10

    private(set) var first: UnsafeMutablePointer<curl_slist>?

    /// The lines for `request`, which has been validated.
    init(_ request: ClientRequest) throws(ClientError) {
        var lines = request.headers.map { header in
            // A header without a value is written with a semicolon: https://curl.se/libcurl/c/CURLOPT_HTTPHEADER.html
            header.value.isEmpty ? "\(header.name);" : "\(header.name): \(header.value)"
        }
        // A name without a value takes away the header that curl would add.
        lines.append(request.body.type.map { "Content-Type: \($0)" } ?? "Content-Type:")
        lines.append(request.body.size > Self.largestUnasked ? "Expect: 100-continue" : "Expect:")
        for line in lines {
            guard let longer = curl_slist_append(first, line) else {
                free()
                throw .unusableRequest("no memory for its headers")
            }
            first = longer
        }
    }

    /// Frees the list; it must not be used again.
    mutating func free() {
        curl_slist_free_all(first)
        first = nil
    }
}
