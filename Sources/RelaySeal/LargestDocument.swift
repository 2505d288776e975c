package import RelayCore
import RelayWire

/// The largest task document that a chain of contracts allows, made of the real parts and counted.
///
/// Everything is as long as it may be: names of jobs and nodes, names of families, `at_most`, sizes and
/// numbers, two signatures in every envelope, the orders of all 16 rounds, and one link for each stage.
package struct LargestDocument: Hashable, Sendable {
    /// A part of the document.
    package struct Part: Hashable, Sendable {
        /// What it is, in words.
        package let what: String
        /// Its size in the document, in bytes.
        package let bytes: Int
    }

    /// The stage that gets it.
    package let stage: StageName
    /// Its size, in bytes.
    package let bytes: Int
    /// Its parts, the biggest first.
    package let parts: [Part]
    /// A chain is refused when a document could be larger, in bytes: 32 KiB below what a node takes.
    package static let limit = 229_376

    /// The largest document in the chain of `contracts`, given in the order of the work; `nil` without
    /// contracts.
    package init?(of contracts: [Contract]) {
        let documents = contracts.indices.map { Assembly(contracts, position: $0).document }
        guard let largest = documents.max(by: { $0.bytes < $1.bytes }) else { return nil }
        self = largest
    }

    fileprivate init(stage: StageName, bytes: Int, parts: [Part]) {
        self.stage = stage
        self.bytes = bytes
        self.parts = parts.sorted { $0.bytes > $1.bytes }
    }

    /// Why the chain is refused, said of `file`, the contract of `stage`; `nil` when every document fits.
    package func fault(in file: String) -> ConfigurationFault? {
        guard bytes > Self.limit else { return nil }
        let biggest = parts.prefix(3).map { "\($0.what): \($0.bytes)" }.joined(separator: "; ")
        return ConfigurationFault(
            file: file,
            key: "takes",
            value: "a task document of up to \(bytes) bytes (\(biggest))",
            rule: "the largest document of the chain has at most \(Self.limit) bytes",
            fix: "lower at_most, shorten the names of families, or hand on fewer files"
        )
    }
}

/// The document for the stage at one position, made as large as the contracts allow.
private struct Assembly {
    let contracts: [Contract]
    let position: Int
    private let route: [Route.Leg]
    private static let digest = Digest(bytes: [UInt8](repeating: 0xAA, count: 32))
    private static let moment = UnixMilliseconds(0)
    /// A processor's label has at most 256 bytes, of which a quotation mark takes two.
    private static let processor = String(repeating: "\"", count: 256)

    init(_ contracts: [Contract], position: Int) {
        self.contracts = contracts
        self.position = position
        route = contracts.map { Route.Leg(stage: $0.stage, node: Self.longest(31)) }
    }

    /// The longest name of a kind; all kinds take a row of `a`.
    private static func longest<Name: CheckedName>(_ count: Int) -> Name {
        guard let name = Name(rawValue: String(repeating: "a", count: count)) else {
            preconditionFailure("\(count) letters are a name: \(Name.rule)")
        }
        return name
    }

    private static var anyDigest: Digest {
        guard let digest else { preconditionFailure("32 bytes are a digest") }
        return digest
    }

    private static var lastRound: Round {
        guard let round = Round(Round.limit) else { preconditionFailure("the limit is a round") }
        return round
    }

    var document: LargestDocument {
        let files = given(to: position)
        let orders = (0...position).map { Self.sealed(order(at: $0).statement) }
        // An order of a later first stage never led to this one's task, but every earlier one may have.
        let largest = orders.max { $0.json.encoded.count < $1.json.encoded.count } ?? orders[0]
        let links = (0..<position).map { (contracts[$0].stage, Self.sealed(link(of: $0).statement)) }
        let relay = RelayDocument(
            task: task(contracts[position].stage),
            from: Self.longest(31),
            to: Self.longest(31),
            contract: Self.anyDigest,
            attachments: files,
            order: largest,
            evidence: Array(repeating: largest, count: Round.limit - 1) + links.map(\.1),
            traceparent: String(repeating: "a", count: 128)
        )
        let orderBytes = largest.json.encoded.count
        var parts = [
            LargestDocument.Part(
                what: "\(Round.limit) orders of \(orderBytes) bytes for up to \(inputCount) inputs",
                bytes: Round.limit * (orderBytes + 1)
            ),
            LargestDocument.Part(
                what: "\(files.count) attachments",
                bytes: files.reduce(0) { $0 + $1.json.encoded.count + 1 }
            ),
        ]
        parts += links.map { stage, envelope in
            LargestDocument.Part(what: "the link of \(stage)", bytes: envelope.json.encoded.count + 1)
        }
        return LargestDocument(
            stage: contracts[position].stage,
            bytes: relay.json.encoded.count,
            parts: parts
        )
    }

    private var inputCount: Int { (0...position).map { given(to: $0).count }.max() ?? 0 }

    /// The most and longest files that the stage at `position` can be given.
    private func given(to position: Int) -> [Attachment] {
        guard position > 0 else { return Self.files(contracts[0].takes) }
        let giver = contracts[position - 1]
        let passed = giver.passes.map { name in
            let most = giver.takes.first { $0.allows(name) }?.bytes.upperBound
            return Attachment(name: name, size: most ?? 0, digest: Self.anyDigest)
        }
        return passed + Self.files(giver.makes)
    }

    private static func files(_ entries: [ContractEntry]) -> [Attachment] {
        entries.flatMap { entry -> [Attachment] in
            let name: AttachmentName =
                switch entry.names {
                case .exactly(let name): name
                case .family(let pattern, _): longest(pattern.longestMatch)
                }
            let file = Attachment(name: name, size: entry.bytes.upperBound, digest: anyDigest)
            return Array(repeating: file, count: entry.mostFiles)
        }
    }

    private func task(_ stage: StageName) -> TaskID {
        TaskID(job: Self.longest(63), stage: stage, round: Self.lastRound)
    }

    private func order(at position: Int) -> Order {
        guard let route = Route(legs: route) else { preconditionFailure("contracts of a relay make a route") }
        return Order(
            job: Self.longest(63),
            round: Self.lastRound,
            stage: contracts[position].stage,
            route: route,
            contracts: Dictionary(contracts.map { ($0.stage, Self.anyDigest) }) { first, _ in first },
            inputs: given(to: position).map { .init($0) },
            issued: Self.moment,
            deadline: Self.moment,
            previous: Self.anyDigest
        )
    }

    private func link(of position: Int) -> Link {
        let stage = contracts[position].stage
        return Link(
            task: task(stage),
            node: Self.longest(31),
            epoch: .max,
            by: .consumer,
            processor: Self.processor,
            order: Self.anyDigest,
            previous: Self.anyDigest,
            contract: Self.anyDigest,
            receipt: Receipt(task: task(stage), digest: Self.anyDigest, seq: .max),
            claimedAt: Self.moment,
            producedAt: Self.moment,
            materials: given(to: position).map { .init($0) },
            products: Self.files(contracts[position].makes).map { .init($0) }
        )
    }

    /// In an envelope with as many signatures as there may be.
    private static func sealed(_ statement: Statement) -> Envelope {
        let signature = Envelope.Signature(keyID: anyDigest, bytes: [UInt8](repeating: 0, count: 64))
        return Envelope(
            payloadType: Envelope.inTotoType,
            payload: statement.json.encoded,
            signatures: [signature, signature]
        )
    }
}
