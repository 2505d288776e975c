import RelayCore
import RelaySeal
import RelayWire
import Synchronization
import TestSupport

/// Main as nano knows it: sends work from outside, without a bus of its own, and keeps what was acknowledged.
final class Customer: Sendable {
    /// What was acknowledged so far.
    let seen = Watched(Acknowledged())
    private let way: Exchange.Way
    private let contracts: [String: Digest]
    private let isOver = Atomic<Bool>(false)
    private let seed: UInt64

    /// - Parameters:
    ///   - fleet: whose nano gets the work.
    ///   - seed: part of the names of all jobs.
    /// - Throws: when a shipped contract cannot be read.
    init(of fleet: Fleet, seed: UInt64) throws {
        way = fleet.way(to: .nano, as: .main)
        self.seed = seed
        var contracts: [String: Digest] = [:]
        for station in Station.allCases {
            let path = "\(repositoryRoot)/contracts/\(station).json"
            contracts[station.rawValue] = Digest.of(try Files.read(path))
        }
        self.contracts = contracts
    }

    /// The files of a job, other ones for each: a brief, and a source that is a few pages long for some.
    static func files(of job: String) -> [(name: String, bytes: [UInt8])] {
        let line = Array("\(job) wants to know.\n".utf8)
        let pages = job.utf8.reduce(0) { Int($1) &+ $0 &* 31 } & 0xFF
        let source = (0...max(0, pages)).flatMap { _ in line }
        return [("brief.md", Array("# Brief\n".utf8) + line), ("source-01.md", source)]
    }

    /// Whether it was acknowledged; `false` also when nobody answered.
    func upload(_ name: String, _ bytes: [UInt8], of job: String) async -> Bool {
        let origin = FleetFiles.areAddressesOwn ? "" : "&from=main"
        let answer = await answer(to: "/upload?job=\(job)&name=\(name)" + origin, nil, bytes)
        guard answer?.status == 201 || answer?.status == 200 else { return false }
        seen.update { $0.uploads.append(.init(job: job, name: name, bytes: bytes)) }
        return true
    }

    /// Uploads the files of a job, in the place of others of these names: which bytes are there is open until it is
    /// acknowledged.
    func uploadAnew(_ job: String) async -> Bool {
        seen.update { $0.uploads.removeAll { $0.job == job } }
        for (name, bytes) in Self.files(of: job) {
            guard await upload(name, bytes, of: job) else { return false }
        }
        return true
    }

    /// Sends the task of a job whose files were uploaded.
    func order(_ job: String) async throws -> Bool {
        let document = try document(of: job)
        let answer = await answer(to: "/task", "application/json", document)
        guard let answer, answer.status == 202 || answer.status == 200 else { return false }
        let receipt = try Receipt(json: answer.json, at: "receipt")
        seen.update { $0.tasks.append(.init(job: job, document: document, receipt: receipt)) }
        return true
    }

    /// Sends both files and the task of a job; ends at the first that is not acknowledged.
    @discardableResult
    func send(_ job: String) async throws -> Bool {
        for (name, bytes) in Self.files(of: job) {
            guard await upload(name, bytes, of: job) else { return false }
        }
        return try await order(job)
    }

    /// Sends work, from as many clients at once, until `stop` or until nothing is acknowledged any more: each some
    /// uploads, and then the tasks they are for.
    func work(clients: Int, burst: Int = 12, run: Int = 0) async throws {
        isOver.store(false, ordering: .relaxed)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for client in 0..<clients {
                group.addTask { [self] in try await work(client, burst, run) }
            }
            try await group.waitForAll()
        }
    }

    /// Ends `work`.
    func stop() { isOver.store(true, ordering: .relaxed) }

    private func work(_ client: Int, _ burst: Int, _ run: Int) async throws {
        var number = 0
        while !isOver.load(ordering: .relaxed) {
            let jobs = (number..<number + burst).map { "w\(seed)-\(run)-\(client)-\($0)" }
            number += burst
            for job in jobs {
                for (name, bytes) in Self.files(of: job) {
                    guard await upload(name, bytes, of: job) else { return }
                }
            }
            for job in jobs { guard try await order(job) else { return } }
        }
    }

    private func answer(to target: String, _ type: String?, _ body: [UInt8]) async -> Answer? {
        let exchange = Exchange(
            way: way,
            method: "POST",
            target: target,
            type: type,
            body: body,
            limit: .seconds(5)
        )
        // Whatever the reason, there is no acknowledgement.
        return try? await exchange.send()
    }

    /// The bytes of the document of a job.
    func document(of job: String) throws -> [UInt8] {
        let files = try Self.files(of: job).map { try ByHand.attachment($0.name, $0.bytes) }
        guard let id = JobID(rawValue: job), let main = NodeName(rawValue: "main"),
            let nano = NodeName(rawValue: "nano"), let stage = StageName(rawValue: "nano"),
            let contract = contracts["nano"],
            let route = Route(legs: try [Station.nano, .sg, .jp, .main].map(Self.leg))
        else { throw WaitFailure("the names of \(job)") }
        let pins = contracts.compactMap { name, digest in StageName(rawValue: name).map { ($0, digest) } }
        let order = Order(
            job: id,
            round: .first,
            stage: stage,
            route: route,
            contracts: Dictionary(uniqueKeysWithValues: pins),
            inputs: files.map { Statement.Subject($0) },
            issued: UnixMilliseconds(1_700_000_000_000),
            deadline: UnixMilliseconds(4_000_000_000_000),
            previous: nil
        )
        return RelayDocument(
            task: TaskID(job: id, stage: stage, round: .first),
            from: main,
            to: nano,
            contract: contract,
            attachments: files,
            order: order.sealed,
            evidence: []
        ).json.encoded
    }

    private static func leg(_ station: Station) throws -> Route.Leg {
        guard let stage = StageName(rawValue: station.rawValue),
            let node = NodeName(rawValue: station.rawValue)
        else { throw WaitFailure("the name \(station)") }
        return Route.Leg(stage: stage, node: node)
    }
}
