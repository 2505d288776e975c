import Foundation
import RelaySeal

/// The bundle of a closed job on disk: main's `archive/<job>/`, or a copy of it.
enum BundleFiles {
    /// Folders of the archive that are beside the proof: older rounds, late results, work in another's stead.
    private static let beside = ["round-", "late-", "stage-"]

    /// Reads the files of the bundle at `path`, by their paths in it; links and other oddities are faults.
    static func read(at path: String) throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for name in try names(in: path) {
            let entry = "\(path)/\(name)"
            guard try type(of: entry) == .typeDirectory else {
                files[name] = try bytes(of: entry)
                continue
            }
            guard !beside.contains(where: name.hasPrefix) else { continue }
            for inner in try names(in: entry) {
                files["\(name)/\(inner)"] = try bytes(of: "\(entry)/\(inner)")
            }
        }
        return files
    }

    private static func names(in path: String) throws -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: path)
        } catch {
            throw Failure(.noInput, "\(path) cannot be listed; it is to be the folder of a closed job")
        }
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
