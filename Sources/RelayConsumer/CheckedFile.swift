import RelayCore
import RelaySeal

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// An open regular file that has one name only, opened without following a link.
struct CheckedFile: ~Copyable {
    /// Open for reading as long as this value lives.
    let descriptor: Int32
    /// In bytes, when it was opened.
    let size: Int64
    private let label: String

    /// Opens `path`; a file that a person names may be a link, or have several names.
    init(at path: String, isLinkAllowed: Bool = false) throws(ConsumerError) {
        try self.init(path, in: AT_FDCWD, isLinkAllowed: isLinkAllowed)
    }

    fileprivate init(_ name: String, in directory: Int32, isLinkAllowed: Bool) throws(ConsumerError) {
        let flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | (isLinkAllowed ? 0 : O_NOFOLLOW)
        let descriptor = openat(directory, name, flags)
        guard descriptor >= 0 else {
            guard errno != ELOOP else {
                throw .damaged(name: name, expected: "a regular file", found: "a link")
            }
            throw .last("open \(name)")
        }
        var status = stat()
        let failure: ConsumerError? =
            if fstat(descriptor, &status) != 0 {
                .last("look at \(name)")
            } else if status.st_mode & S_IFMT != S_IFREG {
                .damaged(name: name, expected: "a regular file", found: "something else")
            } else if status.st_nlink != 1, !isLinkAllowed {
                .damaged(name: name, expected: "a file with one name", found: "\(status.st_nlink) hard links")
            } else {
                nil
            }
        if let failure {
            close(descriptor)
            throw failure
        }
        self.descriptor = descriptor
        self.size = Int64(status.st_size)
        self.label = name
    }

    deinit { close(descriptor) }

    /// Gives all bytes, in pieces, from the beginning.
    func read(_ body: (ArraySlice<UInt8>) throws(ConsumerError) -> Void) throws(ConsumerError) {
        guard lseek(descriptor, 0, SEEK_SET) == 0 else { throw .last("rewind \(label)") }
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        while let count = try Descriptors.fill(&buffer, from: descriptor, during: "read \(label)"), count > 0
        {
            try body(buffer[..<count])
        }
    }

    /// The digest of the bytes.
    func digest() throws(ConsumerError) -> Digest {
        var sum = SHA256()
        try read { (bytes) throws(ConsumerError) in sum.take(bytes) }
        return sum.finish()
    }

    /// All that a contract asks about.
    func facts(as name: AttachmentName) throws(ConsumerError) -> FileFacts {
        var sum = SHA256()
        var text = UTF8Scanner()
        var headings = HeadingScanner()
        var hidden = HiddenCharacterScanner()
        var size: Int64 = 0
        try read { (bytes) throws(ConsumerError) in
            sum.take(bytes)
            text.take(bytes)
            headings.take(bytes)
            hidden.take(bytes)
            size += Int64(bytes.count)
        }
        return FileFacts(
            name: name,
            size: size,
            digest: sum.finish(),
            isUTF8: text.holds,
            headings: headings.finish(),
            hidden: hidden.finish()
        )
    }
}

/// An open directory, opened without following a link.
struct Folder: ~Copyable {
    private let descriptor: Int32
    private let path: String

    init(_ path: String) throws(ConsumerError) {
        descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { throw .last("open the directory \(path)") }
        self.path = path
    }

    deinit { close(descriptor) }

    /// The file `name` in it.
    func file(_ name: AttachmentName) throws(ConsumerError) -> CheckedFile {
        try CheckedFile(name.rawValue, in: descriptor, isLinkAllowed: false)
    }

    /// The raw names in it, sorted, without `.` and `..`; those that are not UTF-8 are shown repaired.
    func names() throws(ConsumerError) -> [String] {
        let copy = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0, let stream = fdopendir(copy) else { throw .last("list \(path)") }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let capacity = MemoryLayout.size(ofValue: entry.pointee.d_name)
            let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
                field.withMemoryRebound(to: CChar.self, capacity: capacity) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// The bytes of the regular files in it, not looking into directories.
    func bytes() throws(ConsumerError) -> Int64 {
        var sum: Int64 = 0
        for name in try names() {
            var status = stat()
            guard fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { continue }
            if status.st_mode & S_IFMT == S_IFREG { sum += Int64(status.st_size) }
        }
        return sum
    }
}
