#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// One open regular file that has one link.
struct File: ~Copyable {
    private let descriptor: Descriptor
    private let kernel: Kernel
    let path: String

    /// Closes what it was given when that is not a regular file with one link.
    init(_ descriptor: consuming Descriptor, _ path: String, _ kernel: Kernel) throws(DepotError) {
        self.descriptor = descriptor
        self.path = path
        self.kernel = kernel
        let kind = EntryKind(try status())
        guard kind == .file else { throw .notRegular(path, found: kind) }
    }

    /// Writes all bytes; on a throw some of them may be in the file.
    func write(_ bytes: [UInt8]) throws(DepotError) {
        var done = 0
        while done < bytes.count {
            let number = descriptor.number
            let written = try kernel.move(bytes.count - done, .write, path) { (count) in
                bytes.withUnsafeBytes { Self.write(number, $0.baseAddress.map { $0 + done }, count) }
            }
            // Nothing written and no error would go on for ever.
            guard written > 0 else { throw .system(errno: EIO, during: "write", path: path) }
            done += written
        }
    }

    /// Reads from `offset` until `buffer` is full or the file ends; returns how many bytes came.
    func read(into buffer: inout [UInt8], from offset: Int64) throws(DepotError) -> Int {
        var done = 0
        while done < buffer.count {
            let number = descriptor.number
            let came = try kernel.move(buffer.count - done, .read, path) { (count) in
                buffer.withUnsafeMutableBytes {
                    pread(number, $0.baseAddress.map { $0 + done }, count, off_t(offset) + off_t(done))
                }
            }
            if came == 0 { break }
            done += came
        }
        return done
    }

    /// Brings the bytes and the size to stable storage; the entry in the directory is not part of it.
    func sync() throws(DepotError) {
        try kernel.sync(descriptor.number, isFolder: false, path)
    }

    /// Cuts the file to `size` bytes.
    func truncate(to size: Int64) throws(DepotError) {
        try kernel.run(.truncate, path) { ftruncate(descriptor.number, off_t(size)) }
    }

    /// Gives the file `size` bytes of the disk, so that writing them cannot fail for want of room.
    func allocate(_ size: Int64) throws(DepotError) {
        #if canImport(Darwin)
            var wish = fstore_t(
                fst_flags: UInt32(F_ALLOCATEALL),
                fst_posmode: F_PEOFPOSMODE,
                fst_offset: 0,
                fst_length: off_t(size),
                fst_bytesalloc: 0
            )
            try kernel.run(.space, path) { fcntl(descriptor.number, F_PREALLOCATE, &wish) }
        #else
            try kernel.run(.space, path) {
                // It gives its error instead of setting `errno`.
                errno = posix_fallocate(descriptor.number, 0, off_t(size))
                return errno == 0 ? 0 : -1
            }
        #endif
    }

    /// Sets the permissions to exactly `mode`, whatever the process's umask.
    func allow(_ mode: mode_t) throws(DepotError) {
        try kernel.run(.mode, path) { fchmod(descriptor.number, mode) }
    }

    /// What the kernel knows of the file now.
    func status() throws(DepotError) -> stat {
        var status = stat()
        try kernel.run(.status, path) { fstat(descriptor.number, &status) }
        return status
    }

    /// Closes it and tells what `close` said.
    consuming func close() throws(DepotError) {
        let (kernel, path) = (self.kernel, self.path)
        try descriptor.close(kernel, path)
    }

    private static func write(_ number: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
        #if canImport(Darwin)
            Darwin.write(number, bytes, count)
        #else
            Glibc.write(number, bytes, count)
        #endif
    }
}

/// A file that is written under a name of its own before it gets its place.
struct Part: ~Copyable {
    let name: Component
    let file: File
}

/// What must stay the same while a file is read.
struct Stamp: Hashable {
    let device: UInt64
    let inode: UInt64
    let size: Int64
    let seconds: Int
    let nanoseconds: Int

    init(_ status: stat) {
        device = UInt64(truncatingIfNeeded: status.st_dev)
        inode = UInt64(truncatingIfNeeded: status.st_ino)
        size = Int64(status.st_size)
        #if canImport(Darwin)
            let time = status.st_mtimespec
        #else
            let time = status.st_mtim
        #endif
        seconds = time.tv_sec
        nanoseconds = time.tv_nsec
    }
}
