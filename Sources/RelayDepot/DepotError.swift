package import RelayCore

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Why the depot did not do what was asked; what each call leaves behind then is said at the call.
package enum DepotError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A system call failed on `path`.
    case system(errno: Int32, during: String, path: String)
    /// A sync failed: what is on the medium is unknown from here on, so it was not tried again.
    case unsynced(errno: Int32, path: String)
    /// Another bus owns this data directory.
    case locked(String)
    /// Something that is not a regular file with one link lies where a file belongs; it was not touched.
    case notRegular(String, found: EntryKind)
    /// Something that is not a directory lies where a directory belongs; it was not touched.
    case notFolder(String, found: EntryKind)
    /// There is nothing at this path.
    case missing(String)
    /// A file lies where nothing may be replaced.
    case occupied(String)
    /// The file changed while it was read.
    case changed(String)
    /// The file has more bytes than the caller takes.
    case tooLarge(path: String, limit: Int)
    /// The file's bytes are not the ones that were recorded.
    case damaged(path: String, expected: Digest, found: Digest)
    /// Others than the bus's user may use this key, so that it proves nothing.
    case exposed(String, mode: UInt32, owner: UInt32)
    /// The file is no key that can be used, for this reason.
    case unusableKey(String, String)
    /// The text is not the name of a directory entry.
    case badName(String)
    /// The upload is not finished yet, or was placed or discarded.
    case notReady(String)
    /// A line for a log holds a line feed or nothing at all.
    case brokenLine(String)
    /// The directory lies on another file system than the inbox, so nothing can be renamed into it.
    case otherFileSystem(String)

    /// Whether room on the disk is what lacks: it recovers by itself once there is some.
    package var isFull: Bool {
        guard case .system(let code, _, _) = self else { return false }
        return code == ENOSPC || code == EDQUOT
    }

    /// Whether the key is at fault.
    package var isRefusal: Bool {
        switch self {
        case .exposed, .unusableKey: true
        default: false
        }
    }

    /// Whether the medium can no longer be trusted: the process must end and recover.
    package var isMediaFailure: Bool {
        switch self {
        case .unsynced: true
        case .system(let code, _, _): Self.mediaCodes.contains(code)
        case .locked, .notRegular, .notFolder, .missing, .occupied, .changed, .tooLarge, .damaged, .exposed,
            .unusableKey, .badName, .notReady, .brokenLine, .otherFileSystem:
            false
        }
    }

    package var description: String {
        switch self {
        case .system(let code, let call, let path): "\(path): cannot \(call): \(Self.text(code))"
        case .unsynced(let code, let path): "\(path): not safe on the disk: \(Self.text(code))"
        case .locked(let path): "\(path): in use by another bus; stop that one first"
        case .notRegular(let path, let found): "\(path): a file belongs here, but there is \(found)"
        case .notFolder(let path, let found): "\(path): a directory belongs here, but there is \(found)"
        case .missing(let path): "\(path): not there"
        case .occupied(let path): "\(path): already there, and never replaced"
        case .changed(let path): "\(path): changed while it was read"
        case .tooLarge(let path, let limit): "\(path): more than \(limit) bytes"
        case .damaged(let path, let expected, let found):
            "\(path): damaged: its SHA-256 is \(found), recorded is \(expected)"
        case .exposed(let path, let mode, let owner):
            "\(path): mode \(String(mode, radix: 8)), owner \(owner): only the bus's user may read it; chmod 600 and chown it, and make a new key if anybody else could have read it"
        case .unusableKey(let path, let why): "\(path): \(why)"
        case .badName(let name): "\(name): not a name of a directory entry"
        case .notReady(let path): "\(path): not a finished upload"
        case .brokenLine(let path): "\(path): refused a line that is empty or holds a line feed"
        case .otherFileSystem(let path): "\(path): must be on the same file system as the inbox"
        }
    }

    #if os(Linux)
        private static let mediaCodes = [EIO, EROFS, EUCLEAN]
    #else
        private static let mediaCodes = [EIO, EROFS]
    #endif

    private static func text(_ code: Int32) -> String { String(cString: strerror(code)) }
}

/// What lies at a name in a directory.
package enum EntryKind: Hashable, Sendable, CustomStringConvertible {
    /// A regular file that has no other name.
    case file
    /// A regular file that has other names, too, and so can be changed through them.
    case linkedFile(links: Int)
    case folder, symbolicLink, pipe, socket, device

    init(_ status: stat) {
        self =
            switch status.st_mode & S_IFMT {
            case S_IFREG where status.st_nlink == 1: .file
            case S_IFREG: .linkedFile(links: Int(status.st_nlink))
            case S_IFDIR: .folder
            case S_IFLNK: .symbolicLink
            case S_IFIFO: .pipe
            case S_IFSOCK: .socket
            default: .device
            }
    }

    package var description: String {
        switch self {
        case .file: "a file"
        case .linkedFile(let links): "a file with \(links) links"
        case .folder: "a directory"
        case .symbolicLink: "a symbolic link"
        case .pipe: "a named pipe"
        case .socket: "a socket"
        case .device: "a device"
        }
    }
}
