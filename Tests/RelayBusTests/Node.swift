import RelayCore
import RelayDepot
import RelayLedger
import RelaySeal
import RelayWire
import Synchronization
import TestSupport

@testable import RelayBus

/// What a test says about the machine: which processes are gone, and whether the disk has room.
final class Machine: Sendable {
    private let dead = Mutex<Set<ProcessIdentity>>([])
    private let room = Atomic<Bool>(true)
    private let time = Atomic<Bool>(true)
    private let jitter = Mutex(0.0)

    func kill(_ process: ProcessIdentity) { dead.withLock { _ = $0.insert(process) } }
    func isAlive(_ process: ProcessIdentity) -> Bool { !dead.withLock { $0.contains(process) } }

    var hasRoom: Bool {
        get { room.load(ordering: .relaxed) }
        set { room.store(newValue, ordering: .relaxed) }
    }

    var isSureOfTime: Bool {
        get { time.load(ordering: .relaxed) }
        set { time.store(newValue, ordering: .relaxed) }
    }

    var random: Double {
        get { jitter.withLock { $0 } }
        set { jitter.withLock { $0 = newValue } }
    }
}

/// One node's notary with a real ledger and real directories, driven without sockets and threads.
final class Node {
    let scratch: ScratchDirectory
    let clock = ManualClock()
    let machine = Machine()
    let configuration: NodeConfiguration
    let depot: Depot
    let ledger: Ledger
    let notary: Notary
    private var requests = 0

    /// The process that asks unless a test says otherwise, and another one.
    static let consumer = ProcessIdentity(pid: 101, start: 1)
    static let another = ProcessIdentity(pid: 102, start: 2)

    init(_ name: String, parallel: Int = 1, limits: String = "{}") throws {
        scratch = try ScratchDirectory()
        try Files.write(Self.fleet.encoded, to: scratch.path("fleet.json"))
        try Files.write(Self.role(name, parallel, limits), to: scratch.path("node.json"))
        configuration = try NodeConfiguration(path: scratch.path("node.json"), digest: Digest.of)
        depot = try Depot(data: configuration.data)
        let clock = clock
        ledger = try Ledger(path: configuration.data + "/ledger.sqlite") {
            UnixMilliseconds(clock.milliseconds)
        }
        let machine = machine
        notary = Notary(
            configuration: configuration,
            depot: depot,
            key: TestKeys.key(of: name),
            isAlive: { machine.isAlive($0) },
            random: { machine.random },
            hasRoom: { machine.hasRoom },
            isSureOfTime: { machine.isSureOfTime }
        )
    }

    private static let ports = ["main": 18100, "nano": 18101, "sg": 18102, "jp": 18103]

    private static let fleet = JSON.members([
        "baton": 1,
        "nodes": .object(
            ports.sorted { $0.value < $1.value }.map { name, port in
                .init(
                    name,
                    .members([
                        "address": .string("127.0.0.1:\(port)"), "role": .string(name),
                        "keys": TestKeys.list(of: name),
                    ])
                )
            }
        ),
        "relay": .array(["main", "nano", "sg", "jp", "main"]),
    ])

