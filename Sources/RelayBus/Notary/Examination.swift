package import RelayCore
package import RelaySeal
package import RelayWire

/// What can be said of a document before the ledger is asked; made off the event loop and the committer's thread.
package struct Examination: Sendable {
    /// The document.
    let document: TaskDocument
    /// Its exact bytes.
    let bytes: [UInt8]
    /// Their digest.
    let digest: Digest
    /// The orders and links of a relay, when they can be read.
    let chain: EvidenceChain?
    /// What is wrong with the order or the control statement.
    let orderFault: SealFault?
    /// What is wrong with the links.
    let linkFault: SealFault?
    /// The statement of a control document.
    let statement: ControlStatement?

    private init(
        _ document: TaskDocument,
        _ bytes: [UInt8],
        chain: EvidenceChain? = nil,
        orderFault: SealFault? = nil,
        linkFault: SealFault? = nil,
        statement: ControlStatement? = nil
    ) {
        self.document = document
        self.bytes = bytes
        self.digest = Digest.of(bytes)
        self.chain = chain
        self.orderFault = orderFault
        self.linkFault = linkFault
        self.statement = statement
    }

    /// Reads `bytes` and checks all statements in it as of `now`.
    package init(of bytes: [UInt8], by keyring: Keyring, now: UnixMilliseconds) throws(WireError) {
        let document = try TaskDocument(parsing: bytes)
        switch document {
        case .relay(let relay): self.init(relay, document, bytes, keyring, now: now)
        case .control(let control): self.init(control, document, bytes, keyring, now: now)
        }
    }

    private init(
        _ relay: RelayDocument,
        _ document: TaskDocument,
        _ bytes: [UInt8],
        _ keyring: Keyring,
        now: UnixMilliseconds
    ) {
        do throws(SealFault) {
            // Links that cannot be read must not hide what the order says, which is checked before them.
            let bare = try EvidenceChain(orderOf: relay)
            do throws(SealFault) {
                try bare.verifyOrder(for: relay, by: keyring, now: now)
            } catch {
                self.init(document, bytes, chain: bare, orderFault: error)
                return
            }
            do throws(SealFault) {
                let chain = try EvidenceChain(of: relay)
                try chain.verifyLinks(for: relay, by: keyring, now: now)
                self.init(document, bytes, chain: chain)
            } catch {
                self.init(document, bytes, chain: bare, linkFault: error)
            }
        } catch {
            self.init(document, bytes, orderFault: error)
        }
    }

    private init(
        _ control: ControlDocument,
        _ document: TaskDocument,
        _ bytes: [UInt8],
        _ keyring: Keyring,
        now: UnixMilliseconds
    ) {
        do throws(SealFault) {
            let statement = try ControlStatement(in: control.statement)
            try keyring.verify(
                control.statement,
                by: keyring.main,
                at: statement.issued,
                now: now,
                called: "statement"
            )
            if let envelope = control.order {
                let order = try Order(in: envelope)
                try keyring.verify(envelope, by: keyring.main, at: order.issued, now: now, called: "order")
            }
            let agrees = statement.agrees(with: control)
            self.init(
                document,
                bytes,
                orderFault: agrees
                    ? nil
                    : SealFault(
                        "statement",
                        .mismatch,
                        "the outer fields say something else than the statement"
                    ),
                statement: statement
            )
        } catch {
            self.init(document, bytes, orderFault: error)
        }
    }
}
