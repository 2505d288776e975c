import RelayCore
import RelayLedger
import RelayServer
import RelayWire

extension Endpoints {
    func status(_ head: RequestHead, _ responder: Responder) -> Disposition {
        let asker = asker(head)
        if let refusal = refusalToRead(asker, head.peer) { return .respond(Response(refusal)) }
        do throws(Query.Refused) {
            let query = try Query(
                head,
                known: ["task", "job", "state", "limit", "after", "since", "wait", "format"]
            )
            if let format = query["format"], format != "json" {
                throw Query.Refused("The parameter format is json here.")
            }
            try query.refuseMixture()
            if let since = try query.integer("since", 0...Int64.max) {
                let wait = try query.integer("wait", 0...60) ?? 0
                let exchange = EventsExchange(node, responder, since: since, wait: .seconds(wait))
                confirming(asker, head.peer, responder) { exchange.look() }
                return .later
            }
            let filter = try StatusFilter(query)
            let report = StatusReport(node: node, filter: filter)
            confirming(asker, head.peer, responder) { [node] in
                do throws(LedgerError) {
                    let json = try node.ledger.read { (reader) throws(LedgerError) in try report.json(&reader)
                    }
                    responder.respond(Response(Answer(200, json)))
                } catch {
                    node.noteFailure(error)
                    responder.respond(Response(refusing: error))
                }
            }
            return .later
        } catch {
            return .respond(Response(error.answer))
        }
    }

    /// Runs `body` on the pool once the caller is confirmed.
    private func confirming(
        _ asker: Asker,
        _ peer: Peer,
        _ responder: Responder,
        _ body: @escaping @Sendable () -> Void
    ) {
        node.lookers.run { [self] in
            guard case .nodes(let names) = asker, case .refused(let answer) = confirm(names, peer) else {
                return body()
            }
            responder.respond(Response(answer))
        }
    }

    /// Why the peer may not read the node's account.
    ///
    /// `nil` when it may; this machine's own users always may.
    private func refusalToRead(_ asker: Asker, _ peer: Peer) -> Answer? {
        let readers = node.configuration.role.readers
        switch asker {
        case .local: return nil
        case .stranger:
            guard case .tcp = peer, readers.allow([]) else { return .forbidden }
            return nil
        case .nodes(let names):
            guard !readers.allow(names) else { return nil }
            let caller = names.map(\.rawValue).joined(separator: ", ")
            return .refusal(
                403,
                "not-accepted",
                "This node's role file does not let \(caller) read it: readers lacks \"\(names[0])\" or \"fleet\"."
            )
        }
    }

    func health(_ head: RequestHead, _ responder: Responder) -> Disposition {
        guard head.query.isEmpty else {
            return .respond(Response(.refusal(400, "bad-parameter", "GET /health has no parameters.")))
        }
        // What was looked at before the node failed or began to stop says nothing any more.
        if node.state == .serving, let fresh = node.health.fresh(at: node.steady()) { return .respond(fresh) }
        node.lookers.run { [node] in responder.respond(node.health.look(at: node)) }
        return .later
    }
}

extension Query {
    /// Refuses what only the account or only the events have: nobody is to take one for the other.
    fileprivate func refuseMixture() throws(Refused) {
        if self["since"] == nil, self["wait"] != nil {
            throw Refused("The parameter wait belongs to since: it says how long to wait for an event.")
        }
        let filters = ["task", "job", "state", "limit", "after"]
        if self["since"] != nil, let filter = filters.first(where: { self[$0] != nil }) {
            throw Refused(
                "The parameter \(filter) does not go with since: events come as they happened, all of them."
            )
        }
    }
}

/// What a status request asks for.
struct StatusFilter: Sendable {
    let task: TaskID?
    let job: JobID?
    let state: String?
    let limit: Int
    /// The number of the oldest entry of the page before.
    let before: Int64

    init(_ query: Query) throws(Query.Refused) {
        task = try query.name("task")
        job = try query.name("job")
        state = query["state"]
        if let state, TaskState(rawValue: state) == nil, JobState(rawValue: state) == nil {
            let known = Set(TaskState.allCases.map(\.rawValue) + JobState.allCases.map(\.rawValue))
            let near = Suggestion.nearest(to: state, among: known.sorted())
            throw Query.Refused(
                "The parameter state is one of \(known.sorted().joined(separator: ", "))."
                    + (near.map { " Did you mean \($0)?" } ?? "")
            )
        }
        limit = Int(try query.integer("limit", 1...500) ?? 50)
        before = try query.integer("after", 1...Int64.max) ?? Int64.max
    }
}

/// One long poll of the node's events.
final class EventsExchange: Sendable {
    private let node: NodeService
    private let responder: Responder
    private let since: Int64
    private let deadline: UnixMilliseconds
    private let sleeper: Sleeper
    private static let limit = 500

    init(_ node: NodeService, _ responder: Responder, since: Int64, wait: Duration) {
        self.node = node
        self.responder = responder
        self.since = since
        deadline = node.steady().advanced(by: wait)
        sleeper = Sleeper(node, among: node.events)
    }

    /// Answers with the events behind `since`, or waits for one; on the pool.
    func look() {
        let generation = node.events.generation
        do throws(LedgerError) {
            let since = since
            let (range, events) = try node.ledger.read { (reader) throws(LedgerError) in
                (try reader.eventRange(), try reader.events(after: since, limit: Self.limit))
            }
            guard since <= range.newest, since + 1 >= range.oldest else { return gone(range) }
            if events.isEmpty, waits(generation) { return }
            let last = events.last?.seq ?? since
            let body = JSON.members(["events": .array(events.map(\.json)), "seq": JSON(last)])
            responder.respond(Response(Answer(200, body)))
        } catch {
            node.noteFailure(error)
            responder.respond(Response(refusing: error))
        }
    }

    private func gone(_ range: (oldest: Int64, newest: Int64)) {
        responder.respond(
            Response(
                .refusal(
                    410,
                    "events-gone",
                    "The events are numbered \(range.oldest) to \(range.newest); \(since) is not among them.",
                    [.init("oldest", JSON(range.oldest)), .init("seq", JSON(range.newest))]
                )
            )
        )
    }

    private func waits(_ generation: Int) -> Bool {
        let now = node.steady()
        guard now < deadline, node.state == .serving, !responder.isGone else { return false }
        let again: @Sendable () -> Void = { [self] in node.lookers.run { [self] in look() } }
        sleeper.sleep(
            since: generation,
            atMost: .milliseconds(max(1, deadline.value - now.value)),
            then: again
        )
        return true
    }
}
