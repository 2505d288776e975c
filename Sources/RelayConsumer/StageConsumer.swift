import RelayCore
package import RelayWire

/// The hands of a node that does a stage: its working lanes and its delivery lanes.
package enum StageConsumer {
    /// A lane for each node, within bounds: a node that is slow to answer must not hold up the others.
    private static func deliveryLanes(_ fleet: FleetFile) -> Int { min(max(2, fleet.nodes.count), 8) }

    /// Runs until a signal stops it.
    ///
    /// A command gets of the consumer's own `environment` what its setting names; `builtin` gives the embedded
    /// processor of a name.
    package static func run(
        _ configuration: NodeConfiguration,
        environment: [String: String],
        builtin: (String) -> (any EmbeddedProcessor)?
    ) throws -> Never {
        let host = try LaneHost(configuration)
        let setting = WorkingLane.Setting(
            contracts: configuration.contracts,
            contractPaths: configuration.contractPaths,
            processor: try processor(configuration.role, environment, host.grace, builtin),
            stops: host.stops,
            renewing: { lane, stops in try host.startBeside(lane, until: stops) },
            grace: host.grace,
            lease: configuration.role.limits.lease
        )
        let working = (0..<configuration.role.parallel).map { index -> (name: String, lane: any Lane) in
            ("work-\(index)", WorkingLane(bus: host.bus, world: host.world, log: host.log, setting: setting))
        }
        try host.run(working + deliveries(configuration, host))
    }

    /// The lanes that carry deliveries, at any node.
    package static func deliveries(
        _ configuration: NodeConfiguration,
        _ host: LaneHost
    ) -> [(name: String, lane: any Lane)] {
        let role = configuration.role
        let own = configuration.fleet.nodes[role.node]?.address.host
        let isShared = own.map { configuration.fleet.names(at: $0).count > 1 } ?? false
        return (0..<deliveryLanes(configuration.fleet)).map { index in
            let lane = DeliveryLane(
                bus: host.bus,
                world: host.world,
                log: host.log,
                peers: host.peers,
                localAddress: configuration.ownHost,
                sender: isShared ? role.node : nil
            )
            return ("deliver-\(index)", lane)
        }
    }

    private static func processor(
        _ role: RoleFile,
        _ environment: [String: String],
        _ grace: Duration,
        _ builtin: (String) -> (any EmbeddedProcessor)?
    ) throws -> any Processor {
        switch role.processor {
        case .builtin(let name):
            guard let processor = builtin(name) else {
                throw ConsumerError.unusable("no embedded processor \(name)")
            }
            return BuiltinProcessor(processor, name: name)
        case .command(let setting): return CommandProcessor(setting, inherited: environment, grace: grace)
        case nil: throw ConsumerError.unusable("the role of \(role.node) names no processor")
        }
    }
}
