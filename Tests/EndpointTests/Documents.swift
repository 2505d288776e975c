import Foundation
import RelayCore
import RelaySeal
import RelayWire
import TestSupport

/// The text of a name that is known to be one.
func named<Name: CheckedName>(_ text: String) -> Name {
    guard let name = Name(rawValue: text) else { preconditionFailure("\(text): \(Name.rule)") }
    return name
}

/// A task document from nano to sg with all that belongs to it; a row changes one thing.
struct RelaySample {
    var job = "job-1"
    var stage = "sg"
    var round = 1
    var from = "nano"
    var to = "sg"
    var pin = RelaySample.pins["sg"]
    /// The files that the document names: bytes by name.
    var files = RelaySample.goodFiles
    var order = OrderSample()
    var link: LinkSample? = LinkSample()
    var evidence: [Envelope] = []

    /// What nano hands on.
    static let goodFiles = [
        "candidate-list.md": Array("# Candidates\n\n- one\n".utf8), "de-raw-output.txt": Array("one\n".utf8),
    ]
    /// The digests of the shipped contracts.
    static let pins: [String: Digest] = {
        var pins: [String: Digest] = [:]
        for stage in TestFleet.stages {
            guard let bytes = try? TestFleet.contract(stage) else { continue }
            pins[stage] = Digest.of(bytes)
        }
        return pins
    }()

    init(_ job: String = "job-1", _ change: (inout RelaySample) -> Void = { _ in }) {
        self.job = job
        change(&self)
    }

    /// The files as documents name them.
    static func attachments(_ files: [String: [UInt8]]) -> [Attachment] {
        files.sorted { $0.key < $1.key }.map { name, bytes in
            Attachment(name: named(name), size: Int64(bytes.count), digest: .of(bytes))
        }
    }

    /// The document.
    var document: RelayDocument {
        let ordered = order.envelope(job, round)
        let chain = link.map { [$0.envelope(job, round, ordered.digest, files)] } ?? []
        return RelayDocument(
            task: TaskID(job: named(job), stage: named(stage), round: Round(round) ?? .first),
            from: named(from),
            to: named(to),
            contract: pin ?? Digest.of([]),
            attachments: Self.attachments(files),
            order: ordered,
            evidence: evidence + chain
        )
    }

    /// Its JSON.
    var json: JSON { document.json }
    /// Its bytes.
    var bytes: [UInt8] { document.json.encoded }
    /// The request that carries it.
    var request: Request { .task(bytes) }
}

/// Main's order; what is `nil` is taken from the task.
struct OrderSample {
    var job: String?
    var round: Int?
    var stage = "nano"
    var route = [("nano", "nano"), ("sg", "sg"), ("jp", "jp"), ("main", "main")]
    var pins = RelaySample.pins
    var inputs = ["brief.md": Array("# Brief\n".utf8)]
    var lasts = Duration.seconds(86_400)
    /// Replaces the payload of the envelope.
    var payload: [UInt8]?
    /// How the order gets its envelope.
    var seal: @Sendable (Statement) -> Envelope = { $0.signed(by: "main") }

    func envelope(_ job: String, _ round: Int) -> Envelope {
        let now = Moments.now
        let legs = route.map { Route.Leg(stage: named($0.0), node: named($0.1)) }
        guard let route = Route(legs: legs) else { preconditionFailure("a sample's route is one") }
        let order = Order(
            job: named(self.job ?? job),
            round: Round(self.round ?? round) ?? .first,
            stage: named(stage),
            route: route,
            contracts: Dictionary(uniqueKeysWithValues: pins.map { (named($0.key), $0.value) }),
            inputs: RelaySample.attachments(inputs).map { .init($0) },
            issued: now,
            deadline: now.advanced(by: lasts),
            previous: nil
        )
        guard let payload else { return seal(order.statement) }
        return Envelope(payloadType: Envelope.inTotoType, payload: payload, signatures: [])
    }
}

/// Nano's link.
struct LinkSample {
    var node = "nano"
    var stage = "nano"
    var order: Digest?
    var previous: Digest?
    var contract = RelaySample.pins["nano"]
    var materials = ["brief.md": Array("# Brief\n".utf8)]
    /// What it made; `nil` for the files of the document.
    var products: [String: [UInt8]]?
    var payload: [UInt8]?
    /// Other than those of the document.
    var job: String?
    var round: Int?
    /// How the link gets its envelope; `nil` for its node's signature.
    var seal: (@Sendable (Statement) -> Envelope)?

    func envelope(_ job: String, _ round: Int, _ order: Digest, _ files: [String: [UInt8]]) -> Envelope {
        if let payload { return Envelope(payloadType: Envelope.inTotoType, payload: payload, signatures: []) }
        let task = TaskID(
            job: named(self.job ?? job),
            stage: named(stage),
            round: Round(self.round ?? round) ?? .first
        )
        let link = Link(
            task: task,
            node: named(node),
            epoch: 1,
            by: .consumer,
            processor: "builtin:\(stage)",
            order: self.order ?? order,
            previous: previous,
            contract: contract ?? Digest.of([]),
            receipt: Receipt(task: task, digest: .of([1]), seq: 1),
            claimedAt: Moments.now,
            producedAt: Moments.now,
            materials: RelaySample.attachments(materials).map { .init($0) },
            products: RelaySample.attachments(products ?? files).map { .init($0) }
        )
        return seal?(link.statement) ?? link.sealed
    }
}

/// Main's word about a job.
struct ControlSample {
    var kind = ControlDocument.Kind.cancel
    var job = "job-1"
    var n: Int64 = 1
    var round: Int?
    var stage: String?
    var from = "main"
    var to = "sg"
    var reason: String? = "a test"
    var receipt: Receipt?
    var order: Envelope?
    /// The order that the statement names; `nil` for the one that the document carries.
    var names: Digest?
    /// How the statement gets its envelope.
    var seal: @Sendable (Statement) -> Envelope = { $0.signed(by: "main") }

    init(_ kind: ControlDocument.Kind, _ job: String, _ change: (inout ControlSample) -> Void = { _ in }) {
        self.kind = kind
        self.job = job
        change(&self)
    }

    var json: JSON {
        let statement = ControlStatement(
            kind: kind,
            job: named(job),
            stage: stage.map { named($0) },
            round: round.flatMap { Round($0) },
            n: n,
            to: named(to),
            reason: reason,
            receipt: receipt,
            issued: Moments.now,
            order: names ?? order?.digest ?? .of([2])
        )
        return statement.document(from: named(from), in: seal(statement.statement), order: order).json
    }

    var request: Request { .task(json.encoded) }
}

/// One moment for all samples, so that a document has the same bytes each time.
enum Moments {
    static let now: UnixMilliseconds = {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return UnixMilliseconds(Int64(time.tv_sec) * 1000)
    }()
}
