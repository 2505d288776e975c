/// Why an order or a link proves nothing.
package struct SealFault: Error, Equatable, Sendable, CustomStringConvertible {
    /// The rules of design.md, section 7, that statements must obey; sent as is.
    package enum Rule: String, CaseIterable, Hashable, Sendable {
        /// The payload is not the canonical encoding of such a statement.
        case malformed
        /// The node whose statement it is has not signed it, or not by a key that counts.
        case signature
        /// It speaks of another job, round, stage or node.
        case mismatch
        /// The order's deadline has passed.
        case expired
        /// A link is missing, there is one too many, or they are not in the order of the route.
        case incomplete
        /// A link does not name the digest of the order, or of the link before it.
        case unchained
        /// Files differ from those that the order or the link before names.
        case otherFiles = "other-files"
    }

    /// What is at fault: `order`, or `link` and its stage.
    package let subject: String
    /// The rule it breaks.
    package let rule: Rule
    /// What is there and what belongs there.
    package let detail: String

    package init(_ subject: String, _ rule: Rule, _ detail: String) {
        self.subject = subject
        self.rule = rule
        self.detail = detail
    }

    package var description: String { "\(subject): \(rule.rawValue): \(detail)" }
}
