import Foundation

/// Whole files and directories by path, for tests; the errors are Foundation's and name the path.
package enum Files {
    /// The bytes of the file at `path`.
    package static func read(_ path: String) throws -> [UInt8] {
        try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
    }

    /// The file at `path` as text; bytes that are not UTF-8 become U+FFFD.
    package static func readText(_ path: String) throws -> String {
        String(decoding: try read(path), as: UTF8.self)
    }

    /// Creates or replaces the file at `path`, and the directories it is in.
    package static func write(_ bytes: [UInt8], to path: String) throws {
        let url = URL(fileURLWithPath: path)
        try makeDirectory(url.deletingLastPathComponent().path)
        try Data(bytes).write(to: url)
    }

    /// Creates or replaces the file at `path` with the UTF-8 of `text`, and the directories it is in.
    package static func write(_ text: String, to path: String) throws {
        try write(Array(text.utf8), to: path)
    }

    /// Creates the directory at `path` and those it is in, unless they are there.
    package static func makeDirectory(_ path: String) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    /// The names in the directory at `path`, sorted; also the hidden ones.
    package static func names(in path: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    }

    /// Whether anything is at `path`, also a symbolic link that leads nowhere.
    package static func exists(_ path: String) -> Bool {
        (try? FileManager.default.attributesOfItem(atPath: path)) != nil
    }

    /// Removes what is at `path` with all below it; directories closed by a test are opened first.
    package static func remove(_ path: String) throws {
        let files = FileManager.default
        do {
            try files.removeItem(atPath: path)
        } catch {
            guard exists(path) else { return }
            open(path)
            try files.removeItem(atPath: path)
        }
    }

    /// Gives the owner all rights to `path` and the directories below it.
    private static func open(_ path: String) {
        let files = FileManager.default
        let type = try? files.attributesOfItem(atPath: path)[.type] as? FileAttributeType
        guard type == .typeDirectory else { return }
        // What stays closed makes the removal fail, which has a reader.
        try? files.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path)
        for name in (try? files.contentsOfDirectory(atPath: path)) ?? [] { open("\(path)/\(name)") }
    }
}
