import RelayClient
import RelayConsumer
import RelayCore
import RelayWire

/// What a node of the fleet holds of a job, as its `/status` says; main's bus and the node itself check it again.
struct Holdings {
    private let node: LocalNode

    init(of node: LocalNode) { self.node = node }

    /// Outputs and inputs of the stage before `stage` in its newest round; none where main feeds the stage.
    func files(of job: JobID, before stage: StageName) throws -> [Attachment] {
        let rungs = try node.job(job)?["ladder"]?.elements ?? []
        let stages = rungs.compactMap { $0["stage"]?.stringValue }
        guard let position = stages.firstIndex(of: stage.rawValue) else {
            throw Failure(.no, "\(job) is not here, or has no stage \(stage)")
        }
        guard position > 0 else { return [] }
        let feeding = stages[position - 1]
        // What an older round made is superseded, also while the newest one has made nothing yet.
        let rung = rungs.filter { $0["stage"]?.stringValue == feeding }
            .max { Self.round($0) < Self.round($1) }
        guard let rung, let name = rung["node"]?.stringValue.flatMap(NodeName.init),
            let peer = node.configuration.fleet.nodes[name]
        else {
            throw Failure(.no, "the fleet has no node for the stage \(feeding) of \(job)")
        }
        let status = try status(of: peer.address, job)
        let task = status["tasks"]?.elements.first {
            $0["stage"]?.stringValue == feeding && Self.round($0) == Self.round(rung)
        }
        guard let task, task["outputs"]?.elements.isEmpty == false else {
            throw Failure(
                .no,
                "\(name) has not finished \(feeding) of \(job); wait for it, or reorder that stage"
            )
        }
        return try ["attachments", "outputs"].flatMap { key in
            try (task[key]?.elements ?? []).map { try Attachment(json: $0, at: key) }
        }
    }

    private static func round(_ json: JSON) -> Int64 { json["round"]?.integerValue ?? 0 }

    private func status(of address: SocketAddress, _ job: JobID) throws -> JSON {
        let own = node.configuration.ownHost
        let destination = Destination.tcp(host: address.host, port: address.port, localAddress: own)
        let response: ClientResponse
        do {
            response = try HTTPClient(to: destination).send(
                ClientRequest(
                    target: "/status?job=\(job)",
                    timeout: .seconds(10),
                    maximumResponseBytes: 1 << 24
                )
            )
        } catch {
            throw Failure(.unavailable, "\(address) does not say what it holds: \(error)")
        }
        guard response.status == 200 else {
            throw Failure(.unavailable, "\(address) answers \(response.status) to GET /status")
        }
        return try JSON(parsing: response.body)
    }
}
