package import RelayCore

/// `roles/<node>.json`: one node's settings; the format is in roles/README.md.
package struct RoleFile: Hashable, Sendable, WireReadable {
    /// The node.
    package let node: NodeName
    /// What it does; also the name of its stage.
    package let role: StageName
    /// Where it listens: `tailnet:PORT` or a numeric address with its port.
    package let listen: String
    /// The network interface of a `tailnet:` listener.
    package let interface: String
    /// Further names that requests may give in `Host`.
    package let hosts: [String]
    /// The data directory, as written.
    package let data: String
    /// The fleet's file, as written.
    package let fleet: String
    /// The directory of contracts, as written.
    package let contracts: String
    /// Which kinds of documents it takes from which node.
    package let accepts: [NodeName: Set<String>]
    /// Who may read `/status`.
    package let readers: [String]
    /// Which verbs a local user may use, by user name.
    package let local: [String: LocalRole]
    /// How many tasks may be claimed at once.
    package let parallel: Int
    /// What does the work; `nil` at main, where the desk closes.
    package let processor: ProcessorSetting?
    /// What the node is protected by.
    package let limits: NodeLimits

    package init(from fields: inout Fields) throws(WireError) {
        try fields.version()
        node = try fields.name("node")
        role = try fields.name("role")
        listen = try fields.string("listen", atMost: 256)
        interface = try fields.optional("interface", Self.text) ?? "tailscale0"
        hosts = try fields.array("hosts", atMost: 16, Self.host)
        data = try fields.string("data")
        fleet = try fields.string("fleet")
        contracts = try fields.string("contracts")
        accepts = try Self.accepts(&fields)
        readers = try fields.array("readers", atMost: 64, Self.host)
        local = try Self.local(&fields)
        parallel = Int(
            try fields.optional("parallel") { (fields, name) throws(WireError) in
                try fields.integer(name, 1...64)
            } ?? 1
        )
        processor = try fields.optional("processor") { (fields, name) throws(WireError) in
            try fields.object(name)
        }
        limits =
            try fields.optional("limits") { (fields, name) throws(WireError) in
                try fields.object(name)
            } ?? NodeLimits()
    }

    private static func text(_ fields: inout Fields, _ name: String) throws(WireError) -> String {
        try fields.string(name, atMost: 256)
    }

    private static func host(_ json: JSON, _ path: String) throws(WireError) -> String {
        guard let text = json.stringValue, (1...253).contains(text.utf8.count) else {
            throw WireError(at: path, "a name of 1 to 253 bytes belongs here")
        }
        return text.lowercased()
    }

    private static func accepts(_ fields: inout Fields) throws(WireError) -> [NodeName: Set<String>] {
        let kinds = Set(ControlDocument.Kind.allCases.map(\.rawValue) + [RelayDocument.kind])
        var accepts: [NodeName: Set<String>] = [:]
        for member in try fields.entries("accepts") {
            guard let sender = NodeName(rawValue: member.name) else {
                throw fields.error("accepts", "\(member.name): \(NodeName.rule)")
            }
            let named = Set(member.value.elements.compactMap(\.stringValue))
            guard case .array(let kindNames) = member.value, named.count == kindNames.count,
                named.isSubset(of: kinds)
            else {
                throw fields.error("accepts.\(sender)", "an array of relay, nudge, cancel, close, reorder")
            }
            accepts[sender] = named
        }
        return accepts
    }

    private static func local(_ fields: inout Fields) throws(WireError) -> [String: LocalRole] {
        var local: [String: LocalRole] = [:]
        let members = try fields.optional("local") { (fields, name) throws(WireError) in
            try fields.entries(name)
        }
        for member in members ?? [] {
            guard let role = member.value.stringValue.flatMap(LocalRole.init) else {
                throw fields.error("local.\(member.name)", "consumer or operator belongs here")
            }
            local[member.name] = role
        }
        return local
    }
}

