import Foundation
import JPConsumer
import NanoConsumer
import RelayConsumer
import RelayCore
import RelayDesk
import RelaySeal
import RelayWire
import SGConsumer

/// `baton consume`: the hands of a node, until a signal.
enum ConsumeCommand: Command {
    static let syntax = Syntax(
        name: "consume",
        summary: "Do the work of this node: claim, run the processor, hand on; at main the desk.",
        options: [Syntax.config],
        notes:
            "Runs until SIGTERM or SIGINT and then gives back what it holds; a second signal exits at once."
    )

    static func run(_ arguments: Arguments) throws -> ExitStatus {
        let configuration = try LocalNode(arguments).configuration
        if configuration.role.role == .main { try Desk.run(configuration) }
        try StageConsumer.run(
            configuration,
            environment: ProcessInfo.processInfo.environment,
            builtin: builtin
        )
    }

    private static func builtin(_ name: String) -> (any EmbeddedProcessor)? {
        switch name {
        case "nano": NanoProcessor()
        case "sg": SGProcessor()
        case "jp": JPProcessor()
        default: nil
        }
    }
}
