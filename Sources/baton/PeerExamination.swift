import RelayClient
import RelayConsumer
import RelayCore
import RelayWire

/// Whether the other nodes of the fleet answer, are well, and have our time.
struct PeerExamination {
    private let configuration: NodeConfiguration
    private let world = World.real
    private static let patience = Duration.seconds(5)
    /// How far clocks may differ.
    private static let skew: Int64 = 5 * 60 * 1000

    init(_ configuration: NodeConfiguration) { self.configuration = configuration }

    func faults() -> [NodeFault] {
        let own = configuration.role.node
        return configuration.fleet.nodes.sorted { $0.key < $1.key }.filter { $0.key != own }
            .flatMap { faults(of: $0.key, at: $0.value.address) }
    }

    private func faults(of node: NodeName, at address: SocketAddress) -> [NodeFault] {
        let subject = "\(node) (\(address))"
        let response: ClientResponse
        do throws(ClientError) {
            response = try HTTPClient(
                to: .tcp(host: address.host, port: address.port, localAddress: configuration.ownHost)
            ).send(ClientRequest(target: "/health", timeout: Self.patience, maximumResponseBytes: 1 << 20))
        } catch {
            return [
                NodeFault(
                    "peers",
                    subject,
                    "GET /health has no answer: \(error)",
                    why: "its work and ours for it wait until it answers",
                    fix: "start batond there, or mend the network and the address in the fleet"
                )
            ]
        }
        let body = (try? JSON(parsing: response.body)) ?? .null
        return health(subject, response.status, body) + clock(subject, body)
    }

    private func health(_ subject: String, _ status: Int, _ body: JSON) -> [NodeFault] {
        guard status != 200 else { return [] }
        var failed: [String] = []
        if case .object(let checks) = body["checks"] {
            failed = checks.filter { $0.value.elements.first?["status"] == "fail" }.map { check in
                "\(check.name): \(check.value.elements.first?["output"]?.stringValue ?? "fail")"
            }
        }
        return [
            NodeFault(
                "peers",
                subject,
                "GET /health answers \(status): \(failed.isEmpty ? "no checks" : failed.joined(separator: "; "))",
                why: "it takes nothing in that state",
                fix: "run baton doctor there"
            )
        ]
    }

    private func clock(_ subject: String, _ body: JSON) -> [NodeFault] {
        guard let time = body["time"]?.stringValue.flatMap(UnixMilliseconds.init(rfc3339:)) else { return [] }
        let difference = time.value - world.now().value
        guard abs(difference) > Self.skew else { return [] }
        return [
            NodeFault(
                "clock",
                subject,
                "its clock is \(abs(difference) / 1000) s \(difference > 0 ? "ahead of" : "behind") ours",
                why: "deadlines and leases are told by the clock",
                fix: "let both machines keep their time by NTP"
            )
        ]
    }
}
