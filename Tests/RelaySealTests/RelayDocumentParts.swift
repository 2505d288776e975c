import RelaySeal
import RelayWire

/// Documents with evidence that no node would write.
enum RelayDocumentParts {
    static func appending(_ envelope: Envelope, to document: RelayDocument) -> RelayDocument {
        RelayDocument(
            task: document.task,
            from: document.from,
            to: document.to,
            contract: document.contract,
            attachments: document.attachments,
            order: document.order,
            evidence: document.evidence + [envelope]
        )
    }
}
