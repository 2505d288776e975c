import RelayCore

/// What turns a task's inputs into its outputs.
package enum ProcessorSetting: Hashable, Sendable {
    /// The embedded processor of that name.
    case builtin(String)
    /// A command of this machine.
    case command(CommandSetting)

    /// The names of the embedded processors.
    package static let builtins = ["nano", "sg", "jp"]
}

extension ProcessorSetting: ConfigurationReadable {
    package static let keys = ["builtin"] + CommandSetting.keys

    package init?(reading section: Section) {
        guard section.has("builtin") else {
            guard let command = CommandSetting(reading: section) else { return nil }
            self = .command(command)
            return
        }
        for key in CommandSetting.keys where section.has(key) {
            section.fault(
                key,
                rule: "either a builtin or a command, and builtin is there",
                fix: "remove one of them"
            )
        }
        let names = Self.builtins.joined(separator: ", ")
        let written = section.json("builtin")?.stringValue ?? ""
        guard let name = Self.builtins.first(where: { $0 == written }) else {
            let spoken = StageName(spoken: written)?.rawValue ?? written
            let near = Suggestion.nearest(to: spoken, among: Self.builtins)
            section.fault(
                "builtin",
                rule: "an embedded processor: \(names)",
                fix: near.map { "did you mean \($0)?" } ?? "name one of them, or a command"
            )
            return nil
        }
        self = .builtin(name)
    }
}

/// A command that is a processor: an argument vector, never a shell line.
package struct CommandSetting: Hashable, Sendable {
    /// The program and its arguments.
    package let arguments: [String]
    /// When it is killed with its whole group.
    package let timeout: Duration
    /// Variables it gets.
    package let environment: [String: String]
    /// Variables it gets from the consumer's own environment.
    package let passEnvironment: [String]

    package init(
        arguments: [String],
        timeout: Duration,
        environment: [String: String],
        passEnvironment: [String]
    ) {
        self.arguments = arguments
        self.timeout = timeout
        self.environment = environment
        self.passEnvironment = passEnvironment
    }
}

extension CommandSetting: ConfigurationReadable {
    package static let keys = ["command", "timeout_s", "environment", "pass_environment"]
    /// Baton itself sets variables of this kind, so that no setting can pretend to be an order.
    private static let ownPrefix = "BATON_"

    package init?(reading section: Section) {
        let arguments = Self.arguments(section)
        let timeout = section.integer("timeout_s", 1...604_800, example: 1800, absent: 1800)
        var environment: [String: String] = [:]
        for member in section.entries("environment", example: "{\"LANG\": \"C.UTF-8\"}", mayBeAbsent: true) {
            let path = section.path("environment.\(member.name)")
            Self.checkVariable(member.name, path, nil, section.sheet)
            guard let value = member.value.stringValue else {
                section.sheet.note(path, found: member.value, rule: "a text", fix: "write it in quotes")
                continue
            }
            environment[member.name] = value
        }
        var passed: [String] = []
        for (path, json) in section.elements("pass_environment", atMost: 64, example: "[\"PATH\"]") {
            guard let name = json.stringValue else {
                section.sheet.note(path, found: json, rule: "a variable's name", fix: "write it in quotes")
                continue
            }
            Self.checkVariable(name, path, json, section.sheet)
            passed.append(name)
        }
        guard let arguments, let timeout else { return nil }
        self.init(
            arguments: arguments,
            timeout: .seconds(timeout),
            environment: environment,
            passEnvironment: passed
        )
    }

    private static func arguments(_ section: Section) -> [String]? {
        let example = "[\"/usr/local/bin/summarise\", \"--brief\"]"
        let rule = "an array of at most 256 texts, the program first; no shell reads it"
        let elements = section.value("command", rule, example: example) { json -> [JSON]? in
            guard case .array(let elements) = json, elements.count <= 256 else { return nil }
            return elements
        }
        guard let elements else { return nil }
        for (index, element) in elements.enumerated() where element.stringValue == nil {
            section.sheet.note(
                section.path("command[\(index)]"),
                found: element,
                rule: "a text",
                fix: "write it in quotes"
            )
        }
        if elements.isEmpty || elements.first?.stringValue == "" {
            section.fault("command", rule: rule, fix: "name the program first, for example \(example)")
            return nil
        }
        let texts = elements.compactMap(\.stringValue)
        return texts.count == elements.count ? texts : nil
    }

    private static func checkVariable(_ name: String, _ path: String, _ found: JSON?, _ sheet: FaultSheet) {
        if name.isEmpty || name.utf8.contains(0x3D) {
            sheet.note(
                path,
                found: found,
                rule: "a variable's name, not empty and without '='",
                fix: "rename or remove it"
            )
        }
        if name.utf8.starts(with: ownPrefix.utf8) {
            sheet.note(
                path,
                found: found,
                rule: "a name that does not begin with \(ownPrefix); those are set by Baton for every task",
                fix: "remove it; the command finds the task's own in its environment"
            )
        }
    }
}
