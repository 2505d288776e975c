import RelayCore
import RelayDepot
import RelayLedger
import RelaySeal
import RelayServer
import RelayWire

/// What a bus is put together from.
extension Bus {
    /// The service over a ledger that holds what was written into it.
    static func service(
        _ configuration: NodeConfiguration,
        _ depot: Depot,
        _ execution: ExecutionGuard,
        _ now: @escaping @Sendable () -> UnixMilliseconds
    ) throws(BusError) -> NodeService {
        let ledger = try BusError.catching {
            let path = configuration.data + "/ledger.sqlite"
            let ledger = try Ledger(path: path, now: now, clock: .ofThisMachine)
            try LedgerProof(ledger: ledger, depot: depot).beforeServing()
            return ledger
        }
        let clock = ClockCheck()
        let disk = DiskGuard(depot, limits: configuration.role.limits)
        let notary = Notary(
            configuration: configuration,
            depot: depot,
            key: try key(in: depot, configuration),
            isAlive: LocalProcesses.isAlive,
            random: { Double.random(in: 0..<1) },
            hasRoom: { disk.hasRoom },
            isSureOfTime: { [steady = ledger.steady] in clock.isSure(wall: now(), steady: steady()) }
        )
        return NodeService(
            configuration: configuration,
            notary: notary,
            ledger: ledger,
            log: BusLog(depot: depot, now: now),
            clock: clock,
            disk: disk,
            instance: String(UInt64.random(in: .min ... .max), radix: 16),
            execution: execution,
            now: now
        )
    }

    /// What the server is held to, as far as the system lets it have open files.
    static func limits(
        _ configuration: NodeConfiguration,
        _ log: BusLog
    ) throws(BusError) -> ServerLimits {
        let wanted = configuration.role.limits
        let connections = try OpenFiles.connections(wanted: Int(wanted.connections))
        if connections < wanted.connections {
            log.write(
                "connections-lowered",
                .members(["wanted": JSON(wanted.connections), "served": JSON(connections)])
            )
        }
        var limits = ServerLimits(
            connections: connections,
            connectionsPerPeer: Int(wanted.connectionsPerPeer),
            connectionsOfStrangers: Int(wanted.connectionsOfStrangers),
            headDeadline: wanted.headWithin,
            requestDeadline: wanted.requestWithin,
            idleTimeout: wanted.idleWithin
        )
        limits.minimumBytesPerSecond = Int(wanted.bytesPerSecond)
        return limits
    }

    /// The address at which the node listens.
    static func address(_ configuration: NodeConfiguration) throws(BusError) -> SocketAddress {
        switch configuration.role.listen {
        case .fixed(let address): return address
        case .tailnet(let port):
            guard let fleet = configuration.fleet.nodes[configuration.role.node]?.address else {
                throw .configuration("node: \(configuration.role.node) is not in the fleet")
            }
            let host = try TailnetAddress.choose(
                from: TailnetAddress.ofThisMachine(),
                on: configuration.role.interface,
                fleet: fleet
            )
            return SocketAddress(host: host, port: port)
        }
    }

    /// The node's own key, which must be one that the others know it by.
    static func key(
        in depot: Depot,
        _ configuration: NodeConfiguration
    ) throws(BusError) -> SigningKey {
        let (node, path) = (configuration.role.node, "\(depot.data)/\(Depot.KeyFile.current.rawValue)")
        let key: SigningKey
        do {
            key = try SigningKey(pem: try depot.key())
        } catch DepotError.missing {
            throw .configuration(
                "\(path): not there; run baton init --role \(configuration.role.role) --data \(depot.data)"
            )
        } catch let error as KeyError {
            throw .configuration("\(path): \(error)")
        } catch {
            throw .configuration("\(error)")
        }
        guard configuration.fleet.nodes[node]?.keys.contains(where: { $0.key == key.publicKey }) ?? false
        else {
            throw .configuration(
                "\(path): its public key \(key.publicKey) is not one of \(node)'s in the fleet; put it there, at every node"
            )
        }
        return key
    }

    static func listeners(
        _ configuration: NodeConfiguration,
        _ address: SocketAddress
    ) throws(BusError) -> [Listener] {
        let isLoopback = TailnetRanges.isLoopback(address.host)
        let bare = address.host.utf8.contains(UInt8(ascii: ":")) ? "[\(address.host)]" : address.host
        let names =
            [bare, configuration.role.node.rawValue] + configuration.role.hosts
            + (isLoopback ? ["localhost"] : [])
        let hosts = Set(names.flatMap { [$0, "\($0):\(address.port)"] })
        return try BusError.catching {
            [
                try Listener.tcp(address: address.host, port: address.port, hosts: hosts),
                try Listener.unix(path: configuration.data + "/bus.sock", hosts: hosts.union(["localhost"])),
            ]
        }
    }
}
