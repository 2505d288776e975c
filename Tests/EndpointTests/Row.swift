import RelayWire
import TestSupport
import Testing

/// One line of a table: a request, who sends it and what must be the answer.
struct Row: Sendable {
    /// What answers.
    enum Answer: Sendable, Equatable {
        /// A success without a change, or one that `changes` announces.
        case success(Int)
        /// A problem document of that status and code.
        case problem(Int, String)
        /// A refusal by the library under the server, which has a page of its own.
        case library(Int)
        /// No answer: the connection is cut off behind the request, once a `.part` shows that its body is being
        /// written if there is to be one.
        case cut(withPart: Bool)
    }

    let what: String
    let sender: Sender
    let request: Request
    let answer: Answer
    /// What the answer's body must contain.
    let says: String?
    /// Whether directories and ledger may differ afterwards.
    let changes: Bool

    init(
        _ what: String,
        _ request: Request,
        from sender: Sender = .nano,
        _ answer: Answer,
        says: String? = nil,
        changes: Bool = false
    ) {
        self.what = what
        self.sender = sender
        self.request = request
        self.answer = answer
        self.says = says
        self.changes = changes
    }
}

extension TestNode {
    /// Sends the requests of `rows` in turn; what a row refuses must leave directories and ledger as they were.
    func check(_ rows: [Row], sourceLocation: SourceLocation = #_sourceLocation) throws {
        #expect(Set(rows.map(\.what)).count == rows.count, "rows of one name", sourceLocation: sourceLocation)
        for row in rows {
            do {
                try check(row, sourceLocation)
            } catch {
                Issue.record("\(row.what): \(error)", sourceLocation: sourceLocation)
            }
        }
    }

    private func check(_ row: Row, _ location: SourceLocation) throws {
        let before = try Fingerprint(of: self)
        if case .cut(let withPart) = row.answer {
            let connection = try connect(from: row.sender)
            try connection.send(row.request.bytes)
            if withPart { try withExtendedLifetime(connection) { try awaitPart() } }
        } else {
            let answer = try ask(row.request, from: row.sender)
            for complaint in row.complaints(about: answer) {
                Issue.record("\(row.what): \(complaint)", sourceLocation: location)
            }
        }
        guard !row.changes else { return try waitForProjections() }
        let after = try settled(on: before)
        #expect(after == before, "\(row.what) left something behind", sourceLocation: location)
    }

    /// Uploads the files of `sample` for its task, or only those of `names`.
    func upload(_ sample: RelaySample, only names: [String]? = nil, from sender: Sender = .nano) throws {
        for (name, bytes) in sample.files where names?.contains(name) ?? true {
            let request = Request.upload(name, bytes, job: sample.job, round: sample.round)
            let answer = try ask(request, from: sender)
            guard answer.status == 201 || answer.status == 200 else {
                throw WaitFailure("upload: \(answer.text)")
            }
        }
    }

    /// Uploads the files of `sample`, submits it, and waits until `inbox/` shows it.
    func store(_ sample: RelaySample) throws {
        try upload(sample)
        let answer = try ask(sample.request, from: .nano)
        guard answer.status == 202 else { throw WaitFailure("\(sample.job): \(answer.text)") }
        try waitForProjections()
    }

    /// Waits until `inbox/` has what the ledger says, which comes behind the answer.
    func waitForProjections() throws {
        try wait(for: "an inbox/ that follows the ledger") { try Fingerprint.inboxFollows(self) }
    }

    /// Looks again and again, for what comes behind an answer.
    func wait(for what: String, _ isThere: () throws -> Bool) throws {
        let deadline = ContinuousClock.now + .seconds(5)
        while try !isThere() {
            guard .now < deadline else { throw WaitFailure("never: \(what)") }
            // The node itself takes its turn in between.
            _ = try ask(.get("/status"), from: .local)
        }
    }

    private func awaitPart() throws {
        try wait(for: "a .part of the body") {
            try Files.names(in: "\(data)/inbox").contains { $0.hasSuffix(".part") }
        }
    }

    /// The fingerprint, once it is `wanted` or a deadline has passed: what is thrown away goes behind the answer.
    private func settled(on wanted: Fingerprint) throws -> Fingerprint {
        let deadline = ContinuousClock.now + .seconds(5)
        while true {
            let found = try Fingerprint(of: self)
            if found == wanted || .now > deadline { return found }
            // The node itself takes its turn in between.
            _ = try ask(.get("/status"), from: .local)
        }
    }
}

extension Row {
    /// What is wrong with `response`.
    func complaints(about response: RawResponse) -> [String] {
        var complaints: [String] = []
        if let says, !response.text.utf8.contains(says) {
            complaints.append("\(says) is not in \(response.text)")
        }
        switch answer {
        case .cut: complaints.append("an answer: \(response.status)")
        case .library(let status), .success(let status):
            if response.status != status {
                complaints.append("\(response.status) \(response.text), not \(status)")
            }
        case .problem(let status, let code):
            guard response.status == status else {
                return complaints + ["\(response.status) \(response.text), not \(status) \(code)"]
            }
            complaints += problems(of: response, status, code)
        }
        return complaints
    }

    private func problems(of response: RawResponse, _ status: Int, _ code: String) -> [String] {
        var complaints: [String] = []
        if response.header("Content-Type") != "application/problem+json" {
            complaints.append("no problem document")
        }
        if [429, 503].contains(status), response.header("Retry-After") == nil {
            complaints.append("no Retry-After")
        }
        if status == 405, response.header("Allow") == nil { complaints.append("no Allow") }
        guard !request.isHead else { return complaints }
        guard let body = try? JSON(parsing: response.body) else {
            return complaints + ["no JSON: \(response.text)"]
        }
        if body["type"]?.stringValue != "https://baton.invalid/problems/\(code)" {
            complaints.append("\(body["type"]?.stringValue ?? "no type"), not \(code): \(response.text)")
        }
        if body["status"]?.integerValue != Int64(status) { complaints.append("another status in the body") }
        if body["title"]?.stringValue?.isEmpty != false { complaints.append("no title") }
        let detail = body["detail"]?.stringValue ?? ""
        if detail.utf8.count < 20 || ![".", "?"].contains(detail.last) {
            complaints.append("detail: \(detail)")
        }
        return complaints
    }
}

extension String.UTF8View {
    /// Whether the bytes of `text` are among these.
    func contains(_ text: String) -> Bool {
        let wanted = Array(text.utf8)
        return indices.contains { self[$0...].starts(with: wanted) }
    }
}
