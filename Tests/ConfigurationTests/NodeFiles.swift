import Foundation
import RelayCore
import RelaySeal
import RelayWire
import TestSupport

/// The files of one node in a scratch directory: the shipped ones with a key for each node, of which a test changes
/// some.
struct NodeFiles {
    let scratch: ScratchDirectory

    init() throws {
        scratch = try ScratchDirectory()
        for folder in ["roles", "contracts"] {
            for name in try Files.names(in: "\(repositoryRoot)/\(folder)") where name.hasSuffix(".json") {
                try write(try Files.read("\(repositoryRoot)/\(folder)/\(name)"), "\(folder)/\(name)")
            }
        }
        for node in ["main", "nano", "sg", "jp"] {
            let role = "\"role\": \"\(node)\", \"keys\": "
            try change("roles/fleet.json", role + "[]", role + TestKeys.list(of: node).text)
        }
    }

    func path(_ name: String) -> String { "\(scratch.path)/\(name)" }

    func write(_ bytes: [UInt8], _ name: String) throws { try Files.write(bytes, to: path(name)) }

    /// Replaces the first `old` in a file.
    func change(_ name: String, _ old: String, _ new: String) throws {
        let text = String(decoding: try Files.read(path(name)), as: UTF8.self)
        guard let range = text.range(of: old) else { throw NotThere(text: old, file: name) }
        try write(Array(text.replacingCharacters(in: range, with: new).utf8), name)
    }

    /// A text that a test wanted to change and that is not in the file.
    struct NotThere: Error {
        let text: String
        let file: String
    }

    /// Reads all files of `node`.
    func read(_ node: String = "sg") throws(ConfigurationError) -> NodeConfiguration {
        try NodeConfiguration(path: path("roles/\(node).json"), digest: { Digest.of($0) })
    }

    /// File below the directory, key and value of each fault.
    func faults(_ node: String = "sg") -> [String] {
        do throws(ConfigurationError) {
            _ = try read(node)
            return []
        } catch {
            return error.faults.map { fault in
                let file =
                    fault.file.hasPrefix(scratch.path) ? fault.file.dropFirst(scratch.path.count + 1) : ""
                return "\(file) \(fault.key) \(fault.value ?? "-")"
            }
        }
    }
}