    private static func role(_ name: String, _ parallel: Int, _ limits: String) -> String {
        let feeders = ["main": "jp", "nano": "main", "sg": "nano", "jp": "sg"]
        let main = #""main": ["relay", "nudge", "cancel", "close", "reorder"]"#
        let feeder = feeders[name].flatMap { $0 == "main" ? nil : #", "\#($0)": ["relay"]"# } ?? ""
        return """
            {"baton": 1, "node": "\(name)", "role": "\(name)", "listen": "127.0.0.1:\(ports[name] ?? 0)", "data": "data",
             "fleet": "fleet.json", "contracts": "\(repositoryRoot)/contracts", "accepts": {\(main)\(feeder)},
             "parallel": \(parallel), "limits": \(limits)}
            """
    }

    var now: UnixMilliseconds { UnixMilliseconds(clock.milliseconds) }

    /// Runs one change as the committer does, the sync of directories included.
    func commit<Answer: Sendable>(_ change: @escaping Ledger.Change<Answer>) throws -> Answer {
        let notary = notary
        return try ledger.commit([change]) { () throws(LedgerError) in try notary.prepareCommit() }[0].get()
    }

    func sweep() throws {
        let notary = notary
        _ = try commit { (writer) throws(LedgerError) in try notary.sweep(in: &writer) }
    }

    /// Lets the directories follow an answer.
    func follow(_ answer: Answer) throws {
        let projector = Projector(notary: notary, ledger: ledger)
        for effect in answer.effects { try projector.perform(effect) }
    }

    // MARK: What others ask

    /// A finished upload that waits for the committer.
    func arrive(_ target: UploadTarget, _ name: String, _ content: String) throws -> ArrivedFile {
        let file = try depot.receive()
        try file.take(Array(content.utf8))
        return ArrivedFile(target: target, facts: try file.finish(named: Sample.name(name)), file: file)
    }

    @discardableResult
    func upload(
        _ name: String,
        _ content: String,
        from sender: String,
        job: String = Sample.job,
        round: Int = 1
    ) throws -> Answer {
        let target = UploadTarget.attachment(
            Sample.name(job),
            Sample.round(round),
            sender: Sample.name(sender)
        )
        let arrived = try arrive(target, name, content)
        let notary = notary
        return try commit { (writer) throws(LedgerError) in
            try notary.accept(arrived, from: .node(Sample.name(sender)), in: &writer)
        }
    }

    /// Uploads an output of `claim`.
    @discardableResult
    func output(
        _ name: String,
        _ content: String,
        of claim: Claim,
        by process: ProcessIdentity? = consumer
    ) throws -> Answer {
        let arrived = try arrive(.output(claim), name, content)
        let (notary, caller) = (notary, Caller.local(LocalCaller(role: .consumer, process: process)))
        return try commit { (writer) throws(LedgerError) in
            try notary.accept(arrived, from: caller, in: &writer)
        }
    }

    @discardableResult
    func send(_ bytes: [UInt8]) throws -> Answer {
        let examination = try Examination(of: bytes, by: notary.keyring, now: now)
        let notary = notary
        return try commit { (writer) throws(LedgerError) in try notary.accept(examination, in: &writer) }
    }

    @discardableResult
    func send(_ document: RelayDocument) throws -> Answer { try send(document.json.encoded) }

    @discardableResult
    func send(_ statement: ControlStatement, from sender: String = "main") throws -> Answer {
        try send(statement.document(from: Sample.name(sender), in: statement.sealed).json.encoded)
    }

    /// A local request; each has an id of its own unless `request` says which.
    @discardableResult
    func ask(
        _ body: LocalRequest.Body,
        as role: LocalRole = .operator,
        by process: ProcessIdentity? = consumer,
        request: String? = nil,
        inventory: Inventory? = nil
    ) throws -> Answer {
        requests += 1
        let request = LocalRequest(instance: "test", request: request ?? "r-\(requests)", body: body)
        let digest = Digest.of(request.json.encoded)
        let (notary, caller) = (notary, LocalCaller(role: role, process: process))
        return try commit { (writer) throws(LedgerError) in
            try notary.answer(request, digest: digest, inventory: inventory, from: caller, in: &writer)
        }
    }

    // MARK: What became of it

    func task(_ task: String) throws -> TaskRecord {
        let id: TaskID = Sample.name(task)
        guard let record = try ledger.read({ (reader) throws(LedgerError) in try reader.task(id) }) else {
            throw Missing(what: task)
        }
        return record
    }

    func job(_ job: String = Sample.job) throws -> JobRecord {
        let id: JobID = Sample.name(job)
        guard let record = try ledger.read({ (reader) throws(LedgerError) in try reader.job(id) }) else {
            throw Missing(what: job)
        }
        return record
    }

    func delivery(_ id: Int64) throws -> DeliveryRecord {
        guard let record = try ledger.read({ (reader) throws(LedgerError) in try reader.delivery(id) }) else {
            throw Missing(what: "delivery \(id)")
        }
        return record
    }

    /// The number of the newest event.
    var seq: Int64 {
        get throws { try ledger.read { (reader) throws(LedgerError) in try reader.eventRange().newest } }
    }

    /// The text of a file below the data directory, `nil` when there is none.
    func text(_ path: String) -> String? {
        let path = configuration.data + "/" + path
        return Files.exists(path) ? try? Files.readText(path) : nil
    }

    func overwrite(_ path: String, _ text: String) throws {
        try Files.write(text, to: configuration.data + "/" + path)
    }
}

/// Something that a test put in is not there.
struct Missing: Error { let what: String }

extension Answer {
    /// The status, and the code of a refusal.
    var outcome: String {
        guard let type = body["type"]?.stringValue else { return "\(status)" }
        return "\(status) \(type.dropFirst(Problem.typePrefix.count))"
    }

    /// The texts in an array of the body.
    func list(_ name: String) -> [String] { (body[name]?.elements ?? []).compactMap(\.stringValue) }
}
