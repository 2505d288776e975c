/// The bytes of one request.
struct Request: Sendable {
    let bytes: [UInt8]
    /// Whether the answer has no body.
    var isHead: Bool { bytes.starts(with: "HEAD ".utf8) }

    /// Bytes as they are.
    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// A text as it is; `\r\n` must be written.
    init(raw text: String) { bytes = Array(text.utf8) }

    /// A request without a body.
    static func get(_ target: String, _ headers: [String] = [], method: String = "GET") -> Request {
        Request(raw: head(method, target, headers))
    }

    /// A POST with a body.
    static func post(_ target: String, _ body: [UInt8], _ headers: [String] = []) -> Request {
        Request(Array(head("POST", target, headers + ["Content-Length: \(body.count)"]).utf8) + body)
    }

    /// A document for `/task`.
    static func task(_ document: [UInt8], type: String = "application/json") -> Request {
        .post("/task", document, ["Content-Type: \(type)"])
    }

    /// A file for `/upload`, raw.
    static func upload(
        _ name: String,
        _ body: String,
        job: String = "job-1",
        _ headers: [String] = []
    ) -> Request {
        .upload(name, Array(body.utf8), job: job, round: 1, headers)
    }

    /// A file for `/upload`, raw.
    static func upload(_ name: String, _ body: [UInt8], job: String, round: Int, _ headers: [String] = [])
        -> Request
    {
        .post("/upload?job=\(job)&round=\(round)&name=\(escaped(Array(name.utf8)))", body, headers)
    }

    /// `bytes` with everything but letters and digits percent-encoded.
    static func escaped(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789ABCDEF")
        return bytes.map { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: String(Character(Unicode.Scalar(byte)))
            default: "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
            }
        }.joined()
    }

    private static func head(_ method: String, _ target: String, _ headers: [String]) -> String {
        "\(method) \(target) HTTP/1.1\r\nHost: relay.example\r\n" + headers.map { $0 + "\r\n" }.joined()
            + "\r\n"
    }
}
