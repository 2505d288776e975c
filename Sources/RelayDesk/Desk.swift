import RelayClient
import RelayConsumer
import RelayCore
package import RelayWire

/// Main's hands: closes jobs, carries deliveries, follows the other nodes.
package enum Desk {
    /// Runs until a signal stops it.
    package static func run(_ configuration: NodeConfiguration) throws -> Never {
        let host = try LaneHost(configuration)
        let desk: (name: String, lane: any Lane) = (
            "desk", DeskLane(bus: host.bus, world: host.world, log: host.log)
        )
        let (own, localAddress) = (configuration.role.node, configuration.ownHost)
        let nodes = configuration.fleet.nodes.sorted { $0.key < $1.key }
        let watches = nodes.map { name, node -> (name: String, lane: any Lane) in
            let address = node.address
            let lane = WatchLane(
                node: name,
                isOwn: name == own,
                at: name == own
                    ? .unix(path: configuration.data + "/bus.sock")
                    : .tcp(host: address.host, port: address.port, localAddress: localAddress),
                bus: host.bus,
                world: host.world,
                log: host.log,
                peers: host.polls
            )
            return ("watch-\(name)", lane)
        }
        try host.run([desk] + StageConsumer.deliveries(configuration, host) + watches)
    }
}
