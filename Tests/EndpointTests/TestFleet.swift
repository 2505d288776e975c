import RelayCore
import RelaySeal
import RelayWire
import TestSupport

/// The role, fleet and contract files of one node under test.
struct TestFleet {
    let node: Sender
    let port: UInt16
    let limits: JSON
    var readers: JSON = .array(["fleet"])
    var tailscaled: String?
    /// What the tailnet calls the machines of nodes.
    var whois: [String: String] = [:]

    /// The stages of the relay, in order.
    static let stages = ["nano", "sg", "jp", "main"]
    /// The largest upload, in bytes; a little more than a candidate list may have.
    static let uploadLimit = 1_100_000

    /// Writes `role.json`, `fleet.json` and `contracts/` to `directory`.
    func write(to directory: String) throws {
        try Files.write(role.encoded, to: "\(directory)/role.json")
        try Files.write(fleet.encoded, to: "\(directory)/fleet.json")
        try TestKeys.write(node.rawValue, in: "\(directory)/data")
        for stage in Self.stages {
            try Files.write(try Self.contract(stage), to: "\(directory)/contracts/\(stage).json")
        }
    }

    /// The bytes of the shipped contract of `stage`.
    static func contract(_ stage: String) throws -> [UInt8] {
        try Files.read("\(repositoryRoot)/contracts/\(stage).json")
    }

    private var role: JSON {
        let all: JSON = .array(["relay", "nudge", "cancel", "close", "reorder"])
        return .members([
            "baton": 1, "node": .string(node.rawValue), "role": .string(node.rawValue),
            "listen": .string("\(node.address):\(port)"), "hosts": .array(["relay.example"]),
            "tailscaled": tailscaled.map { .string($0) }, "data": "data", "fleet": "fleet.json",
            "contracts": "contracts",
            "accepts": .members([
                "main": all, "nano": .array(["relay"]), "sg": node == .jp ? .array(["relay"]) : nil,
                "jp": node == .main ? all : nil,
            ]),
            "readers": readers, "local": .object([]),
            "processor": node == .main ? nil : .members(["builtin": .string(node.rawValue)]),
            "limits": limits.with("upload_bytes", JSON(Self.uploadLimit)),
        ])
    }

    private var fleet: JSON {
        let nodes = Self.stages.map { stage in
            JSON.Member(stage, entry(stage, Sender(rawValue: stage) ?? .main, role: stage))
        }
        return .members([
            "baton": 1,
            "nodes": .object(
                nodes + [
                    .init("left", entry("left", .twins, role: "nano")),
                    .init("right", entry("right", .twins, role: "nano", port: 18_101)),
                ]
            ),
            "relay": .array(["main", "nano", "sg", "jp", "main"]),
        ])
    }

    /// The other nodes do not run, so any port will do that no node at the same address has.
    private func entry(_ name: String, _ sender: Sender, role: String, port other: UInt16 = 18_100) -> JSON {
        let port = sender == node ? port : other
        return .members([
            "address": .string("\(sender.address):\(port)"), "role": .string(role),
            "keys": TestKeys.list(of: name), "whois": whois[name].map { .string($0) },
        ])
    }
}

extension JSON {
    /// The object with the member `name` replaced, added at the end, or left out for `nil`.
    func with(_ name: String, _ value: JSON?) -> JSON {
        guard case .object(var members) = self else { return self }
        let index = members.firstIndex { $0.name == name }
        switch (index, value) {
        case (let index?, let value?): members[index] = Member(name, value)
        case (let index?, nil): members.remove(at: index)
        case (nil, let value?): members.append(Member(name, value))
        case (nil, nil): break
        }
        return .object(members)
    }
}