/// What a local user may ask of the bus.
package enum LocalRole: String, CaseIterable, Hashable, Sendable {
    /// What `baton consume` needs.
    case consumer
    /// Everything.
    case `operator`
}

/// What turns a task's inputs into its outputs.
package enum ProcessorSetting: Hashable, Sendable, WireReadable {
    /// The embedded processor of that name.
    case builtin(String)
    /// A command of this machine.
    case command(CommandSetting)

    package init(from fields: inout Fields) throws(WireError) {
        let builtin = try fields.optional("builtin") { (fields, name) throws(WireError) in
            try fields.value(name, "nano, sg or jp") { json in
                json.stringValue.flatMap { ["nano", "sg", "jp"].contains($0) ? $0 : nil }
            }
        }
        self = if let builtin { .builtin(builtin) } else { .command(try CommandSetting(from: &fields)) }
    }
}

/// A command that is a processor: an argument vector, never a shell line.
package struct CommandSetting: Hashable, Sendable, WireReadable {
    /// The program and its arguments.
    package let arguments: [String]
    /// When it is killed with its whole group.
    package let timeout: Duration
    /// Variables it gets.
    package let environment: [String: String]
    /// Variables it gets from the consumer's own environment.
    package let passEnvironment: [String]

    package init(from fields: inout Fields) throws(WireError) {
        arguments = try fields.array("command", atMost: 256) { (json, path) throws(WireError) in
            guard let text = json.stringValue else { throw WireError(at: path, "a text belongs here") }
            return text
        }
        guard arguments.first?.isEmpty == false else {
            throw fields.error("command", "a program and its arguments")
        }
        let seconds = try fields.optional("timeout_s") { (fields, name) throws(WireError) in
            try fields.integer(name, 1...604_800)
        }
        timeout = .seconds(seconds ?? 1800)
        var environment: [String: String] = [:]
        let members = try fields.optional("environment") { (fields, name) throws(WireError) in
            try fields.entries(name)
        }
        for member in members ?? [] {
            guard let value = member.value.stringValue, !member.name.isEmpty, !member.name.utf8.contains(0x3D)
            else {
                throw fields.error("environment.\(member.name)", "a name without '=' and a text belong here")
            }
            environment[member.name] = value
        }
        self.environment = environment
        passEnvironment = try fields.array("pass_environment", atMost: 64) { (json, path) throws(WireError) in
            guard let text = json.stringValue else { throw WireError(at: path, "a text belongs here") }
            return text
        }
    }
}

/// What protects a node from too much.
package struct NodeLimits: Hashable, Sendable, WireReadable {
    /// The largest upload, in bytes.
    package var uploadBytes: Int64 = 268_435_456
    /// The most tasks that are not final.
    package var inboxTasks: Int64 = 100_000
    /// Below so many free bytes nothing new is taken.
    package var freeDiskBytes: Int64 = 1_073_741_824
    /// The most uploads of one sender that no task has bound.
    package var unboundUploads: Int64 = 1024
    /// How long a stop may take.
    package var stopWithin: Duration = .seconds(10)

    package init() {}

    package init(from fields: inout Fields) throws(WireError) {
        func read(_ name: String, _ field: inout Int64, _ range: ClosedRange<Int64>) throws(WireError) {
            field =
                try fields.optional(name) { (fields, name) throws(WireError) in
                    try fields.integer(name, range)
                } ?? field
        }
        try read("upload_bytes", &uploadBytes, 1...(1 << 40))
        try read("inbox_tasks", &inboxTasks, 1...10_000_000)
        try read("free_disk_bytes", &freeDiskBytes, 0...(1 << 50))
        try read("unbound_uploads", &unboundUploads, 1...10_000_000)
        var seconds: Int64 = 10
        try read("stop_within_s", &seconds, 1...600)
        stopWithin = .seconds(seconds)
    }
}
