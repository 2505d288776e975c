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
        let own = configuration.role.node
        let localAddress = configuration.ownHost
        let others = configuration.fleet.nodes.filter { $0.key != own }.sorted { $0.key < $1.key }
        let watches = others.map { name, node -> (name: String, lane: any Lane) in
            let destination = Destination.tcp(
                host: node.address.host,
                port: node.address.port,
                localAddress: localAddress
            )
            let lane = WatchLane(
                node: name,
                at: destination,
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
