import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Ends every transfer it was given to, now and later; it cannot be undone.
///
/// Holds a pair of sockets: one byte, never read, wakes all that wait on its end.
package final class Cancellation: Sendable {
    private let cancelled = Atomic(false)
    private let readEnd: Int32
    private let writeEnd: Int32

    /// Not yet cancelled.
    package init() {
        var ends: [Int32] = [-1, -1]
        #if canImport(Glibc)
            let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
            let made = socketpair(AF_UNIX, type, 0, &ends)
        #else
            let made = socketpair(AF_UNIX, SOCK_STREAM, 0, &ends)
            for end in ends where end >= 0 { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        #endif
        // Without descriptors to spare, transfers look at `isCancelled` every 100 ms instead.
        readEnd = made == 0 ? ends[0] : -1
        writeEnd = made == 0 ? ends[1] : -1
    }

    deinit {
        if readEnd >= 0 { close(readEnd) }
        if writeEnd >= 0 { close(writeEnd) }
    }

    /// Ends the transfers; from any thread, any number of times.
    package func cancel() {
        guard !cancelled.exchange(true, ordering: .sequentiallyConsistent), writeEnd >= 0 else { return }
        var byte: UInt8 = 0
        while write(writeEnd, &byte, 1) < 0, errno == EINTR {}
    }

    /// `cancel` has been called.
    package var isCancelled: Bool { cancelled.load(ordering: .sequentiallyConsistent) }

    /// Readable once cancelled, valid as long as this object; `nil` when there is none.
    var descriptor: Int32? { readEnd >= 0 ? readEnd : nil }
}
