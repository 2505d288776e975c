import RelayCore

/// What can be read of a role's file, also of one with faults, so that other files can be held against it.
struct RoleDraft {
    /// The node.
    let node: NodeName?
    /// Its role.
    let role: StageName?
    /// Where it listens.
    let listen: ListenAddress?
    /// The fleet's file, as written.
    let fleet: String?
    /// The directory of contracts, as written.
    let contracts: String?
    /// Which kinds it takes from which node, in the order of the file.
    let accepts: [(sender: NodeName, kinds: Set<String>)]
    /// The nodes that may read by name, with the path of each entry.
    let readers: [(path: String, node: NodeName)]
    /// The role, when it has no fault that leaves a value open.
    let file: RoleFile?

    init(reading section: Section) {
        section.version()
        node = section.name("node", example: "nano")
        role = section.stage("role")
        listen = section.value("listen", ListenAddress.rule, example: "\"tailnet:18101\"") { json in
            json.stringValue.flatMap(ListenAddress.init)
        }
        let data = section.text("data", 1...4096, example: "/var/lib/baton/nano")
        fleet = section.text("fleet", 1...4096, example: "fleet.json")
        contracts = section.text("contracts", 1...4096, example: "../contracts")
        accepts = Self.accepts(section)
        let readers = Self.readers(section)
        self.readers = readers.compactMap { path, entry in
            guard case .node(let node) = entry else { return nil }
            return (path, node)
        }
        let entries = section.has("readers") ? Readers(Set(readers.map(\.entry))) : .standard
        file = Self.file(section, node, role, listen, data, fleet, contracts, accepts, entries)
    }

    private static func file(
        _ section: Section,
        _ node: NodeName?,
        _ role: StageName?,
        _ listen: ListenAddress?,
        _ data: String?,
        _ fleet: String?,
        _ contracts: String?,
        _ accepts: [(sender: NodeName, kinds: Set<String>)],
        _ readers: Readers
    ) -> RoleFile? {
        // The length of a network interface's name, IFNAMSIZ without its NUL.
        let interface = section.text("interface", 1...15, example: "tailscale0", absent: "tailscale0")
        let tailscaled =
            section.has("tailscaled")
            ? section.text("tailscaled", 1...4096, example: "/var/run/tailscale/tailscaled.sock") : nil
        let hosts = names(section, "hosts", atMost: 16)
        let local = local(section)
        let parallel = section.integer("parallel", 1...64, example: 1, absent: 1)
        let processor = inner(section, "processor", of: ProcessorSetting.self)
        let limits = inner(section, "limits", of: NodeLimits.self)
        guard let node, let role, let listen, let data, let fleet, let contracts, let interface, let parallel
        else { return nil }
        return RoleFile(
            node: node,
            role: role,
            listen: listen,
            interface: interface,
            tailscaled: tailscaled,
            hosts: hosts,
            data: data,
            fleet: fleet,
            contracts: contracts,
            accepts: Dictionary(accepts.map { ($0.sender, $0.kinds) }) { first, _ in first },
            readers: readers,
            local: local,
            parallel: Int(parallel),
            processor: processor,
            limits: limits ?? NodeLimits()
        )
    }

    private static func inner<Value: ConfigurationReadable>(
        _ section: Section,
        _ key: String,
        of type: Value.Type
    ) -> Value? {
        guard let json = section.json(key) else { return nil }
        return Section(json, at: section.path(key), keys: Value.keys, section.sheet).flatMap {
            Value(reading: $0)
        }
    }

    private static func names(_ section: Section, _ key: String, atMost limit: Int) -> [String] {
        section.elements(key, atMost: limit, example: "[]").compactMap { path, json in
            if let text = json.stringValue, (1...253).contains(text.utf8.count) { return text.lowercased() }
            section.sheet.note(
                path,
                found: json,
                rule: "a name of 1 to 253 bytes",
                fix: "write a name, or take it out"
            )
            return nil
        }
    }

    private static func readers(_ section: Section) -> [(path: String, entry: Readers.Entry)] {
        section.elements("readers", atMost: 64, example: "[\"fleet\"]").compactMap { path, json in
            if let entry = json.stringValue.flatMap({ Readers.Entry($0) }) { return (path, entry) }
            section.sheet.note(
                path,
                found: json,
                rule: "\"fleet\", \"tailnet\", or a node of the fleet",
                fix: "write \"fleet\" for every node of the fleet, or take it out"
            )
            return nil
        }
    }

    private static func accepts(_ section: Section) -> [(sender: NodeName, kinds: Set<String>)] {
        let example = "{\"main\": [\"relay\", \"nudge\", \"cancel\", \"close\", \"reorder\"]}"
        return section.entries("accepts", example: example).compactMap { member in
            let path = section.path("accepts.\(member.name)")
            let kinds = kinds(member.value, path, section.sheet)
            guard let sender = NodeName(rawValue: member.name) else {
                section.sheet.note(path, rule: NodeName.rule, fix: "name a node of the fleet")
                return nil
            }
            return (sender, kinds)
        }
    }

    private static func kinds(_ json: JSON, _ path: String, _ sheet: FaultSheet) -> Set<String> {
        let known = [RelayDocument.kind] + ControlDocument.Kind.allCases.map(\.rawValue)
        let rule = "kinds of documents, each once: \(known.joined(separator: ", "))"
        guard case .array(let elements) = json else {
            sheet.note(path, found: json, rule: "an array of \(rule)", fix: "write for example [\"relay\"]")
            return []
        }
        var kinds: Set<String> = []
        for (index, element) in elements.enumerated() {
            guard let kind = element.stringValue, known.contains(kind), kinds.insert(kind).inserted else {
                let near = Suggestion.nearest(to: element.stringValue ?? "", among: known)
                let isTwin = element.stringValue.map(kinds.contains) ?? false
                let fix = isTwin ? "take it out" : near.map { "did you mean \($0)?" } ?? "name one of them"
                sheet.note("\(path)[\(index)]", found: element, rule: rule, fix: fix)
                continue
            }
        }
        return kinds
    }

    private static func local(_ section: Section) -> [String: LocalRole] {
        var local: [String: LocalRole] = [:]
        let example = "{\"baton-work\": \"consumer\"}"
        for member in section.entries("local", example: example, mayBeAbsent: true) {
            guard let role = member.value.stringValue.flatMap(LocalRole.init) else {
                let known = LocalRole.allCases.map(\.rawValue)
                let near = Suggestion.nearest(to: member.value.stringValue ?? "", among: known)
                section.sheet.note(
                    section.path("local.\(member.name)"),
                    found: member.value,
                    rule: "consumer (what baton consume needs) or operator (everything)",
                    fix: near.map { "did you mean \($0)?" } ?? "write one of the two"
                )
                continue
            }
            local[member.name] = role
        }
        return local
    }
}
