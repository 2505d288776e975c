#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The system calls of the depot, as errors and tests name them.
package enum SystemCall: String, CaseIterable, Sendable {
    case open, make, status, mode, read, write, sync, truncate, rename, remove, list, lock, space, close
}

/// What a test makes of a system call instead of the kernel.
package enum Fault: Sendable {
    /// The call is not made and fails with this `errno`.
    case fails(Int32)
    /// A read or write moves at most this many bytes; it has no meaning for other calls.
    case short(Int)
}

/// The one door to the kernel: repeats what a signal interrupted and makes an error of what failed.
struct Kernel: Sendable {
    /// Asked before every call, with the path it is about; `nil` outside tests.
    let fault: (@Sendable (SystemCall, String) -> Fault?)?

    /// The result of `body`, which returns a negative number and sets `errno` when it fails.
    @discardableResult
    func run(
        _ call: SystemCall,
        _ path: @autoclosure () -> String,
        _ body: () -> Int32
    ) throws(DepotError) -> Int32 {
        Int32(truncatingIfNeeded: try move(0, call, path()) { _ in Int(body()) })
    }

    /// The same for reads and writes: `body` gets how many of `count` bytes to ask for.
    func move(
        _ count: Int,
        _ call: SystemCall,
        _ path: @autoclosure () -> String,
        _ body: (Int) -> Int
    ) throws(DepotError) -> Int {
        while true {
            // Some kernels refuse 2 GiB at once.
            var most = min(count, 1 << 30)
            switch fault?(call, path()) {
            case .fails(EINTR)?: continue
            case .fails(let code)?: throw error(code, call, path())
            case .short(let few)?: most = min(few, most)
            case nil: break
            }
            let result = body(most)
            let code = errno
            if result >= 0 { return result }
            guard code == EINTR else { throw error(code, call, path()) }
        }
    }

    /// Brings what is behind `number` to stable storage: a file's bytes and size, a directory's entries.
    ///
    /// It is repeated only when a signal interrupted it before it began; a failure is final.
    func sync(_ number: Int32, isFolder: Bool, _ path: @autoclosure () -> String) throws(DepotError) {
        do throws(DepotError) {
            try run(.sync, path()) { Self.flush(number, isFolder: isFolder) }
        } catch .system(let code, _, let path) {
            throw .unsynced(errno: code, path: path)
        } catch .missing(let path) {
            throw .unsynced(errno: ENOENT, path: path)
        }
    }

    private func error(_ code: Int32, _ call: SystemCall, _ path: String) -> DepotError {
        code == ENOENT ? .missing(path) : .system(errno: code, during: call.rawValue, path: path)
    }

    private static func flush(_ number: Int32, isFolder: Bool) -> Int32 {
        #if canImport(Darwin)
            // fsync does not reach the platter there; file systems without F_FULLFSYNC say ENOTSUP.
            let result = fcntl(number, F_FULLFSYNC)
            return result < 0 && errno == ENOTSUP ? fsync(number) : result
        #else
            // fdatasync may skip a directory whose size is the same: ext4 counts only a change of it.
            return isFolder ? fsync(number) : fdatasync(number)
        #endif
    }
}

/// An open file descriptor, closed when the value is dropped.
struct Descriptor: ~Copyable {
    let number: Int32

    init(owning number: Int32) { self.number = number }

    /// Closes it and tells what `close` said; the descriptor is gone in any case, so that it is not repeated.
    consuming func close(_ kernel: Kernel, _ path: String) throws(DepotError) {
        let owned = number
        discard self
        try kernel.run(.close, path) { Self.closeOnce(owned) }
    }

    deinit { _ = Self.closeOnce(number) }

    private static func closeOnce(_ number: Int32) -> Int32 {
        #if canImport(Darwin)
            let result = Darwin.close(number)
        #else
            let result = Glibc.close(number)
        #endif
        // A second close after EINTR could hit a descriptor that another thread has just opened.
        return result < 0 && errno == EINTR ? 0 : result
    }
}
