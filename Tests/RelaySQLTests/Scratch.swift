import RelaySQL

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A directory of one test, removed with the value unless `BATON_KEEP_SCRATCH=1`.
final class Scratch: Sendable {
    let path: String

    init() {
        var template = Array("/tmp/baton-sql-XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { $0.baseAddress.flatMap { mkdtemp($0) } }
        guard let made else { preconditionFailure("no scratch directory can be made in /tmp") }
        path = String(cString: made)
    }

    deinit {
        if let keep = getenv("BATON_KEEP_SCRATCH"), String(cString: keep) == "1" { return }
        for suffix in ["", "-wal", "-shm", "-journal"] { unlink(database + suffix) }
        unlink(path + "/link")
        rmdir(path)
    }

    var database: String { path + "/test.sqlite" }

    func write(_ bytes: [UInt8], at offset: Int = 0) {
        let descriptor = open(database, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        precondition(descriptor >= 0, "cannot open \(database)")
        defer { close(descriptor) }
        let written = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, off_t(offset)) }
        precondition(written == bytes.count, "short write to \(database)")
    }
}

/// The error that `work` throws, for use where `#expect(throws:)` would stand inside another one.
func failure<T>(of work: () throws(SQLError) -> T) -> SQLError? {
    do throws(SQLError) {
        _ = try work()
        return nil
    } catch {
        return error
    }
}
