#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A directory of one test, removed with the value unless `BATON_KEEP_SCRATCH=1`.
final class Scratch: Sendable {
    let path: String

    init() {
        var template = Array("/tmp/baton-client-XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { $0.baseAddress.flatMap { mkdtemp($0) } }
        guard let made else { preconditionFailure("no scratch directory can be made in /tmp") }
        path = String(cString: made)
    }

    deinit {
        if let keep = getenv("BATON_KEEP_SCRATCH"), String(cString: keep) == "1" { return }
        unlink(path + "/bus.sock")
        unlink(longDirectory + "/bus.sock")
        rmdir(longDirectory)
        rmdir(path)
    }

    /// So long that no socket in it can be named directly.
    var longDirectory: String { path + "/" + String(repeating: "d", count: 150) }

    /// A file without a name that holds `bytes`; the caller closes it.
    func file(_ bytes: [UInt8]) -> Int32 {
        let name = path + "/body"
        let descriptor = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        precondition(descriptor >= 0, "cannot make \(name)")
        unlink(name)
        let written = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        precondition(written == bytes.count, "short write")
        return descriptor
    }
}
