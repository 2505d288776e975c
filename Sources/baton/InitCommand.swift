import RelayCore
import RelayWire

/// `baton init --role R`.
enum InitCommand: Command {
    static let syntax = Syntax(
        name: "init",
        summary: "Make a node's directory and key, and print its line for fleet.json.",
        options: [
            .init(
                name: "role",
                value: "ROLE",
                help: "what the node does: main, nano, sg, jp, or a stage of yours"
            ),
            .init(name: "node", value: "NAME", help: "the node's name (default: as its role)"),
            .init(name: "data", value: "DIR", help: "its directory (default /var/lib/baton/<node>)"),
            .init(name: "address", value: "HOST:PORT", help: "where the others reach it, in the tailnet"),
            .init(name: "next", value: nil, help: "also make the key that is to follow the present one"),
        ],
        notes: """
            Run it on the node's own machine, as the user of its bus: DIR/key.pem never leaves it. A key that is there
            is kept, and its line printed again. To change a key: run this with --next, put both keys into every
            fleet.json, the old one with the time at which it ends as "until", and when all have it, move key-next.pem
            to key.pem and start the bus anew.
            Exit status: 0 made or there, 73 cannot be made, 78 a key that others can read, or that is none.
            """
    )

    /// The ports of the shipped fleet.
    private static let ports = ["main": 18100, "nano": 18101, "sg": 18102, "jp": 18103]

    static func run(_ arguments: Arguments) throws -> ExitStatus {
        guard let role = arguments.value("role").flatMap(StageName.init(spoken:)) else {
            throw UsageError("--role is needed: \(StageName.rule)")
        }
        let name = arguments.value("node") ?? role.rawValue
        guard let node = NodeName(rawValue: name) else {
            throw UsageError("--node \(name) is no node: \(NodeName.rule)")
        }
        let port = ports[role.rawValue] ?? 18104
        let address = arguments.value("address") ?? "TAILNET-ADDRESS:\(port)"
        if arguments.has("address"), SocketAddress(address) == nil {
            throw UsageError(
                "--address \(address) is no numeric address with a port, such as 100.64.0.3:18102"
            )
        }
        let data = arguments.value("data") ?? "/var/lib/baton/\(node)"
        let keys = try NodeKeys(in: data, addsNext: arguments.has("next"))
        Terminal.complain(
            "\(data)/key.pem is the key of \(node); this belongs into \"nodes\" of every fleet.json:"
        )
        let line = keys.line(node.rawValue, address: address, role: role.rawValue)
        Terminal.write("\(JSON.string(line.name).text): \(line.value.text)")
        return .success
    }
}
