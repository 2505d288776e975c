import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A flag that one thread waits for: raised before the wait, it is not lost.
///
/// A descriptor rather than a condition variable, because numbers may be shared between threads by the compiler's
/// own rules; raising a flag that is up costs no system call.
package final class Signal: Sendable {
    private let isRaised = Atomic<Bool>(false)
    private let readEnd: Int32
    private let writeEnd: Int32

    /// A flag that is down.
    package init() {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { preconditionFailure("no descriptors left for a pipe at start") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        readEnd = ends[0]
        writeEnd = ends[1]
    }

    deinit {
        close(readEnd)
        close(writeEnd)
    }

    /// Lets the next `wait`, or the one that waits, return; any thread.
    package func raise() {
        guard !isRaised.exchange(true, ordering: .sequentiallyConsistent) else { return }
        var byte: UInt8 = 1
        while write(writeEnd, &byte, 1) < 0, errno == EINTR {}
    }

    /// Returns once `raise` was called since the last return.
    package func wait() {
        var byte: UInt8 = 0
        while read(readEnd, &byte, 1) < 0, errno == EINTR {}
        isRaised.store(false, ordering: .sequentiallyConsistent)
    }

    /// The same, but no longer than `limit`; `false` when nobody raised it by then.
    @discardableResult
    package func wait(atMost limit: Duration) -> Bool {
        let end = ContinuousClock.now + limit
        var entry = pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0)
        while true {
            let left = max(.zero, end - .now).components
            let milliseconds = left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000 + 1
            if poll(&entry, 1, Int32(clamping: milliseconds)) > 0 { break }
            if ContinuousClock.now >= end { return false }
        }
        wait()
        return true
    }
}
