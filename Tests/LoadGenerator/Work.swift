/// One request and what its answer must be.
struct Exchange {
    /// The whole request.
    let request: [UInt8]
    /// The status that is right.
    let status: Int
    /// How the body must begin.
    let answer: [UInt8]
    /// Whether its time and its success count; an upload's do not.
    let counts: Bool
    /// What the same client sends next.
    let next: (@Sendable () -> Exchange)?
}

/// What the clients of a run are to send.
protocol Work {
    /// The next thing to send, `nil` when there is no more.
    mutating func next() -> Exchange?
}

/// Tasks, each for a job that no other has; with an upload before each if that is wanted.
struct TaskWork: Work {
    private let documents: DocumentSource
    private var number: Int
    private var left: Int
    private let withUploads: Bool

    init(_ documents: DocumentSource, from first: Int, atMost most: Int, withUploads: Bool) {
        self.documents = documents
        number = first
        left = most
        self.withUploads = withUploads
    }

    mutating func next() -> Exchange? {
        guard left > 0 else { return nil }
        left -= 1
        number += 1
        let task = { @Sendable [documents, number] in
            let (request, answer) = documents.task(number)
            return Exchange(request: request, status: 202, answer: answer, counts: true, next: nil)
        }
        guard withUploads else { return task() }
        let (request, answer) = documents.upload(number)
        return Exchange(request: request, status: 201, answer: answer, counts: false, next: task)
    }
}

/// The same GET again and again.
struct GetWork: Work {
    private let exchange: Exchange

    init(path: String, host: String) {
        exchange = Exchange(
            request: Array("GET \(path) HTTP/1.1\r\nHost: \(host)\r\n\r\n".utf8),
            status: 200,
            answer: [],
            counts: true,
            next: nil
        )
    }

    func next() -> Exchange? { exchange }
}
