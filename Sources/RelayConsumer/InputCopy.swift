import RelayCore
import RelaySeal
import RelayWire

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Copies one input of a claimed task, hashing the very bytes that are copied.
enum InputCopy {
    /// Copies `input` into `directory`, readable only, and leaves nothing there when it is not what the bus named.
    ///
    /// - Throws: `ConsumerError.damaged` when the file is missing, is no file with one name, or has other bytes.
    static func place(_ input: LocatedFile, in directory: String) throws(ConsumerError) {
        let target = directory + "/" + input.file.name.rawValue
        let found = try copy(from: open(input), to: target)
        guard found.size == input.file.size, found.digest == input.file.digest else {
            unlink(target)
            throw .damaged(
                name: input.file.name.rawValue,
                expected: describe(size: input.file.size, digest: input.file.digest),
                found: describe(size: found.size, digest: found.digest)
            )
        }
    }

    private static func open(_ input: LocatedFile) throws(ConsumerError) -> CheckedFile {
        do throws(ConsumerError) {
            return try CheckedFile(at: input.path)
        } catch {
            let expected = describe(size: input.file.size, digest: input.file.digest)
            switch error {
            case .system(_, ENOENT):
                throw .damaged(name: input.file.name.rawValue, expected: expected, found: "no file")
            case .damaged(_, _, let found):
                throw .damaged(name: input.file.name.rawValue, expected: expected, found: found)
            case .system, .unusable: throw error
            }
        }
    }

    private static func copy(
        from source: borrowing CheckedFile,
        to target: String
    ) throws(ConsumerError) -> (size: Int64, digest: Digest) {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let descriptor = Files.open(target, flags, 0o440)
        guard descriptor >= 0 else { throw .last("make \(target)") }
        defer { close(descriptor) }
        var sum = SHA256()
        var size: Int64 = 0
        try source.read { (bytes) throws(ConsumerError) in
            sum.take(bytes)
            size += Int64(bytes.count)
            try Descriptors.drain(bytes, to: descriptor, during: "write \(target)")
        }
        return (size, sum.finish())
    }

    private static func describe(size: Int64, digest: Digest) -> String {
        "\(size) bytes with \(digest.labelled)"
    }
}

/// Calls of the system on paths.
enum Files {
    /// `open` with rights for a new file, of which the umask takes nothing away from the owner.
    static func open(_ path: String, _ flags: Int32, _ mode: mode_t) -> Int32 {
        #if canImport(Glibc)
            Glibc.open(path, flags, mode)
        #else
            Darwin.open(path, flags, mode)
        #endif
    }

    /// Makes the directory unless it is there.
    static func makeDirectory(_ path: String, _ mode: mode_t) throws(ConsumerError) {
        guard mkdir(path, mode) == 0 || errno == EEXIST else { throw .last("make the directory \(path)") }
    }

    /// Removes the directory and everything below it, following no link; what is not there is no failure.
    static func removeTree(_ path: String) throws(ConsumerError) {
        // A processor may have taken away its own right to list a directory.
        _ = chmod(path, 0o700)
        do throws(ConsumerError) {
            for name in try Folder(path).names() {
                let entry = path + "/" + name
                var status = stat()
                guard lstat(entry, &status) == 0 else { continue }
                if status.st_mode & S_IFMT == S_IFDIR {
                    try removeTree(entry)
                } else if unlink(entry) != 0 {
                    throw .last("remove \(entry)")
                }
            }
        } catch .system(_, ENOENT) {
            return
        }
        guard rmdir(path) == 0 || errno == ENOENT else { throw .last("remove \(path)") }
    }
}
