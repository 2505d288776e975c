package import RelayCore
import RelayWire

/// Checks the bundle of a closed job with nothing but its own files and the fleet's public keys.
///
/// A bundle is main's `archive/<job>/`: evidence, inputs, orders, links, contracts, `fleet.json`, the last task's
/// document, `closeout.json`, and the statement with a digest of each of them.
package struct BundleVerification: Sendable {
    /// One thing that was looked at.
    package struct Check: Hashable, Sendable {
        /// What was looked at.
        package let name: String
        /// Why it does not hold; `nil` when it does.
        package let fault: String?

        package init(name: String, fault: String?) {
            self.name = name
            self.fault = fault
        }
    }

    private let files: [String: [UInt8]]
    private let pinned: Keyring?

    /// - Parameters:
    ///   - files: the files of the bundle by their paths in it; folders of older rounds and of late results are no
    ///     part of it.
    ///   - pinned: the keys the reader trusts; `nil` for those that the bundle itself names, which prove only that
    ///     the bundle is of one piece.
    package init(files: [String: [UInt8]], pinned: Keyring?) {
        self.files = files
        self.pinned = pinned
    }

    /// The keys by which statements are checked.
    ///
    /// - Throws: when none are pinned and the bundle's `fleet.json` cannot be read.
    package func keyring() throws -> Keyring {
        if let pinned { return pinned }
        let bytes = try bytes("fleet.json")
        let own = try Keyring(parsing: bytes)
        guard own.json.encoded == bytes else { throw Fault("fleet.json is not the canonical encoding") }
        return own
    }

    /// All checks in order; later ones are left out where an earlier fault makes them meaningless.
    package var checks: [Check] {
        var checks: [Check] = []
        func note(_ name: String, _ body: () throws -> Void) -> Bool {
            do {
                try body()
                checks.append(Check(name: name, fault: nil))
                return true
            } catch {
                checks.append(Check(name: name, fault: "\(error)"))
                return false
            }
        }
        guard note("main signed the statement of the bundle", signature),
            note("the statement lists every file, and each has its digest", listing),
            note("closeout.json says what the statement says", record),
            note("the last task's document is the one that main gave a receipt for", document),
            note("orders and links are those of that document", envelopes),
            note("main signed the orders, each node its link, and the links are one chain", chain)
        else { return checks }
        _ = note("the files are those that the last stage handed on", evidence)
        _ = note("the inputs are those that were ordered", inputs)
        _ = note("the contracts are those that the order pins, and hold", contracts)
        return checks
    }

    /// Why a check fails, for people.
    private struct Fault: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }

    private func bytes(_ path: String) throws -> [UInt8] {
        guard let bytes = files[path] else { throw Fault("\(path) is missing") }
        return bytes
    }

    private func envelope(_ path: String) throws -> Envelope {
        let bytes = try bytes(path)
        let envelope = try Envelope(parsing: bytes)
        guard envelope.json.encoded == bytes else { throw Fault("\(path) is not the canonical encoding") }
        return envelope
    }

    private func signature() throws {
        let envelope = try envelope(CloseoutStatement.fileName)
        let moment = try CloseoutStatement(in: envelope).closedAt
        let keyring = try keyring()
        try keyring.verify(envelope, by: keyring.main, at: moment, now: nil, called: "closeout")
    }

    private func closeoutStatement() throws -> CloseoutStatement {
        try CloseoutStatement(in: envelope(CloseoutStatement.fileName))
    }

    private func closeoutRecord() throws -> CloseoutRecord {
        let bytes = try bytes("closeout.json")
        let record = try CloseoutRecord(parsing: bytes)
        guard record.json.encoded == bytes else { throw Fault("closeout.json is not the canonical encoding") }
        return record
    }

    private func relay() throws -> RelayDocument {
        let record = try closeoutRecord()
        guard let task = record.receipt.task,
            case .relay(let relay) = try TaskDocument(parsing: bytes("\(task).json"))
        else { throw Fault("the receipt names no task of the bundle") }
        return relay
    }

    private func listing() throws {
        let statement = try closeoutStatement()
        let listed = Dictionary(statement.files.map { ($0.name, $0.digest) }) { first, _ in first }
        guard listed.count == statement.files.count else { throw Fault("a file is listed twice") }
        for (path, digest) in listed.sorted(by: { $0.key < $1.key }) {
            let found = Digest.of(try bytes(path))
            guard found == digest else {
                throw Fault("\(path) has digest \(found), the statement says \(digest)")
            }
        }
        let unlisted = Set(files.keys).subtracting(listed.keys).subtracting([CloseoutStatement.fileName])
        guard unlisted.isEmpty else {
            throw Fault("not listed: \(unlisted.sorted().joined(separator: ", "))")
        }
    }

    private func record() throws {
        let (statement, record) = (try closeoutStatement(), try closeoutRecord())
        guard record.job == statement.job, record.closedAt == statement.closedAt else {
            throw Fault("they name different jobs or times")
        }
        guard record.answers.allSatisfy({ !$0.isEmpty }) else { throw Fault("a question has no answer") }
    }

    private func document() throws {
        let (record, relay) = (try closeoutRecord(), try relay())
        let digest = Digest.of(try bytes("\(relay.task).json"))
        guard digest == record.receipt.digest else {
            throw Fault("\(relay.task).json has digest \(digest), the receipt says \(record.receipt.digest)")
        }
        guard relay.task == record.receipt.task, relay.task.stage == .main, relay.task.job == record.job,
            relay.task.round == record.round, relay.order.digest == record.order
        else { throw Fault("job, round or order differ from closeout.json") }
    }

    private func envelopes() throws {
        let relay = try relay()
        let record = try closeoutRecord()
        let chain = try EvidenceChain(of: relay)
        for (link, digest) in zip(chain.links, chain.linkDigests) {
            guard try envelope(BundleNames.link(link.task)).digest == digest else {
                throw Fault("the link of \(link.task) is another one")
            }
        }
        let stages = zip(chain.links, chain.linkDigests).map { link, digest in
            CloseoutRecord.Stage(
                task: link.task,
                node: link.node,
                by: link.by,
                processor: link.processor,
                link: digest
            )
        }
        guard stages == record.stages else { throw Fault("closeout.json names other stages than the links") }
        for (digest, order) in chain.earlier.merging(
            [chain.orderDigest: chain.order],
            uniquingKeysWith: { $1 }
        ) {
            guard try envelope(BundleNames.order(order.round)).digest == digest else {
                throw Fault("the order of round \(order.round) is another one")
            }
        }
    }

    private func chain() throws {
        let relay = try relay()
        let chain = try EvidenceChain(of: relay)
        try chain.verifyOrder(for: relay, by: keyring(), now: nil)
        try chain.verifyLinks(for: relay, by: keyring(), now: nil)
    }

    private func evidence() throws {
        let (record, relay) = (try closeoutRecord(), try relay())
        guard record.files == relay.attachments else {
            throw Fault("closeout.json names other files than the last task")
        }
        for file in record.files {
            let bytes = try bytes(file.name.rawValue)
            guard Int64(bytes.count) == file.size, Digest.of(bytes) == file.digest else {
                throw Fault("\(file.name) is not the file that was handed on")
            }
        }
    }

    private func inputs() throws {
        let first = try Order(in: envelope(BundleNames.order(.first)))
        for input in first.inputs {
            guard Digest.of(try bytes(BundleNames.input(input.name))) == input.digest else {
                throw Fault("\(input.name) is not the file that was ordered")
            }
        }
    }

    private func contracts() throws {
        let relay = try relay()
        let order = try Order(in: relay.order)
        for (stage, pin) in order.contracts.sorted(by: { $0.key < $1.key }) {
            let bytes = try bytes(BundleNames.contract(stage))
            guard Digest.of(bytes) == pin else {
                throw Fault("the contract of \(stage) is not the one pinned")
            }
            guard stage == .main else { continue }
            let facts = try relay.attachments.map {
                try FileFacts(of: self.bytes($0.name.rawValue), named: $0.name)
            }
            if case .broken(let violations) = try Contract(parsing: bytes).takes.verdict(on: facts) {
                throw Fault(violations.map { "\($0.name): \($0.rule.rawValue)" }.joined(separator: "; "))
            }
        }
    }
}

extension FileFacts {
    /// What `bytes` hold, read in one go.
    package init(of bytes: [UInt8], named name: AttachmentName) {
        var text = UTF8Scanner()
        text.take(bytes)
        var headings = HeadingScanner()
        headings.take(bytes)
        var hidden = HiddenCharacterScanner()
        hidden.take(bytes)
        self.init(
            name: name,
            size: Int64(bytes.count),
            digest: .of(bytes),
            isUTF8: text.holds,
            headings: headings.finish(),
            hidden: hidden.finish()
        )
    }
}

/// The names of a bundle's files besides evidence, `closeout.json` and `fleet.json`.
package enum BundleNames {
    /// The order of a round.
    package static func order(_ round: Round) -> String { "order-\(round).dsse.json" }
    /// The link of a task.
    package static func link(_ task: TaskID) -> String { "link-\(task.stage)-\(task.round).dsse.json" }
    /// The contract of a stage.
    package static func contract(_ stage: StageName) -> String { "contract-\(stage).json" }
    /// A file that the job was ordered with.
    package static func input(_ name: String) -> String { "inputs/\(name)" }
}
