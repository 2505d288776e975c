package import RelayClient
package import RelayWire

/// The local verbs of one node's bus, over its Unix socket.
///
/// A request whose answer was lost is sent again with the same id, so that the bus acts once.
package struct BusClient: Sendable {
    private let destination: Destination
    private let calls: any Transport
    private let polls: any Transport
    private let instance: String
    private let world: World

    /// A client of the bus at the path `socket`, for the process of the id `instance`.
    ///
    /// `calls` carries what should be answered also while the program stops; `polls` carries the long polls,
    /// which a stop may cut off.
    package init(
        socket: String,
        calls: any Transport,
        polls: any Transport,
        instance: String,
        world: World
    ) {
        self.destination = .unix(path: socket)
        self.calls = calls
        self.polls = polls
        self.instance = instance
        self.world = world
    }

    /// A request with an id of its own; sending it twice is safe.
    package func request(_ body: LocalRequest.Body) -> LocalRequest {
        LocalRequest(instance: instance, request: world.freshID(), body: body)
    }

    /// Sends `request` once.
    package func send(_ request: LocalRequest) throws(BusFailure) -> JSON {
        let poll: Int64? =
            switch request.body {
            case .claim(let claim): claim.waitSeconds
            case .deliver(let deliver): deliver.waitSeconds
            default: nil
            }
        return try exchange(
            ClientRequest(
                method: .post,
                target: "/task",
                body: .bytes(request.json.encoded, type: "application/json"),
                // An examination reads all that the node has.
                timeout: .seconds(request.verb == .examine ? 3600 : 30 + (poll ?? 0)),
                maximumResponseBytes: 4 << 20
            ),
            through: poll == nil ? calls : polls
        )
    }

    /// Asks, under one id, until the bus has answered with other than "not now", or the stop comes.
    package func ask(
        _ body: LocalRequest.Body,
        stop: StopSignal,
        attempts: Int = .max
    ) throws(BusFailure) -> JSON {
        let request = request(body)
        return try repeating(until: stop, attempts: attempts) { () throws(BusFailure) in try send(request) }
    }

    /// `GET /status` with `query`, such as `job=weekly-brief`.
    package func status(_ query: String = "", polling: Bool = false) throws(BusFailure) -> JSON {
        try exchange(
            ClientRequest(
                target: query.isEmpty ? "/status" : "/status?" + query,
                headers: [("Accept", "application/json")],
                timeout: .seconds(polling ? 90 : 30),
                maximumResponseBytes: 16 << 20
            ),
            through: polling ? polls : calls
        )
    }

    /// Runs `attempt` again while it fails for a time, with growing pauses, until the stop comes.
    ///
    /// - Throws: what the last of `attempts` threw, or `BusFailure.stopped`.
    package func repeating<Value>(
        until stop: StopSignal,
        attempts: Int = .max,
        _ attempt: () throws(BusFailure) -> Value
    ) throws(BusFailure) -> Value {
        var backoff = Backoff.bus
        var left = attempts
        while true {
            do throws(BusFailure) {
                return try attempt()
            } catch {
                left -= 1
                guard error.isTemporary, left > 0 else { throw error }
                let pause = max(backoff.take(world), error.retryAfter ?? .zero)
                if world.pause(pause, stop) { throw .stopped }
            }
        }
    }

    /// Sends one request of whatever kind and reads its JSON.
    func exchange(_ request: ClientRequest, through transport: (any Transport)? = nil) throws(BusFailure)
        -> JSON
    {
        let response: ClientResponse
        do throws(ClientError) {
            response = try (transport ?? calls).send(request, to: destination)
        } catch {
            throw .lost(error.description)
        }
        guard (200...299).contains(response.status) else { throw .refused(BusRefusal(response)) }
        do throws(WireError) {
            return try JSON(parsing: response.body)
        } catch {
            throw .lost("status \(response.status) with \(error)")
        }
    }
}

extension BusRefusal {
    /// What a response that is no success says.
    package init(_ response: ClientResponse) {
        // An answer that is no problem document still has its status.
        let json = try? JSON(parsing: response.body)
        let type = json?["type"]?.stringValue ?? ""
        let known: Set<String> = ["type", "title", "status", "detail"]
        var members: [JSON.Member] = []
        if case .object(let all) = json { members = all.filter { !known.contains($0.name) } }
        self.init(
            status: response.status,
            code: type.hasPrefix(Problem.typePrefix) ? String(type.dropFirst(Problem.typePrefix.count)) : "",
            detail: json?["detail"]?.stringValue ?? json?["title"]?.stringValue ?? "no reason given",
            members: members,
            retryAfter: response.retryAfter
        )
    }
}

extension ClientResponse {
    /// `Retry-After` in seconds, at most a day; a date is not understood and skipped.
    var retryAfter: Duration? {
        guard let text = header("retry-after"), let seconds = UInt32(text) else { return nil }
        return .seconds(min(86_400, Int(seconds)))
    }
}
