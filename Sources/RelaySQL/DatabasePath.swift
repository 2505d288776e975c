#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif
import CSQLite

/// The absolute form of a database's path.
enum DatabasePath {
    /// Resolves the directory of `path` and leaves its last part as it is.
    ///
    /// `SQLITE_OPEN_NOFOLLOW` refuses a link anywhere in the path, so a data
    /// directory reached through a link (`/tmp` on macOS) would be refused with
    /// it; after this only a link in the place of the database is. An absolute
    /// path can neither be taken for a URI nor for `:memory:`.
    static func resolve(_ path: String) throws(SQLError) -> String {
        let bytes = Array(path.utf8)
        let during = "open \(path)"
        guard !bytes.isEmpty, bytes.last != UInt8(ascii: "/"), !bytes.contains(0) else {
            throw SQLError(code: SQLITE_CANTOPEN, during: during, detail: "not the path of a file")
        }
        let slash = bytes.lastIndex(of: UInt8(ascii: "/"))
        let directory = slash.map { String(decoding: bytes[...$0], as: UTF8.self) } ?? "."
        let name = String(decoding: bytes[(slash.map { $0 + 1 } ?? 0)...], as: UTF8.self)
        guard let resolved = realpath(directory, nil) else {
            let reason = String(cString: strerror(errno))
            throw SQLError(code: SQLITE_CANTOPEN, during: during, detail: "its directory: \(reason)")
        }
        defer { free(resolved) }
        return String(cString: resolved) + "/" + name
    }
}
