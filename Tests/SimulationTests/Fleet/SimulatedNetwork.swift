import Foundation
import RelayClient
import RelayConsumer
import RelayCore

/// A request that a strand waits for.
// Only whoever has the turn looks at it; see `Strand`.
final class Call: @unchecked Sendable {
    let strand: Strand
    var result: Result<ClientResponse, ClientError>?
    /// An answer is on its way.
    var isSettled = false

    init(of strand: Strand) { self.strand = strand }
}

/// The bytes of a request, and who sent them.
struct Message: Sendable {
    private(set) var number: Int
    let method: String
    var target: String
    let headers: [(name: String, value: String)]
    let type: String?
    var body: [UInt8]
    var sender: SimulatedProcess
    let isLocal: Bool
    let receiver: SimulatedNode

    /// Whether it wants something done.
    var isPost: Bool { method == "POST" }

    /// Whether the desk asks to close a job.
    var isCloseout: Bool {
        isLocal && target == "/task" && String(decoding: body.prefix(40), as: UTF8.self).contains("closeout")
    }

    /// The same once more.
    func numbered(_ number: Int) -> Message {
        var copy = self
        copy.number = number
        return copy
    }
}

/// Carries requests and answers, late, twice, in another order, or not at all.
// Only whoever has the turn looks at it; see `Strand`.
final class SimulatedNetwork: @unchecked Sendable {
    private unowned let fleet: SimulatedFleet
    private var numbers = 0
    /// Pairs of nodes that do not reach each other, in this direction.
    var partitions: Set<[String]> = []

    init(_ fleet: SimulatedFleet) { self.fleet = fleet }

    private var timeline: Timeline { fleet.timeline }

    func send(
        _ request: ClientRequest,
        to destination: Destination,
        by process: SimulatedProcess
    ) throws(ClientError) -> ClientResponse {
        guard let strand = fleet.turns.current, !strand.isDoomed, process.isAlive else { throw .cancelled }
        let call = Call(of: strand)
        let message = try message(request, to: destination, by: process)
        carry(message, call, timeout: request.timeout)
        while call.result == nil, !strand.isDoomed { strand.wait() }
        guard let result = call.result, !strand.isDoomed else { throw .cancelled }
        return try result.get()
    }

    private func message(
        _ request: ClientRequest,
        to destination: Destination,
        by process: SimulatedProcess
    ) throws(ClientError) -> Message {
        numbers += 1
        let (type, body) = try Self.content(of: request.body)
        var isLocal = false
        let receiver: SimulatedNode?
        switch destination {
        case .unix:
            isLocal = true
            receiver = process.node
        case .tcp(let host, _, _): receiver = fleet.nodes.first { $0.host == host }
        }
        guard let receiver else { throw .cannotConnect("\(destination)", reason: "no such host") }
        return Message(
            number: numbers,
            method: request.method.rawValue,
            target: request.target,
            headers: request.headers,
            type: type,
            body: body,
            sender: process,
            isLocal: isLocal,
            receiver: receiver
        )
    }

    private static func content(of body: RequestBody) throws(ClientError) -> (String?, [UInt8]) {
        switch body {
        case .none: return (nil, [])
        case .bytes(let bytes, let type): return (type, bytes)
        case .file(let descriptor, let size, let type):
            var bytes = [UInt8](repeating: 0, count: Int(size))
            let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
            guard count == Int(size) else { throw .unreadableBody("\(count) of \(size) bytes") }
            return (type, bytes)
        }
    }

    // MARK: On the way there

    private func carry(_ message: Message, _ call: Call, timeout: Duration) {
        let limit = timeout.whole
        timeline.after(limit) { [self] in
            settle(call, .failure(.timedOut("peer", after: timeout, maybeSent: true)), in: 0)
        }
        guard !message.isLocal else {
            timeline.after(Int64(timeline.chance.number(0...2))) { message.receiver.receive(message, call) }
            return
        }
        let faults = fleet.faults
        if partitions.contains([message.sender.node.name, message.receiver.name]) || faults.happens(.drop) {
            fleet.reach.count(.drop)
            timeline.note(
                "lost on the way: \(message.number) \(message.sender.node.name) to \(message.receiver.name)"
            )
            return
        }
        if message.isPost, faults.happens(.duplicate) {
            fleet.reach.count(.duplicate)
            numbers += 1
            let again = message.numbered(numbers)
            timeline.after(delay() + Int64(timeline.chance.number(0...90_000))) {
                again.receiver.receive(again, nil)
            }
        }
        timeline.after(delay()) { message.receiver.receive(message, call) }
    }

    /// How long something is on its way.
    private func delay() -> Int64 {
        guard fleet.faults.happens(.delay) else { return Int64(timeline.chance.number(1...40)) }
        fleet.reach.count(.delay)
        return Int64(timeline.chance.number(100...20_000))
    }

    // MARK: On the way back

    func answer(_ message: Message, _ call: Call?, _ response: ClientResponse) {
        guard let call else { return }
        guard !message.isLocal else {
            guard !fleet.faults.happens(.localReplyLost) else {
                fleet.reach.count(.localReplyLost)
                return settle(call, .failure(.interrupted("bus", reason: "reset")), in: 1)
            }
            return settle(call, .success(response), in: Int64(timeline.chance.number(0...2)))
        }
        let isCut = partitions.contains([message.receiver.name, message.sender.node.name])
        if isCut || message.isPost && fleet.faults.happens(.replyLost) {
            fleet.reach.count(.replyLost)
            timeline.note("answer \(response.status) to \(message.number) lost")
            return settle(call, .failure(.interrupted("peer", reason: "reset")), in: isCut ? 30_000 : 5)
        }
        settle(call, .success(response), in: delay())
    }

    func settle(_ call: Call, _ result: Result<ClientResponse, ClientError>, in milliseconds: Int64) {
        guard !call.isSettled else { return }
        call.isSettled = true
        timeline.after(milliseconds) { [self] in
            call.result = result
            fleet.resume(call.strand)
        }
    }
}

extension Duration {
    /// In milliseconds.
    var whole: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
