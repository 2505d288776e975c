#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A path that fits the address of a Unix socket, and what must stay open for it.
final class SocketPath: Sendable {
    /// The bytes that `sockaddr_un` holds besides the closing NUL; 107 on Linux.
    static let limit = MemoryLayout.size(ofValue: sockaddr_un().sun_path) - 1

    /// What to connect to while this value lives.
    let path: String
    private let directory: Int32

    #if canImport(Glibc)
        /// `O_PATH`, which the Glibc module leaves out: needs no right to read the directory.
        ///
        /// From <https://github.com/torvalds/linux/blob/master/include/uapi/asm-generic/fcntl.h>.
        private static let pathOnly: Int32 = 0o10000000
    #endif

    /// Shortens `path`, when it is too long, by way of its open directory.
    init(_ path: String) throws(ClientError) {
        guard path.utf8.count > Self.limit else {
            self.path = path
            directory = -1
            return
        }
        #if canImport(Glibc)
            let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
            let parent = slash.map { String(path[..<$0]) + "/" } ?? "."
            let name = slash.map { String(path[path.utf8.index(after: $0)...]) } ?? path
            let opened = open(parent, Self.pathOnly | O_DIRECTORY | O_CLOEXEC)
            guard opened >= 0 else {
                throw .cannotConnect(path, reason: String(cString: strerror(errno)))
            }
            self.path = "/proc/self/fd/\(opened)/\(name)"
            directory = opened
        #else
            let reason = "the path is longer than the \(Self.limit) bytes that this system allows"
            throw .cannotConnect(path, reason: reason)
        #endif
    }

    deinit {
        if directory >= 0 { close(directory) }
    }
}
