#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension Listener {
    /// Listens on a Unix socket at `path` with mode 0660.
    ///
    /// A socket that nobody listens on any more is replaced; anything else at `path` is left alone and refused.
    /// On Linux the whole path may be longer than an address holds, its last component may not.
    package static func unix(path: String, hosts: Set<String>) throws(ServerError) -> Listener {
        let place = try SocketPlace(path)
        try place.clear()
        let socket = try Socket(family: AF_UNIX, subject: path)
        try place.withAddress { address, size throws(ServerError) in try socket.bind(address, size) }
        // Nobody can connect before `listen`, so there is no moment with a wider mode.
        guard fchmodat(place.directory.descriptor, place.name, 0o660, 0) == 0 else {
            throw .system(call: "chmod", subject: path, code: errno)
        }
        try socket.listen()
        return Listener(descriptor: socket.release(), hosts: hosts)
    }
}

/// Where a Unix socket lies: an open directory and a name in it.
private struct SocketPlace: ~Copyable {
    let directory: OpenDirectory
    let name: String
    private let path: String
    private let address: sockaddr_un

    init(_ path: String) throws(ServerError) {
        let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        let parent = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let name = slash.map { String(path[path.utf8.index(after: $0)...]) } ?? path
        let directory = try OpenDirectory(parent, subject: path)
        let capacity = MemoryLayout.size(ofValue: sockaddr_un().sun_path)
        var reachable = path
        #if os(Linux)
            if path.utf8.count >= capacity { reachable = "/proc/self/fd/\(directory.descriptor)/\(name)" }
        #endif
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(reachable.utf8)
        guard !name.isEmpty, bytes.count < capacity, !bytes.contains(0) else { throw .pathTooLong(path) }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        self.address = address
        self.path = path
        self.name = name
        self.directory = directory
    }

    func withAddress<Result>(
        _ body: (UnsafePointer<sockaddr>, socklen_t) throws(ServerError) -> Result
    ) throws(ServerError) -> Result {
        var address = address
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        return try withUnsafePointer(to: &address) { (plain) throws(ServerError) in
            // `sockaddr` is the common beginning of every address; the call reads the family, then `sockaddr_un`.
            try body(UnsafeRawPointer(plain).assumingMemoryBound(to: sockaddr.self), size)
        }
    }

    /// Removes a socket that nobody listens on.
    func clear() throws(ServerError) {
        var found = stat()
        guard fstatat(directory.descriptor, name, &found, AT_SYMLINK_NOFOLLOW) == 0 else {
            let code = errno
            guard code == ENOENT else { throw .system(call: "stat", subject: path, code: code) }
            return
        }
        guard found.st_mode & S_IFMT == S_IFSOCK else { throw .notASocket(path) }
        let probe = try Socket(family: AF_UNIX, subject: path)
        let lives = try withAddress { address, size throws(ServerError) in probe.reaches(address, size) }
        guard !lives else { throw .inUse(path) }
        guard unlinkat(directory.descriptor, name, 0) == 0 else {
            throw .system(call: "unlink", subject: path, code: errno)
        }
    }
}

/// A directory, open as a starting point for names.
private struct OpenDirectory: ~Copyable {
    let descriptor: Int32

    init(_ path: String, subject: String) throws(ServerError) {
        descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(call: "open directory", subject: subject, code: errno) }
    }

    deinit { close(descriptor) }
}
