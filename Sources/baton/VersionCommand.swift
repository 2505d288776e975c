import RelayWire

/// `baton version`.
enum VersionCommand: Command {
    static let syntax = Syntax(name: "version", summary: "Print the version.", options: [Syntax.json])
    static let version = "0.1.0"

    static func run(_ arguments: Arguments) throws -> ExitStatus {
        let isJSON = arguments.has("json")
        Terminal.write(
            isJSON ? JSON.members(["version": .string(version), "protocol": 1]).text : "baton \(version)"
        )
        return .success
    }
}
