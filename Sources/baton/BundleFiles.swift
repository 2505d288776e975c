import Foundation
import RelayCore

/// The bundle of a closed job on disk: main's `archive/<job>/`, or a copy of it.
struct BundleFiles {
    /// The bytes of each file by its path in the bundle.
    private(set) var files: [String: [UInt8]] = [:]
    /// Folders that are no part of the proof: older rounds, late results, work in another's stead.
    private(set) var beside: [String] = []

    private static let besidePrefixes = ["round-", "late-", "stage-"]

    /// Reads the bundle at `path`; links and other oddities are faults.
    init(at path: String) throws {
        for name in try Self.names(in: path) {
            let entry = "\(path)/\(name)"
            guard try Self.type(of: entry) == .typeDirectory else {
                files[name] = try Self.bytes(of: entry)
                continue
            }
            guard !Self.besidePrefixes.contains(where: name.hasPrefix) else {
                beside.append(name)
                continue
            }
            for inner in try Self.names(in: entry) {
                files["\(name)/\(inner)"] = try Self.bytes(of: "\(entry)/\(inner)")
            }
        }
    }

    /// The names in a folder, each of visible ASCII: others can look alike, and Swift takes some of them for equal.
    private static func names(in path: String) throws -> [String] {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
        } catch {
            throw Failure(.noInput, "\(path) cannot be listed; it is to be the folder of a closed job")
        }
        if let name = names.first(where: { !$0.utf8.allSatisfy { (0x21...0x7E).contains($0) } }) {
            let shown = ShownText.line(name, atMost: 80)
            throw Failure(.no, "\(path) holds \"\(shown)\", which is no name of a file in a bundle")
        }
        return names
    }

    private static func type(of path: String) throws -> FileAttributeType? {
        try FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
    }

    private static func bytes(of path: String) throws -> [UInt8] {
        guard try type(of: path) == .typeRegular else {
            throw Failure(.no, "\(path) is no regular file; a bundle holds nothing else")
        }
        return try Array(Data(contentsOf: URL(fileURLWithPath: path)))
    }
}
