import RelayCore
import RelayServer
import RelayWire

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The four endpoints: says on the loop what becomes of a request, and leaves the work to others.
final class Endpoints: RequestHandler {
    let node: NodeService
    /// Looked up once, as the loop asks no file and nobody else.
    private let nodesAt: [String: [NodeName]]
    private let users: LocalUsers

    init(_ node: NodeService) {
        self.node = node
        let hosts = Set(node.configuration.fleet.nodes.values.map(\.address.host))
        nodesAt = Dictionary(uniqueKeysWithValues: hosts.map { ($0, node.configuration.fleet.names(at: $0)) })
        users = LocalUsers(node.configuration.role.local)
    }

    func knows(_ peer: Peer) -> Bool {
        switch peer {
        case .tcp(let address, _): nodesAt[address] != nil
        case .local: true
        }
    }

    func begin(_ head: RequestHead, _ responder: Responder) -> Disposition {
        switch (head.path, head.method) {
        case ("/task", "POST"): return task(head, responder)
        case ("/upload", "POST"): return upload(head, responder)
        case ("/status", "GET"), ("/status", "HEAD"): return status(head, responder)
        case ("/health", "GET"), ("/health", "HEAD"): return health(head, responder)
        case ("/task", _), ("/upload", _): return notAllowed(head.method, "POST")
        case ("/status", _), ("/health", _): return notAllowed(head.method, "GET, HEAD")
        default: return notFound(head.path)
        }
    }

    func answer(for fault: RequestFault, head: RequestHead?) -> Response {
        Response(Answer(fault))
    }

    private func notFound(_ path: String) -> Disposition {
        let near = Suggestion.nearest(to: path, among: ["/task", "/upload", "/status", "/health"])
        return .respond(
            Response(
                .refusal(
                    404,
                    "not-found",
                    "There is no path \(path.prefix(64)); this node has /task, /upload, /status and /health."
                        + (near.map { " Did you mean \($0)?" } ?? "")
                )
            )
        )
    }

    private func notAllowed(_ method: String, _ allowed: String) -> Disposition {
        var response = Response(
            .refusal(
                405,
                "method-not-allowed",
                "The method \(method.prefix(32)) is not possible here; \(allowed) is."
            )
        )
        response.headers.append((name: "Allow", value: allowed))
        return .respond(response)
    }

    /// Who asks: the nodes at its address, or this machine's user behind the Unix socket.
    enum Asker {
        case nodes([NodeName])
        case local(LocalRole, pid: Int32)
        case stranger
    }

    func asker(_ head: RequestHead) -> Asker {
        switch head.peer {
        case .tcp(let address, _):
            let names = nodesAt[address, default: []]
            return names.isEmpty ? .stranger : .nodes(names)
        case .local(let pid, let uid, _):
            guard let role = users.role(of: uid) else { return .stranger }
            return .local(role, pid: pid)
        }
    }

    /// Room for a body of `bytes` that another node sends, or the refusal when too much is in hand.
    ///
    /// Programs of this machine are not held to it: they end work, and there are few.
    func room(for bytes: Int64, of asker: Asker) throws(Query.Refused) -> InHand.Share? {
        guard case .nodes = asker else { return nil }
        guard let share = node.inHand.take(bytes) else {
            throw Query.Refused(.unavailable("Too many requests are in hand here.", retryAfter: 1))
        }
        return share
    }

    /// What a node that ends or fails answers to a POST; `nil` while it serves.
    func refusalWhileEnding() -> Answer? {
        switch node.state {
        case .serving: nil
        case .stopping: .unavailable("The node is stopping.", retryAfter: 5)
        case .failed: .unavailable("The node's storage failed; it is being restarted.", retryAfter: 10)
        }
    }
}

/// Which role a user of this machine has.
///
/// The names are looked up once, at start: the user database may be a file or a server, and the loop waits for
/// neither. Without any entry the bus's own user and root are operators.
struct LocalUsers {
    private let roles: [UInt32: LocalRole]

    /// Looks up the users that the role file's `local` names; one that does not exist has no role.
    init(_ local: [String: LocalRole]) {
        guard !local.isEmpty else {
            roles = Dictionary([0, geteuid()].map { ($0, .operator) }) { first, _ in first }
            return
        }
        let known = local.compactMap { name, role in Self.identifier(of: name).map { ($0, role) } }
        // Two names of one user: the more powerful role, whatever their order.
        roles = Dictionary(known) { first, second in first == .operator ? first : second }
    }

    /// The role of the user `uid`.
    func role(of uid: UInt32) -> LocalRole? { roles[uid] }

    private static func identifier(of name: String) -> UInt32? {
        var record = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 4096)
        guard getpwnam_r(name, &record, &buffer, buffer.count, &found) == 0, found != nil else {
            return UInt32(name)
        }
        return record.pw_uid
    }
}
