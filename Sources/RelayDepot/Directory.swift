#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// One open directory.
///
/// All its entries are reached through the descriptor, and links are never followed.
final class Directory: Sendable {
    private let descriptor: Descriptor
    private let kernel: Kernel
    let path: String

    private init(owning number: Int32, _ path: String, _ kernel: Kernel) {
        descriptor = Descriptor(owning: number)
        self.path = path
        self.kernel = kernel
    }

    /// Opens the directory at `path`, which may be a link to one, or makes it with `mode` when it may.
    convenience init(at path: String, mode: mode_t, making: Bool, _ kernel: Kernel) throws(DepotError) {
        var made = false
        if making {
            do throws(DepotError) {
                try kernel.run(.make, path) { mkdir(path, mode & 0o777) }
                made = true
            } catch .system(EEXIST, _, _) {
                // Then it is there.
            }
        }
        let number = try kernel.run(.open, path) { open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        self.init(owning: number, path, kernel)
        if made { try allow(mode) }
    }

    /// The path of an entry, for people.
    func path(of name: Component) -> String { path + "/" + name.shown }

    // MARK: Directories

    /// Opens a directory in this one.
    func folder(_ name: Component) throws(DepotError) -> Directory {
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        do throws(DepotError) {
            let number = try kernel.run(.open, path(of: name)) {
                openat(descriptor.number, name.cString, flags)
            }
            return Directory(owning: number, path(of: name), kernel)
        } catch {
            if let kind = known(name), kind != .folder {
                throw .notFolder(path(of: name), found: kind)
            }
            throw error
        }
    }

    /// Opens a directory in this one, makes it when it is missing, and gives it `mode` when it is ours.
    ///
    /// Its entry here is not synced. Two threads may make the same directory at once.
    func makeFolder(_ name: Component, mode: mode_t) throws(DepotError) -> Directory {
        do throws(DepotError) {
            try kernel.run(.make, path(of: name)) {
                mkdirat(descriptor.number, name.cString, mode & 0o777)
            }
        } catch .system(EEXIST, _, _) {
            // What is there is looked at below.
        }
        let folder = try folder(name)
        let status = try folder.status()
        if status.st_uid == geteuid(), status.st_mode & 0o7777 != mode { try folder.allow(mode) }
        return folder
    }

    /// Opens a directory of ours in this one; see `makeFolder` and `folder`.
    func ours(_ name: String, mode: mode_t, making: Bool) throws(DepotError) -> Directory {
        let name = Component(checked: name)
        return making ? try makeFolder(name, mode: mode) : try folder(name)
    }

    /// The directory that this one is in, even when its path is a link.
    func parent() throws(DepotError) -> Directory {
        let number = try kernel.run(.open, path + "/..") {
            openat(descriptor.number, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        }
        return Directory(owning: number, path + "/..", kernel)
    }

    /// Brings the entries to stable storage.
    func sync() throws(DepotError) {
        try kernel.sync(descriptor.number, isFolder: true, path)
    }

    /// Gives the directory free for others.
    func unlock() { flock(descriptor.number, LOCK_UN) }

    /// Takes the directory for this process until the object goes; `false` when another one has it.
    ///
    /// A process that is started meanwhile holds on to the lock until it has let go of what it inherited; `unlock`
    /// frees it nevertheless.
    func lock() throws(DepotError) -> Bool {
        do throws(DepotError) {
            try kernel.run(.lock, path) { flock(descriptor.number, LOCK_EX | LOCK_NB) }
            return true
        } catch .system(EWOULDBLOCK, _, _) {
            return false
        }
    }

    /// What the kernel knows of the directory itself.
    func status() throws(DepotError) -> stat {
        var status = stat()
        try kernel.run(.status, path) { fstat(descriptor.number, &status) }
        return status
    }

    /// What the kernel knows of its file system.
    func fileSystem() throws(DepotError) -> statvfs {
        var status = statvfs()
        try kernel.run(.space, path) { fstatvfs(descriptor.number, &status) }
        return status
    }

    private func allow(_ mode: mode_t) throws(DepotError) {
        try kernel.run(.mode, path) { fchmod(descriptor.number, mode) }
    }

    // MARK: Entries

    /// What lies at `name`, `nil` when nothing does.
    func kind(of name: Component) throws(DepotError) -> EntryKind? {
        try status(of: name).map { EntryKind($0) }
    }

    /// What the kernel knows of the entry itself, not of what a link leads to; `nil` when there is none.
    func status(of name: Component) throws(DepotError) -> stat? {
        var status = stat()
        do throws(DepotError) {
            try kernel.run(.status, path(of: name)) {
                fstatat(descriptor.number, name.cString, &status, AT_SYMLINK_NOFOLLOW)
            }
        } catch .missing {
            return nil
        }
        return status
    }

    /// Whether a file lies at `name`; throws when something else does.
    func hasFile(_ name: Component) throws(DepotError) -> Bool {
        guard let kind = try kind(of: name) else { return false }
        guard kind == .file else { throw .notRegular(path(of: name), found: kind) }
        return true
    }

    /// Opens the file at `name`; with `O_CREAT` among the `flags` a new one is 0600.
    func file(_ name: Component, _ flags: Int32) throws(DepotError) -> File {
        // Without O_NONBLOCK, opening a named pipe would wait for its other end.
        let flags = flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY
        let number: Int32
        do throws(DepotError) {
            number = try kernel.run(.open, path(of: name)) {
                openat(descriptor.number, name.cString, flags, 0o600)
            }
        } catch {
            // What is there tells people more than ELOOP, ENXIO or EISDIR.
            if flags & O_EXCL == 0, let kind = known(name), kind != .file {
                throw .notRegular(path(of: name), found: kind)
            }
            throw error
        }
        return try File(Descriptor(owning: number), path(of: name), kernel)
    }

    /// Makes an empty file with exactly `mode`; on a throw there may be one without it.
    func makeFile(_ name: Component, mode: mode_t) throws(DepotError) -> File {
        let file = try file(name, O_WRONLY | O_CREAT | O_EXCL)
        try file.allow(mode)
        return file
    }

    /// Renames an entry and replaces what is at the target; neither directory is synced.
    func rename(_ name: Component, to target: Directory, as newName: Component) throws(DepotError) {
        try kernel.run(.rename, path(of: name)) {
            renameat(descriptor.number, name.cString, target.descriptor.number, newName.cString)
        }
    }

    /// Removes a file; nothing happens when there is none.
    func remove(_ name: Component) throws(DepotError) {
        do throws(DepotError) {
            try kernel.run(.remove, path(of: name)) { unlinkat(descriptor.number, name.cString, 0) }
        } catch .missing {
            // Somebody was faster: it is gone, as asked.
        }
    }

    /// Removes a directory in this one; `false` when it is not empty, nothing happens when there is none.
    @discardableResult
    func removeFolder(_ name: Component) throws(DepotError) -> Bool {
        do throws(DepotError) {
            try kernel.run(.remove, path(of: name)) {
                unlinkat(descriptor.number, name.cString, AT_REMOVEDIR)
            }
        } catch .missing {
            return true
        } catch .system(ENOTEMPTY, _, _) {
            return false
        } catch .system(EEXIST, _, _) {
            return false
        }
        return true
    }

    /// The names of all entries but `.` and `..`, in the order of their bytes.
    func names() throws(DepotError) -> [Component] {
        // An open of its own: the position in a directory belongs to the open, not to the descriptor.
        let number = try kernel.run(.open, path) {
            openat(descriptor.number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        }
        guard let stream = fdopendir(number) else {
            let code = errno
            _ = Descriptor(owning: number)
            throw .system(errno: code, during: SystemCall.list.rawValue, path: path)
        }
        defer { closedir(stream) }
        var names: [Component] = []
        while true {
            var entry: UnsafeMutablePointer<dirent>?
            try kernel.run(.list, path) { () -> Int32 in
                errno = 0
                entry = readdir(stream)
                return entry == nil && errno != 0 ? -1 : 0
            }
            guard let entry else { break }
            if let name = Self.name(in: entry) { names.append(name) }
        }
        return names.sorted { $0.cString.lexicographicallyPrecedes($1.cString) }
    }

    private static func name(in entry: UnsafeMutablePointer<dirent>) -> Component? {
        // The record is as long as its name and may be shorter than Swift's `dirent`, so it is not copied.
        guard let offset = MemoryLayout<dirent>.offset(of: \dirent.d_name) else { return nil }
        let start = (UnsafeRawPointer(entry) + offset).assumingMemoryBound(to: UInt8.self)
        let length = strlen(UnsafeRawPointer(start).assumingMemoryBound(to: CChar.self))
        return Component(bytes: UnsafeBufferPointer(start: start, count: length))
    }

    /// What lies at `name`, for a message: an error of looking has no reader, as the first one is reported.
    private func known(_ name: Component) -> EntryKind? {
        var status = stat()
        guard fstatat(descriptor.number, name.cString, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return nil }
        return EntryKind(status)
    }
}
