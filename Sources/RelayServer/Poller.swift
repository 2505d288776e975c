import CMicroHTTPD

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Waits for any of the daemons or of some further descriptors.
struct Poller {
    #if os(Linux)
        private var entries: [pollfd] = []
    #endif

    /// Which daemons, by index, and whether `wake`, became ready.
    struct Ready {
        var wake = false
        var daemons: [Bool] = []
    }

    /// Waits at most `timeout`, or for ever.
    mutating func wait(
        wake: Int32,
        daemons: [Daemon],
        others: [Int32],
        timeout: Duration?
    ) throws(ServerError) -> Ready {
        #if os(Linux)
            entries.removeAll(keepingCapacity: true)
            entries.append(pollfd(fd: wake, events: Int16(POLLIN), revents: 0))
            for daemon in daemons {
                // A negative descriptor is passed over.
                let events = daemon.pausedUntil == nil ? daemon.events : -1
                entries.append(pollfd(fd: events, events: Int16(POLLIN), revents: 0))
            }
            for other in others { entries.append(pollfd(fd: other, events: Int16(POLLIN), revents: 0)) }
            guard poll(&entries, nfds_t(entries.count), Self.milliseconds(timeout)) >= 0 || errno == EINTR
            else {
                throw .system(call: "poll", subject: "server loop", code: errno)
            }
            return Ready(
                wake: entries[0].revents != 0,
                daemons: daemons.indices.map { entries[1 + $0].revents != 0 }
            )
        #else
            return try select(wake: wake, daemons: daemons, others: others, timeout: timeout)
        #endif
    }

    /// Rounded up, so that a timer is never asked for before its time.
    private static func milliseconds(_ timeout: Duration?) -> Int32 {
        guard let timeout else { return -1 }
        let (seconds, attoseconds) = timeout.components
        guard seconds < 86_400 else { return 86_400_000 }
        let milliseconds = seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        return Int32(max(0, milliseconds))
    }

    #if !os(Linux)
        private mutating func select(
            wake: Int32,
            daemons: [Daemon],
            others: [Int32],
            timeout: Duration?
        ) throws(ServerError) -> Ready {
            var (reading, writing, failing) = (fd_set(), fd_set(), fd_set())
            relay_fd_zero(&reading)
            relay_fd_zero(&writing)
            relay_fd_zero(&failing)
            var highest = wake
            relay_fd_add(wake, &reading)
            for other in others {
                relay_fd_add(other, &reading)
                highest = max(highest, other)
            }
            for daemon in daemons {
                // A descriptor that does not fit is left out; the sweep closes such a connection in time.
                _ = relay_mhd_fdset(daemon.handle, &reading, &writing, &failing, &highest)
            }
            let milliseconds = Self.milliseconds(timeout)
            var time = timeval(tv_sec: Int(milliseconds / 1000), tv_usec: milliseconds % 1000 * 1000)
            let result = withUnsafeMutablePointer(to: &time) {
                Darwin.select(highest + 1, &reading, &writing, &failing, timeout == nil ? nil : $0)
            }
            guard result >= 0 || errno == EINTR else {
                throw .system(call: "select", subject: "server loop", code: errno)
            }
            let wakes = result > 0 && relay_fd_has(wake, &reading) != 0
            return Ready(wake: wakes, daemons: daemons.map { _ in true })
        }
    #endif
}
