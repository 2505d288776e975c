import Foundation
import RelayConsumer
import RelayCore
import RelayWire

/// The files of a rehearsal: four nodes on this machine, each with its own loopback address where there are some.
struct DemoFleet {
    /// The nodes in the order of the relay.
    static let nodes = ["main", "nano", "sg", "jp"]
    /// The directory of it all, absolute.
    let directory: String

    /// The role file of `node`.
    func role(_ node: String) -> String { "\(directory)/roles/\(node).json" }

    /// Where a program's messages go.
    func log(_ program: String) -> String { "\(directory)/logs/\(program).log" }

    /// Writes roles, fleet and contracts into `directory`, which must be empty or absent.
    init(in directory: String) throws {
        let path = URL(fileURLWithPath: directory).standardizedFileURL.path
        self.directory = path
        let files = FileManager.default
        do {
            try files.createDirectory(atPath: path, withIntermediateDirectories: true)
            guard try files.contentsOfDirectory(atPath: path).isEmpty else {
                throw Failure(.cannotCreate, "\(path) is not empty; name a new directory")
            }
            for name in ["roles", "contracts", "logs"] + Self.nodes {
                try files.createDirectory(atPath: "\(path)/\(name)", withIntermediateDirectories: false)
            }
            for (name, bytes) in Shipped.contracts {
                try Data(bytes).write(to: URL(fileURLWithPath: "\(path)/contracts/\(name)"))
            }
        } catch let error as CocoaError {
            throw Failure(.cannotCreate, "\(path): \(error.localizedDescription)")
        }
        try writeRoles()
    }

    private func writeRoles() throws {
        let places = try Self.places()
        let fleet = JSON.members([
            "baton": 1,
            "nodes": .object(
                try zip(Self.nodes, places).map { node, place in
                    try NodeKeys(in: "\(directory)/\(node)").line(node, address: place, role: node)
                }
            ),
            "relay": .array((Self.nodes + ["main"]).map { .string($0) }),
        ])
        try write(fleet, to: "\(directory)/roles/fleet.json")
        for (index, node) in Self.nodes.enumerated() {
            let before = Self.nodes[(index + Self.nodes.count - 1) % Self.nodes.count]
            try write(Self.role(node, at: places[index], after: before), to: role(node))
        }
    }

    private static func role(_ node: String, at place: String, after before: String) -> JSON {
        let all: [JSON] = ["relay", "nudge", "cancel", "close", "reorder"]
        // A route may give main any stage, so every other node may come before main's last one.
        let senders = node == "main" ? Self.nodes.filter { $0 != "main" } : [before].filter { $0 != "main" }
        let accepts =
            [JSON.Member("main", .array(all))] + senders.map { .init($0, .array(["relay"])) }
        let user = NSUserName()
        return .members([
            "baton": 1, "node": .string(node), "role": .string(node), "listen": .string(place),
            "hosts": .array([]),
            "data": .string("../\(node)"), "fleet": "fleet.json", "contracts": "../contracts",
            "accepts": .object(accepts), "readers": .array(["fleet"]),
            "local": .object(user.isEmpty ? [] : [.init(user, "operator")]), "parallel": 1,
            "processor": node == "main" ? nil : .members(["builtin": .string(node)]),
            "limits": .members(["free_disk_bytes": 67_108_864, "stop_within_s": 5]),
        ])
    }

    /// Pretty enough to be read: one member a line.
    private func write(_ json: JSON, to path: String) throws {
        guard case .object(let members) = json else { return }
        let lines = members.map { "  \(JSON.string($0.name).text): \($0.value.text)" }
        try Data("{\n\(lines.joined(separator: ",\n"))\n}\n".utf8).write(to: URL(fileURLWithPath: path))
    }

    /// A numeric address with a free port for each node, held until all are known so that none comes twice.
    private static func places() throws -> [String] {
        var held: [Int32] = []
        defer { for descriptor in held { close(descriptor) } }
        return try nodes.indices.map { index in
            #if os(Linux)
                let host = "127.0.0.\(101 + index)"
            #else
                let host = "127.0.0.1"
            #endif
            let descriptor = socket(AF_INET, streamType, 0)
            guard descriptor >= 0 else {
                throw Failure(.ioError, "no socket: \(String(cString: strerror(errno)))")
            }
            held.append(descriptor)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            inet_pton(AF_INET, host, &address.sin_addr)
            var size = socklen_t(MemoryLayout<sockaddr_in>.size)
            let port: UInt16? = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                    bind(descriptor, generic, size) == 0 && getsockname(descriptor, generic, &size) == 0
                }
                    ? UInt16(bigEndian: pointer.pointee.sin_port) : nil
            }
            guard let port else {
                throw Failure(.ioError, "no free port at \(host): \(String(cString: strerror(errno)))")
            }
            return "\(host):\(port)"
        }
    }

    private static var streamType: Int32 {
        #if os(Linux)
            Int32(SOCK_STREAM.rawValue)
        #else
            SOCK_STREAM
        #endif
    }
}
