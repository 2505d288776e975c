#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The system's calls, under names that do not meet the methods here.
private let (systemRead, systemWrite) = (read, write)

/// Reads a stage's inputs and writes its outputs, within the contracts' limits.
package struct StageFiles: Sendable {
    private let workspace: Workspace

    /// The files of one run.
    package init(_ workspace: Workspace) { self.workspace = workspace }

    /// The bytes of the input `name`, valid UTF-8, or `nil` when there is no such input.
    ///
    /// - Throws: `ProcessorRefusal` when it cannot be read, is larger than `limit` bytes or not UTF-8.
    package func read(_ name: String, limit: Int) throws(ProcessorRefusal) -> [UInt8]? {
        let descriptor = open("\(workspace.input)/\(name)", O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else {
            let code = errno
            if code == ENOENT { return nil }
            throw Self.refusal("cannot open the input \(name)", code)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw Self.refusal("cannot examine the input \(name)", errno)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw ProcessorRefusal("the input \(name) is no regular file; give a file of that name")
        }
        guard Int(status.st_size) <= limit else {
            throw ProcessorRefusal(
                "the input \(name) has \(status.st_size) bytes; at most \(limit) are allowed"
            )
        }
        let bytes = try Self.bytes(of: descriptor, count: Int(status.st_size), name)
        guard Self.isUTF8(bytes) else {
            throw ProcessorRefusal("the input \(name) is not valid UTF-8; convert it and order the job again")
        }
        return bytes
    }

    /// The same for an input that must be there.
    package func readRequired(_ name: String, limit: Int) throws(ProcessorRefusal) -> [UInt8] {
        guard let bytes = try read(name, limit: limit) else {
            throw ProcessorRefusal("the input \(name) is missing in \(workspace.input)")
        }
        return bytes
    }

    /// Writes the output `name`; it must not exist yet.
    ///
    /// - Throws: `ProcessorRefusal` when it cannot be written or has more than `limit` bytes; part of it may
    ///   remain.
    package func write(_ bytes: [UInt8], to name: String, limit: Int) throws(ProcessorRefusal) {
        guard bytes.count <= limit else {
            let rule = "at most \(limit) are allowed"
            throw ProcessorRefusal("the output \(name) would have \(bytes.count) bytes; \(rule)")
        }
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let descriptor = open("\(workspace.output)/\(name)", flags, 0o640)
        guard descriptor >= 0 else { throw Self.refusal("cannot create the output \(name)", errno) }
        var failure: Int32?
        bytes.withUnsafeBytes { buffer in
            var rest = buffer[...]
            while !rest.isEmpty, failure == nil {
                let start = UnsafeRawBufferPointer(rebasing: rest).baseAddress
                let count = systemWrite(descriptor, start, rest.count)
                if count > 0 { rest = rest.dropFirst(count) } else if errno != EINTR { failure = errno }
            }
        }
        if close(descriptor) != 0, failure == nil { failure = errno }
        if let failure { throw Self.refusal("cannot write the output \(name)", failure) }
    }

    private static func bytes(
        of descriptor: Int32,
        count: Int,
        _ name: String
    ) throws(ProcessorRefusal) -> [UInt8] {
        var failure: Int32?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count, failure == nil {
                let got = systemRead(descriptor, buffer.baseAddress.map { $0 + filled }, count - filled)
                if got > 0 {
                    filled += got
                } else if got == 0 || errno != EINTR {
                    failure = got == 0 ? EIO : errno
                }
            }
        }
        if let failure { throw refusal("cannot read the input \(name)", failure) }
        return bytes
    }

    private static func isUTF8(_ bytes: [UInt8]) -> Bool { String(validating: bytes, as: UTF8.self) != nil }

    private static func refusal(_ what: String, _ code: Int32) -> ProcessorRefusal {
        ProcessorRefusal("\(what): \(String(cString: strerror(code)))")
    }
}
