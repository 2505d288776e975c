import RelayCore
import RelaySeal
import RelayWire

/// What the contracts in force say of the fleet's relay: whether it always works, and how large its
/// documents get.
struct ChainProof {
    /// Why the relay cannot work; none when it always can.
    let faults: [ConfigurationFault]
    /// The largest task document.
    let largest: LargestDocument?

    init(_ configuration: NodeConfiguration) {
        let stages = configuration.fleet.route.legs.compactMap { leg -> ChainCheck.Stage? in
            guard let digest = configuration.current[leg.stage],
                let contract = configuration.contracts[digest], let file = configuration.contractPaths[digest]
            else { return nil }
            return ChainCheck.Stage(contract: contract, file: file)
        }
        let document = LargestDocument(of: stages.map(\.contract))
        let file = stages.first { $0.contract.stage == document?.stage }?.file
        let tooLarge = file.flatMap { document?.fault(in: $0) }
        largest = document
        faults =
            ChainCheck(stages: stages).faults + [tooLarge].compactMap(\.self) + Self.feeding(configuration)
    }

    /// This node takes its stage's tasks from whom the relay puts before it, and all that main says.
    private static func feeding(_ configuration: NodeConfiguration) -> [ConfigurationFault] {
        let (role, route) = (configuration.role, configuration.fleet.route)
        guard let leg = route.legs.first(where: { $0.node == role.node }),
            let feeder = route.feeder(of: leg.stage)
        else { return [] }
        let said = ControlDocument.Kind.allCases.map(\.rawValue)
        let needed =
            [(feeder, [RelayDocument.kind])] + (route.orderer == role.node ? [] : [(route.orderer, said)])
        return needed.flatMap { sender, kinds in
            kinds.filter { role.accepts[sender]?.contains($0) != true }.map { kind in
                ConfigurationFault(
                    file: configuration.rolePath,
                    key: "accepts.\(sender)",
                    rule: "\(role.node) takes \(kind) from \(sender), as the fleet's relay needs it",
                    fix: "add \"\(kind)\" to it"
                )
            }
        }
    }

    /// Refuses what cannot work.
    ///
    /// - Throws: `Failure` with the faults and exit status 1.
    func require() throws {
        guard !faults.isEmpty else { return }
        let lines = faults.map { "\n  \($0)" }.joined()
        throw Failure(.no, "the relay cannot work; nothing was sent (see baton check):\(lines)")
    }
}
