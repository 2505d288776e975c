extension ClientRequest {
    /// Refuses a request that would be sent as something else than it says.
    func validate() throws(ClientError) {
        guard Self.isToken(method.rawValue) else {
            throw .unusableRequest("the method \(method.rawValue) is not a token")
        }
        guard target.utf8.first == UInt8(ascii: "/"), target.utf8.allSatisfy(Self.isTargetByte) else {
            throw .unusableRequest("the target must begin with / and be encoded: \(target)")
        }
        guard timeout > .zero, maximumResponseBytes >= 0 else {
            throw .unusableRequest("the timeout or the largest response is not positive")
        }
        try validateHeaders()
        try validateBody()
    }

    private func validateHeaders() throws(ClientError) {
        // The client frames the message; a second opinion in it is request smuggling.
        var reserved = ["content-length", "transfer-encoding", "expect", "host"]
        if body.type != nil { reserved.append("content-type") }
        for (name, value) in headers {
            guard Self.isToken(name), Self.isFieldValue(value) else {
                throw .unusableRequest("the header \(name) has a character that is not allowed")
            }
            guard !reserved.contains(name.lowercased()) else {
                throw .unusableRequest("the header \(name) is the client's to send")
            }
        }
    }

    private func validateBody() throws(ClientError) {
        guard let type = body.type else { return }
        guard method != .get, method != .head else {
            throw .unusableRequest("a \(method.rawValue) has no body")
        }
        guard !type.isEmpty, Self.isFieldValue(type) else {
            throw .unusableRequest("the media type \(type) is not a header value")
        }
        if case .file(let descriptor, let size, _) = body, descriptor < 0 || size < 0 {
            throw .unusableRequest("the file of the body has no descriptor or a negative size")
        }
    }

    /// A token of <https://www.rfc-editor.org/rfc/rfc9110#name-tokens>.
    private static func isToken(_ text: String) -> Bool {
        let marks = "!#$%&'*+-.^_`|~".utf8
        return !text.isEmpty && text.utf8.allSatisfy { $0.isLetterOrDigit || marks.contains($0) }
    }

    /// No control character but the tab; no space at either end.
    private static func isFieldValue(_ text: String) -> Bool {
        let blank = [UInt8(ascii: " "), UInt8(ascii: "\t")]
        if let first = text.utf8.first, let last = text.utf8.last,
            blank.contains(first) || blank.contains(last)
        {
            return false
        }
        return text.utf8.allSatisfy { $0 == UInt8(ascii: "\t") || ($0 >= 0x20 && $0 != 0x7F) }
    }

    private static func isTargetByte(_ byte: UInt8) -> Bool {
        (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "#")
    }
}
