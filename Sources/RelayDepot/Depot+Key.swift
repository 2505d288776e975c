#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The node's private key beside the four directories: the bus's alone.
extension Depot {
    /// Which of the node's keys.
    package enum KeyFile: String, CaseIterable, Sendable {
        /// The one the bus signs with.
        case current = "key.pem"
        /// The one that follows it, while the fleet learns it.
        case next = "key-next.pem"
    }

    /// A key's file is no larger than this, in bytes.
    private static let keyLimit = 4096

    /// The bytes of a key file.
    ///
    /// - Throws: `DepotError.missing`; `DepotError.exposed` when anybody but the owner may do anything with it, or
    ///   the owner is neither this user nor root.
    package func key(_ which: KeyFile = .current) throws(DepotError) -> [UInt8] {
        let file = try home.file(Component(checked: which.rawValue), O_RDONLY)
        let status = try file.status()
        guard status.st_mode & 0o077 == 0, status.st_uid == geteuid() || status.st_uid == 0 else {
            throw .exposed(file.path, mode: UInt32(status.st_mode & 0o7777), owner: status.st_uid)
        }
        guard status.st_size <= Self.keyLimit else {
            throw .tooLarge(path: file.path, limit: Self.keyLimit)
        }
        var bytes = [UInt8](repeating: 0, count: Self.keyLimit)
        let count = try file.read(into: &bytes, from: 0)
        return Array(bytes.prefix(count))
    }

    /// Writes a new key file, 0600; it and its entry are on stable storage on return.
    ///
    /// - Throws: `DepotError`; `EEXIST` when there is one, which is never replaced.
    package func writeKey(_ bytes: [UInt8], as which: KeyFile) throws(DepotError) {
        let name = Component(checked: which.rawValue)
        let file = try home.makeFile(name, mode: 0o600)
        do throws(DepotError) {
            try file.write(bytes)
            try file.sync()
        } catch {
            // Half a key is none; the first error is the one to report.
            try? home.remove(name)
            throw error
        }
        try home.sync()
    }
}
