#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Reads the small files that people write for a node.
package enum ConfigurationFiles {
    /// No configuration file is larger, in bytes.
    private static let limit = 1_048_576

    /// `path` itself when it is absolute, else below `folder`, whose links are followed before each leading `..`.
    package static func absolute(_ path: String, from folder: String) -> String {
        guard path.utf8.first != UInt8(ascii: "/") else { return path }
        var parts = path.utf8.split(separator: UInt8(ascii: "/")).map { String(Substring($0)) }
        var base = resolved(folder)
        while let first = parts.first, first == "." || first == ".." {
            if first == ".." { base = self.folder(of: base) }
            parts.removeFirst()
        }
        return parts.isEmpty ? base : (base == "/" ? "" : base) + "/" + parts.joined(separator: "/")
    }

    private static func resolved(_ folder: String) -> String {
        guard let path = realpath(folder, nil) else { return folder }
        defer { free(path) }
        return String(cString: path)
    }

    /// The folder that holds `path`, which is absolute.
    package static func folder(of path: String) -> String {
        let folder = path[..<(path.lastIndex(of: "/") ?? path.startIndex)]
        return folder.isEmpty ? "/" : String(folder)
    }

    /// The working directory of the process.
    package static func currentDirectory() -> String {
        guard let path = getcwd(nil, 0) else { return "/" }
        defer { free(path) }
        return String(cString: path)
    }

    /// Whether there is something at `path`.
    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// The bytes of the file at `path`.
    package static func bytes(at path: String) throws(ConfigurationError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path, "cannot be opened", errno) }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: limit + 1)
        var count = 0
        while count < bytes.count {
            let got = bytes.withUnsafeMutableBytes {
                read(descriptor, $0.baseAddress?.advanced(by: count), $0.count - count)
            }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw failure(path, "cannot be read", errno) }
            if got == 0 { return Array(bytes.prefix(count)) }
            count += got
        }
        throw ConfigurationError(
            path,
            "at most \(limit) bytes",
            fix: "name the right file; this one is larger"
        )
    }

    /// The paths of the `.json` files in `directory`, sorted.
    static func jsonFiles(in directory: String, mustExist: Bool) throws(ConfigurationError) -> [String] {
        guard let stream = opendir(directory) else {
            guard mustExist || errno != ENOENT else { return [] }
            throw failure(directory, "cannot be listed", errno)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
                field.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(".json"), !name.hasPrefix(".") { names.append(directory + "/" + name) }
        }
        return names.sorted()
    }

    private static func failure(_ path: String, _ what: String, _ code: Int32) -> ConfigurationError {
        let fix = code == EACCES ? "let this user read it" : "make it, or name the one that is meant"
        return ConfigurationError(
            path,
            "is there and readable; it \(what): \(String(cString: strerror(code)))",
            fix: fix
        )
    }
}
