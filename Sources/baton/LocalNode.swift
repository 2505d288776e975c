import RelayConsumer
import RelayCore
import RelaySeal
import RelayWire

/// The node a command works at: its configuration and its bus.
struct LocalNode {
    let configuration: NodeConfiguration
    /// The role file.
    let path: String
    let bus: BusClient
    /// Nothing sets it; commands give up after their attempts.
    let stop: StopSignal
    /// How often a command asks a bus that does not answer; with the pauses about three seconds.
    static let attempts = 6
    private static let defaultPath = "/etc/baton/node.json"

    init(_ arguments: Arguments) throws {
        try self.init(path: arguments.value("config") ?? Self.defaultPath)
    }

    /// The files of the node, without its bus.
    static func configuration(_ arguments: Arguments) throws -> NodeConfiguration {
        try NodeConfiguration(path: arguments.value("config") ?? defaultPath, digest: { Digest.of($0) })
    }

    init(path: String) throws {
        self.path = path
        configuration = try NodeConfiguration(path: path, digest: { Digest.of($0) })
        let world = World.real
        let transport = HTTPTransport()
        bus = BusClient(
            socket: configuration.data + "/bus.sock",
            calls: transport,
            polls: transport,
            instance: world.freshID(),
            world: world
        )
        stop = try StopSignal()
    }

    /// Asks the bus.
    func ask(_ body: LocalRequest.Body) throws -> JSON {
        try bus.ask(body, stop: stop, attempts: Self.attempts)
    }

    /// `GET /status` with `query`.
    func status(_ query: String = "") throws -> JSON {
        try bus.repeating(until: stop, attempts: Self.attempts) { () throws(BusFailure) in
            try bus.status(query)
        }
    }

    /// The job as `GET /status` shows it; `nil` when the node does not know it.
    func job(_ job: JobID) throws -> JSON? {
        try status("job=\(job)")["jobs"]?.elements.first { $0["job"]?.stringValue == job.rawValue }
    }

    /// The job that `text` names, or the only one whose id begins with it.
    func jobID(matching text: String) throws -> JobID {
        let id = try Self.jobID(text)
        guard try job(id) == nil else { return id }
        let ids = try status("limit=500")["jobs"]?.elements.compactMap { $0["job"]?.stringValue } ?? []
        let matching = ids.filter { $0.hasPrefix(text) }
        guard matching.count < 2 else {
            throw Failure(
                .no,
                "\(text) could be \(matching.sorted().prefix(5).joined(separator: ", ")); say more of it"
            )
        }
        return matching.first.flatMap(JobID.init) ?? id
    }

    /// A whole job id.
    static func jobID(_ text: String) throws -> JobID {
        guard let job = JobID(rawValue: text) else { throw UsageError("\(text) is no job id: \(JobID.rule)") }
        return job
    }
}
