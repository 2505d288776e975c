import RelayCore
import RelayLedger
import RelaySQL
import RelaySeal
import RelayWire
import TestSupport

/// A ledger file of one test, and a clock that stands still.
struct Scratch {
    let directory: ScratchDirectory
    let clock = ManualClock()

    init() throws { directory = try ScratchDirectory() }

    var path: String { directory.path("ledger.sqlite") }

    func open() throws -> Ledger {
        let clock = clock
        return try Ledger(path: path) { UnixMilliseconds(clock.milliseconds) }
    }

    /// A connection of its own, behind the ledger's back; only once the ledger is gone, or for reading.
    func connection(_ mode: OpenMode = .readOnly) throws -> Connection {
        try Connection(path: path, mode: mode)
    }
}

/// Names and documents that the tests share.
enum Sample {
    static func name<Name: CheckedName>(_ text: String) -> Name {
        guard let name = Name(rawValue: text) else { preconditionFailure("\(text): \(Name.rule)") }
        return name
    }

    static func round(_ number: Int) -> Round {
        guard let round = Round(number) else { preconditionFailure("no round \(number)") }
        return round
    }

    static func digest(_ text: String) -> Digest { Digest.of(Array(text.utf8)) }

    static func facts(_ file: String, _ content: String = "content") -> FileFacts {
        FileFacts(
            name: name(file),
            size: Int64(content.utf8.count),
            digest: digest(content),
            isUTF8: true,
            headings: ["One", "Two \"quoted\" \\ \u{7F}"]
        )
    }

    static func attachment(_ file: String, _ content: String = "content") -> Attachment {
        let facts = facts(file, content)
        return Attachment(name: facts.name, size: facts.size, digest: facts.digest)
    }

    static let envelope = Envelope(
        payloadType: Envelope.inTotoType,
        payload: Array("{}".utf8),
        signatures: []
    )

    static func document(_ task: String, files: [Attachment] = [attachment("brief.md")]) -> RelayDocument {
        RelayDocument(
            task: name(task),
            from: name("main"),
            to: name("nano"),
            contract: digest("contract"),
            attachments: files,
            order: envelope,
            evidence: []
        )
    }

    static func order(_ job: String, round: Int = 1, stage: String = "nano", previous: Digest? = nil) -> Order
    {
        let legs = ["nano", "sg", "jp", "main"].map { Route.Leg(stage: name($0), node: name($0)) }
        guard let route = Route(legs: legs) else { preconditionFailure("four legs are a route") }
        return Order(
            job: name(job),
            round: self.round(round),
            stage: name(stage),
            route: route,
            contracts: Dictionary(uniqueKeysWithValues: legs.map { ($0.stage, digest("contract")) }),
            inputs: [.init(attachment("brief.md"))],
            issued: UnixMilliseconds(1_760_000_000_000),
            deadline: UnixMilliseconds(1_760_000_600_000),
            previous: previous
        )
    }

    static func delivery(_ task: String, to node: String = "sg", cause: Claim? = nil) -> NewDelivery {
        let id: TaskID = name(task)
        return NewDelivery(
            to: name(node),
            kind: "relay",
            job: id.job,
            round: id.round,
            task: id,
            cause: cause,
            handsOn: cause != nil,
            document: Array("document of \(task)".utf8),
            files: [DeliveryFile(file: attachment("brief.md"), isMade: false)]
        )
    }
}

extension Ledger {
    /// Stores a task of that id and gives it back.
    @discardableResult
    func add(_ task: String) throws -> TaskRecord {
        let document = Sample.document(task)
        return try commit { (writer) throws(LedgerError) in
            let bytes = document.json.encoded
            _ = try writer.store(document, bytes: bytes, digest: Digest.of(bytes))
            return try writer.reader.task(document.task)
        } ?? { throw MissingRow(what: task) }()
    }

    /// The task as it stands now.
    func task(_ task: String) throws -> TaskRecord {
        let id: TaskID = Sample.name(task)
        guard let record = try read({ (reader) throws(LedgerError) in try reader.task(id) }) else {
            throw MissingRow(what: task)
        }
        return record
    }

    /// Applies `event` to the task as it stands now.
    @discardableResult
    func apply(_ event: TaskEvent, to task: String, reason: Reason? = nil) throws -> Int64 {
        let record = try self.task(task)
        return try commit { (writer) throws(LedgerError) in
            try writer.apply(event, to: record, by: "test", reason: reason)
        }
    }

    /// Stores a task and brings it into `state`.
    func add(_ task: String, in state: TaskState) throws {
        try add(task)
        for event in Self.way(to: state) { try apply(event, to: task) }
    }

    private static func way(to state: TaskState) -> [TaskEvent] {
        switch state {
        case .stored: []
        case .claimed: [.claimed]
        case .produced: [.claimed, .produced]
        case .handedOn: [.claimed, .produced, .handedOn]
        case .settled: [.claimed, .produced, .handedOn, .settled]
        case .blocked: [.blocked]
        case .failed: [.failed]
        case .cancelled: [.cancelled]
        }
    }

    /// All events, oldest first.
    func events() throws -> [NodeEvent] {
        try read { (reader) throws(LedgerError) in try reader.events(after: 0, limit: 1_000_000) }
    }
}

/// A row that a test put in is not there.
struct MissingRow: Error { let what: String }

extension [NodeEvent] {
    /// The numbers of the events whose number, predecessor or hash is not what the ones before make them.
    var breaks: [Int64] {
        var previous = String(repeating: "0", count: 64)
        var broken: [Int64] = []
        for (index, event) in enumerated() {
            let hash = Digest.of(event.hashed.encoded).hex
            if event.seq != Int64(index + 1) || event.previous != previous || event.hash != hash {
                broken.append(event.seq)
            }
            previous = event.hash
        }
        return broken
    }
}

/// SplitMix64: the same seed gives the same numbers on every machine.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
