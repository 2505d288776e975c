// being built
enum DemoCommand: Command {
    static let syntax = Syntax(name: "demo", summary: "")
    static func run(_ arguments: Arguments) throws -> ExitStatus { .success }
}
