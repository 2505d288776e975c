import RelayCore
import RelayWire
import TestSupport

/// Requests of the test itself, as a node or as a local program.
extension Fleet {
    /// The way to `station` from the address of another node.
    func way(to station: Station, as sender: Station) -> Exchange.Way {
        .tcp(host: files.host(station), port: files.port(station), from: files.host(sender))
    }

    /// The Unix socket of `station`.
    func socket(of station: Station) -> Exchange.Way { .unix(path: "\(files.data(station))/bus.sock") }

    /// Posts `bytes` as a document to the `/task` of `station`.
    func post(_ bytes: [UInt8], to station: Station, as sender: Station) async throws -> Answer {
        try await post(bytes, way(to: station, as: sender))
    }

    /// Posts `bytes` to a `/task`.
    func post(_ bytes: [UInt8], _ way: Exchange.Way) async throws -> Answer {
        try await Exchange(
            way: way,
            method: "POST",
            target: "/task",
            type: "application/json",
            body: bytes
        ).send()
    }

    /// Uploads `bytes` to `station` for `job`.
    func upload(
        _ bytes: [UInt8],
        _ name: String,
        of job: String,
        to station: Station,
        as sender: Station
    ) async throws -> Answer {
        let origin = FleetFiles.areAddressesOwn ? "" : "&from=\(sender)"
        return try await Exchange(
            way: way(to: station, as: sender),
            method: "POST",
            target: "/upload?job=\(job)&name=\(name)" + origin,
            body: bytes
        ).send()
    }

    /// `GET /status` of `station`.
    func status(_ station: Station, _ query: String = "") async throws -> JSON {
        let target = query.isEmpty ? "/status" : "/status?" + query
        let answer = try await Exchange(way: socket(of: station), target: target).send()
        guard answer.status == 200 else { throw WaitFailure("GET \(target): \(answer)") }
        return answer.json
    }

    /// The task of `station` in the first round of `job`, as its node shows it; `nil` when it is not there.
    func task(_ station: Station, of job: String) async throws -> JSON? {
        try await status(station, "task=\(station.task(of: job))")["tasks"]?.elements.first
    }

    /// The job as main shows it.
    func job(_ job: String) async throws -> JSON? {
        try await status(.main, "job=\(job)")["jobs"]?.elements.first
    }

    /// The events of `station` after `seq`; waits for one for so many seconds.
    func events(_ station: Station, after seq: Int64, wait: Int = 0) async throws -> [NodeEvent] {
        let answer = try await Exchange(
            way: socket(of: station),
            target: "/status?since=\(seq)&wait=\(wait)",
            limit: .seconds(wait) + Self.patience
        ).send()
        guard answer.status == 200 else { throw WaitFailure("events of \(station): \(answer)") }
        return try (answer["events"]?.elements ?? []).map { try NodeEvent(json: $0, at: "event") }
    }

    /// All events of `station`.
    func history(_ station: Station) async throws -> [NodeEvent] {
        var all: [NodeEvent] = []
        while true {
            let page = try await events(station, after: all.last?.seq ?? 0)
            guard !page.isEmpty else { return all }
            all += page
        }
    }
}

/// Waiting for what the nodes say of themselves, by long polls.
extension Fleet {
    /// Waits until `look` finds something in the status of `station`.
    @discardableResult
    func wait<Found>(
        at station: Station,
        for what: String,
        _ query: String = "",
        within limit: Duration = patience,
        _ look: (JSON) -> Found?
    ) async throws -> Found {
        let end = ContinuousClock.now + limit
        while true {
            let status = try await status(station, query)
            if let found = look(status) { return found }
            guard ContinuousClock.now < end else {
                throw WaitFailure("no \(what) at \(station) within \(limit): \(status.text)\n\(account)")
            }
            _ = try await events(station, after: status["seq"]?.integerValue ?? 0, wait: 2)
        }
    }

    /// Waits until the task of `station` in `job` is in `state`, and gives it.
    @discardableResult
    func wait(_ station: Station, of job: String, is state: TaskState) async throws -> JSON {
        let task = station.task(of: job)
        return try await wait(at: station, for: "\(task) that is \(state.rawValue)", "task=\(task)") {
            status in
            status["tasks"]?.elements.first { $0["state"]?.stringValue == state.rawValue }
        }
    }

    /// Waits until the task of `station` in `job` is there, in whatever state.
    func waitUntilKnown(_ station: Station, _ job: String) async throws {
        let task = station.task(of: job)
        try await wait(at: station, for: task, "task=\(task)") { $0["tasks"]?.elements.first }
    }

    /// Waits until main says that `job` is in `state`, and gives the job.
    @discardableResult
    func wait(job: String, is state: JobState) async throws -> JSON {
        try await wait(at: .main, for: "\(job) that is \(state.rawValue)", "job=\(job)") { status in
            status["jobs"]?.elements.first { $0["state"]?.stringValue == state.rawValue }
        }
    }

    /// Looks again and again for what no event and no line of output announces, such as a file that appears.
    func eventually(_ what: String, _ look: () async throws -> Bool) async throws {
        let end = ContinuousClock.now + Self.patience
        while try await !look() {
            guard ContinuousClock.now < end else { throw WaitFailure("never: \(what)") }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// Waits until the work of `job` lies in the archive of every node, and nothing of it elsewhere.
    func waitUntilArchived(_ job: String) async throws {
        for station in Station.allCases {
            let data = files.data(station)
            try await eventually("\(job) archived at \(station)") {
                try Files.exists("\(data)/archive/\(job)/\(station.task(of: job)).json")
                    && !Files.exists("\(data)/artifacts/\(job)")
                    && !Files.names(in: "\(data)/inbox").contains { $0.hasPrefix(job + ".") }
            }
        }
    }
}
