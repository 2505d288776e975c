import RelayCore
import RelayLedger
import RelayServer
import RelayWire

extension Response {
    /// The answer as HTTP.
    init(_ answer: Answer) {
        let type = answer.status < 400 ? "application/json" : "application/problem+json"
        var headers = [(name: "Content-Type", value: type)]
        if let seconds = answer.retryAfter { headers.append((name: "Retry-After", value: String(seconds))) }
        self.init(status: answer.status, headers: headers, body: answer.body.encoded)
    }

    /// The only place where a failure of the ledger becomes a status.
    init(refusing error: LedgerError) {
        let answer: Answer
        switch error {
        case .unknownTask: answer = .refusal(404, "unknown-task", error.description)
        case .illegalTransition: answer = .refusal(409, "illegal-transition", error.description)
        case .stale: answer = .refusal(409, "stale-epoch", error.description)
        case .sql, .files, .unknownSchema, .unreadable, .damaged, .closed:
            answer =
                error.isFull
                ? .refusal(
                    507,
                    "no-room",
                    "There is no room on the disk: \(error). Make room and send it again."
                )
                : .unavailable(error.description)
        }
        self.init(answer)
    }
}

extension Answer {
    /// 503: the node cannot take it now.
    static func unavailable(_ why: String, retryAfter: Int = 5) -> Answer {
        .refusal(
            Problem(503, "unavailable", "unavailable", detail: "\(why) Send it again later."),
            retryAfter: retryAfter
        )
    }

    /// The one answer that strangers get, whatever they asked.
    static let forbidden = Answer.refusal(403, "forbidden", "This address may not do that here.")

    /// The refusal of a request that breaks framing.
    init(_ fault: RequestFault) {
        let code: String =
            switch fault {
            case .lengthMissing, .transferEncoding: "length-required"
            case .bodyTooLarge: "too-large"
            case .contentEncoding: "unsupported-coding"
            case .headTooLarge: "head-too-large"
            case .hostMissing, .hostRepeated, .hostForeign, .lengthRepeated, .lengthMalformed, .headerName,
                .headerValue, .lineEnding, .method, .targetForm, .targetCharacter, .percentEncoding,
                .percentNUL, .queryName, .unexpectedBody:
                "bad-request"
            }
        self = .refusal(fault.status, code, fault.sentence)
    }
}
