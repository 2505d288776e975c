import RelayClient
import RelayConsumer
import RelayCore
import RelayWire
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Answers requests from a list, in order, and remembers them.
final class ScriptedTransport: Transport {
    /// A request with the bytes of its body.
    struct Seen: Sendable {
        let target: String
        let headers: [(name: String, value: String)]
        let body: [UInt8]
        let destination: Destination

        var json: JSON? { try? JSON(parsing: body) }
    }

    typealias Answer = Result<ClientResponse, ClientError>

    private let state: Mutex<(answers: [Answer], seen: [Seen])>

    init(_ answers: [Answer]) { state = Mutex((answers, [])) }

    var seen: [Seen] { state.withLock { $0.seen } }

    func send(_ request: ClientRequest, to destination: Destination) throws(ClientError) -> ClientResponse {
        let entry = Seen(
            target: request.target,
            headers: request.headers,
            body: Self.bytes(of: request.body),
            destination: destination
        )
        let answer = state.withLock { state -> Answer in
            state.seen.append(entry)
            return state.answers.isEmpty ? .failure(.cancelled) : state.answers.removeFirst()
        }
        return try answer.get()
    }

    private static func bytes(of body: RequestBody) -> [UInt8] {
        switch body {
        case .none: return []
        case .bytes(let bytes, _): return bytes
        case .file(let descriptor, let size, _):
            var bytes = [UInt8](repeating: 0, count: Int(size))
            let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
            return Array(bytes.prefix(max(0, count)))
        }
    }
}

extension ScriptedTransport.Answer {
    static func json(_ status: Int, _ json: JSON, _ headers: [(name: String, value: String)] = []) -> Self {
        .success(ClientResponse(status: status, headers: headers, body: json.encoded))
    }

    static func problem(
        _ status: Int,
        _ code: String,
        members: [JSON.Member] = [],
        _ headers: [(name: String, value: String)] = []
    ) -> Self {
        .json(status, Problem(status, code, "Title", detail: "Detail", members: members).json, headers)
    }

    static let lost = Self.failure(.interrupted("bus", reason: "reset"))
}

/// A world in which nobody waits: every pause is over at once, and chance is a counter.
func quietWorld() -> (world: World, pauses: Pauses) {
    let pauses = Pauses()
    let counter = Counter()
    let world = World(
        now: { UnixMilliseconds(1_763_632_428_000) },
        pause: { duration, stop in
            pauses.add(duration)
            return stop.isSet
        },
        entropy: { counter.next() }
    )
    return (world, pauses)
}

final class Pauses: Sendable {
    private let list = Mutex<[Duration]>([])

    var all: [Duration] { list.withLock { $0 } }

    func add(_ duration: Duration) { list.withLock { $0.append(duration) } }
}

final class Counter: Sendable {
    private let value = Mutex<UInt64>(0)

    func next() -> UInt64 {
        value.withLock { value in
            value += 1
            return value
        }
    }
}

extension BusClient {
    /// A client whose bus is a script.
    init(script: ScriptedTransport, world: World) {
        self.init(socket: "/bus.sock", calls: script, polls: script, instance: "i", world: world)
    }
}
