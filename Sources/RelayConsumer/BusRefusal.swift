package import RelayWire

/// A problem document with which a bus answered.
package struct BusRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// The HTTP status.
    package let status: Int
    /// The last part of the problem's type, such as `stale-epoch`; empty when the answer was no problem document.
    package let code: String
    /// What, on what, why and what to do.
    package let detail: String
    /// The members of this type of problem.
    package let members: [JSON.Member]
    /// What `Retry-After` said.
    package let retryAfter: Duration?

    package init(
        status: Int,
        code: String,
        detail: String,
        members: [JSON.Member] = [],
        retryAfter: Duration? = nil
    ) {
        self.status = status
        self.code = code
        self.detail = detail
        self.members = members
        self.retryAfter = retryAfter
    }

    package var description: String { "\(status) \(code): \(detail)" }

    /// Whether the same request may be answered otherwise later.
    package var isTemporary: Bool { status == 408 || status == 429 || (500...599).contains(status) }

    /// Whether the answer says that a claim is worth nothing any more.
    package var endsClaim: Bool {
        switch code {
        case "stale-epoch", "job-ended", "superseded": true
        default: status == 403 || status == 404
        }
    }
}

/// Why a request to the bus has no answer of the kind that was wanted.
package enum BusFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// No answer, or one that cannot be read; whether the bus acted is unknown.
    case lost(String)
    /// The bus said no.
    case refused(BusRefusal)
    /// The stop came first.
    case stopped

    package var description: String {
        switch self {
        case .lost(let text): "no answer of the bus: \(text)"
        case .refused(let refusal): refusal.description
        case .stopped: "stopped before the bus answered"
        }
    }

    /// Whether the same request is to be sent again.
    package var isTemporary: Bool {
        switch self {
        case .lost: true
        case .refused(let refusal): refusal.isTemporary
        case .stopped: false
        }
    }

    /// How long the bus asked to wait.
    package var retryAfter: Duration? {
        guard case .refused(let refusal) = self else { return nil }
        return refusal.retryAfter
    }
}
