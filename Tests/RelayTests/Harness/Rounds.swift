import RelayCore
import RelaySeal
import RelayWire
import TestSupport
import Testing

/// A job that is ordered again, on a fleet whose processors write their task into all that they make.
struct Rounds {
    let fleet: Fleet
    let job: String
    static let stages: [Station] = [.nano, .sg, .jp]

    /// The files that a stage makes.
    static func made(by station: Station) -> [String] { ByHand.products(of: station).map(\.name) }

    /// The directory of the job in the archive of `station`.
    func archive(_ station: Station) -> String { "\(fleet.files.data(station))/archive/\(job)" }

    /// Runs `baton reorder`.
    func reorder(_ stage: String) async throws -> FinishedProcess {
        try await fleet.baton(.main, "reorder", job, stage, "--reason", "once more")
    }

    /// Runs `baton reorder` and expects that it opens `round`.
    func reorder(_ stage: Station, opens round: Int) async throws {
        let command = try await reorder(stage.rawValue)
        guard command.status == .exited(0) else {
            throw WaitFailure("baton reorder \(job) \(stage): \(command.status), \(command.errors)")
        }
        #expect(command.output == ["\(job) runs again from \(stage), round \(round)."])
    }

    /// The task of `station` in `round`, as its node shows it.
    func task(_ station: Station, _ round: Int) async throws -> JSON? {
        let task = station.task(of: job, round)
        return try await fleet.status(station, "task=\(task)")["tasks"]?.elements.first
    }

    /// Waits until the task of `station` in `round` is in `state`.
    @discardableResult
    func wait(_ station: Station, _ round: Int, is state: TaskState) async throws -> JSON {
        let task = station.task(of: job, round)
        return try await fleet.wait(at: station, for: "\(task) that is \(state)", "task=\(task)") { status in
            status["tasks"]?.elements.first { $0["state"]?.stringValue == state.rawValue }
        }
    }

    /// Waits until the job is closed, and every node has put its part of it away.
    func waitUntilClosed() async throws {
        try await fleet.wait(job: job, is: .closed)
        for station in Station.allCases {
            let data = fleet.files.data(station)
            try await fleet.eventually("\(job) put away at \(station)") {
                try !Files.exists("\(data)/artifacts/\(job)")
                    && !Files.names(in: "\(data)/inbox").contains { $0.hasPrefix(job + ".") }
            }
        }
        try await fleet.eventually("the bundle of \(job)") {
            Files.exists("\(archive(.main))/\(CloseoutStatement.fileName)")
        }
    }

    /// Expects that the task was superseded, and that its node kept all of it apart.
    func checkSuperseded(_ station: Station, _ round: Int, _ location: SourceLocation = #_sourceLocation)
        async throws
    {
        let task = try #require(try await task(station, round), sourceLocation: location)
        #expect(task["state"] == "cancelled", "\(task.text)", sourceLocation: location)
        #expect(task["reason"]?["code"] == "superseded", "\(task.text)", sourceLocation: location)
        let path = "\(archive(station))/round-\(round)/\(station.task(of: job, round)).json"
        #expect(Files.exists(path), "\(path)", sourceLocation: location)
    }

    /// Expects that the bundle at main is whole, made of the given round of each stage, and of nothing else.
    func checkBundle(_ rounds: [Station: Int], _ location: SourceLocation = #_sourceLocation) async throws {
        let newest = rounds.values.max() ?? 1
        let main = archive(.main)
        let verified = try await fleet.verify(main)
        #expect(verified.status == .exited(0), "\(verified.output)", sourceLocation: location)
        let orders = try (1...newest).map {
            try Envelope(parsing: Files.read("\(main)/order-\($0).dsse.json"))
        }
        let links = rounds.map { "link-\($0)-\($1).dsse.json" }.sorted()
        let found = try Files.names(in: main).filter { $0.hasPrefix("link-") }
        #expect(found == links, sourceLocation: location)
        var previous: Digest?
        for station in Self.stages {
            let round = rounds[station] ?? 1
            let envelope = try Envelope(parsing: Files.read("\(main)/link-\(station)-\(round).dsse.json"))
            let link = try Link(in: envelope)
            #expect(link.task.rawValue == station.task(of: job, round), sourceLocation: location)
            #expect(link.order == orders[round - 1].digest, "\(link.task)", sourceLocation: location)
            #expect(link.previous == previous, "\(link.task)", sourceLocation: location)
            previous = envelope.digest
        }
        let read = try orders.map { try Order(in: $0) }
        #expect(read.map(\.round.number) == Array(1...newest), sourceLocation: location)
        #expect(read.map(\.previous) == [nil] + orders.dropLast().map(\.digest), sourceLocation: location)
        let closeout = try JSON(parsing: Files.read("\(main)/closeout.json"))
        #expect(closeout["state"] == "closed", sourceLocation: location)
        #expect(closeout["round"]?.integerValue == Int64(newest), sourceLocation: location)
        for station in Station.allCases {
            try checkFiles(in: archive(station), rounds, location)
        }
    }

    /// Expects that each file of a stage in `directory` was made in the round that is given for it.
    func checkFiles(
        in directory: String,
        _ rounds: [Station: Int],
        _ location: SourceLocation = #_sourceLocation
    ) throws {
        let names = Set(try Files.names(in: directory))
        for station in Self.stages {
            let task = station.task(of: job, rounds[station] ?? 1)
            for name in Self.made(by: station) where names.contains(name) {
                let text = try Files.readText("\(directory)/\(name)")
                #expect(text.contains(task + "."), "\(directory)/\(name): \(text)", sourceLocation: location)
            }
        }
    }

    /// Expects that `baton job` shows each of `steps` with its state.
    func checkLadder(
        _ steps: [(Station, round: Int, state: String)],
        _ location: SourceLocation = #_sourceLocation
    ) async throws {
        let ladder = try await fleet.baton(.main, "job", job)
        let rows = ladder.output.map { $0.split(separator: " ").prefix(4).joined(separator: " ") }
        for (station, round, state) in steps {
            let row = "\(station) \(station) \(round) \(state)"
            #expect(rows.contains(row), "no \(row) in \(ladder.output)", sourceLocation: location)
        }
    }
}

extension Station {
    /// Its task in `round` of `job`.
    func task(of job: String, _ round: Int) -> String { "\(job).\(rawValue).\(round)" }
}

extension Fleet {
    /// Runs `baton verify`, which needs no node.
    func verify(_ path: String) async throws -> FinishedProcess {
        try await SpawnedProcess(try builtProduct("baton"), ["verify", path]).finish(within: .seconds(30))
    }

    /// Waits until `station` has taken a control document of that kind.
    func waitForWord(_ kind: String, at station: Station) async throws {
        try await eventually("a \(kind) at \(station)") {
            try await history(station).contains { $0.kind == kind && $0.task == nil }
        }
    }
}
