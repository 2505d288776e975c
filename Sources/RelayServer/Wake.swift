import CMicroHTTPD

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A descriptor that becomes readable when any thread asks for it: an eventfd, elsewhere a pipe.
struct Wake: ~Copyable, Sendable {
    /// What the loop waits on.
    let reading: Int32
    private let writing: Int32

    init() throws(ServerError) {
        #if os(Linux)
            reading = relay_eventfd()
            writing = reading
            guard reading >= 0 else { throw .system(call: "eventfd", subject: "wake-up", code: errno) }
        #else
            var ends: [Int32] = [-1, -1]
            guard pipe(&ends) == 0 else { throw .system(call: "pipe", subject: "wake-up", code: errno) }
            for end in ends {
                _ = fcntl(end, F_SETFD, FD_CLOEXEC)  // cannot fail on a fresh descriptor
                _ = fcntl(end, F_SETFL, O_NONBLOCK)  // cannot fail on a fresh descriptor
            }
            (reading, writing) = (ends[0], ends[1])
        #endif
    }

    deinit {
        close(reading)
        if writing != reading { close(writing) }
    }

    /// Makes `reading` readable; calling it again before `clear` changes nothing.
    func signal() {
        var one: UInt64 = 1
        // Fails only when the counter or pipe is full, and then it is readable already.
        while write(writing, &one, 8) < 0, errno == EINTR {}
    }

    /// Makes `reading` unreadable until the next `signal`.
    func clear() {
        var buffer = (UInt64(0), UInt64(0), UInt64(0), UInt64(0))
        #if os(Linux)
            _ = read(reading, &buffer, 8)  // an eventfd is emptied by one read
        #else
            while read(reading, &buffer, 32) > 0 {}
        #endif
    }
}
