import Foundation
import RelayConsumer
import RelayWire

/// Finds the command that is meant, runs it, and turns what it throws into text and an exit status.
enum CommandLineTool {
    /// The commands in the order in which help shows them.
    private static var commands: [any Command.Type] {
        [
            DemoCommand.self, InitCommand.self, CheckCommand.self, DispatchCommand.self, JobsCommand.self,
            JobCommand.self, GetCommand.self, StatusCommand.self, ReorderCommand.self, NudgeCommand.self,
            ResolveCommand.self,
            CancelCommand.self, VerifyCommand.self, DoctorCommand.self, ConsumeCommand.self,
            VersionCommand.self,
        ]
    }

    /// Runs `words` and gives the exit status.
    static func run(_ words: [String]) -> Int32 {
        guard let name = words.first, !["--help", "-h", "help"].contains(name) else {
            Terminal.write(help)
            return words.isEmpty ? ExitStatus.usage.rawValue : ExitStatus.success.rawValue
        }
        guard let command = commands.first(where: { $0.syntax.name == name }) else {
            Terminal.complain("baton: there is no command \(name); see baton --help")
            return ExitStatus.usage.rawValue
        }
        do {
            let arguments = try Arguments(Array(words.dropFirst()), syntax: command.syntax)
            guard !arguments.has("help") else {
                Terminal.write(command.syntax.help)
                return ExitStatus.success.rawValue
            }
            return try command.run(arguments).rawValue
        } catch let error as UsageError {
            Terminal.complain("baton \(name): \(error.text)\n\n\(command.syntax.usage)")
            return ExitStatus.usage.rawValue
        } catch {
            Terminal.complain("baton \(name): \(error)")
            return ExitStatus(of: error).rawValue
        }
    }

    private static var help: String {
        let width = commands.map { $0.syntax.name.count }.max() ?? 0
        let lines = commands.map { command in
            let name = command.syntax.name.padding(toLength: width, withPad: " ", startingAt: 0)
            return "  \(name)  \(command.syntax.summary)"
        }
        return """
            baton: the hands and the commands of a relay task bus.

            usage: baton COMMAND [--help]

            \(lines.joined(separator: "\n"))

            Exit status: 0 ok, 1 the answer is no, 2 usage, 64 to 78 failures as in sysexits(3).
            """
    }
}
