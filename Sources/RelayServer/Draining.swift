import CMicroHTTPD

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Sockets that are read and thrown away for a while after their answer.
///
/// Closing a socket with unread bytes sends a reset, which can overtake the answer and destroy it. The library
/// closes its descriptor; ours is a duplicate that keeps the connection until the peer has closed too.
struct Draining {
    private var sockets: [(descriptor: Int32, until: ContinuousClock.Instant)] = []

    /// The sockets to wait on.
    var descriptors: [Int32] { sockets.map(\.descriptor) }

    var isEmpty: Bool { sockets.isEmpty }

    /// Keeps `descriptor`'s connection until `until`, unless there are `most` already.
    mutating func keep(_ descriptor: Int32, until: ContinuousClock.Instant, most: Int) {
        guard sockets.count < most else { return }
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        // Without a descriptor left the connection is closed at once.
        guard copy >= 0 else { return }
        shutdown(copy, Int32(SHUT_WR))
        sockets.append((copy, until))
    }

    /// Reads what has come and closes what has ended or been kept long enough.
    mutating func sweep(at now: ContinuousClock.Instant) {
        guard !sockets.isEmpty else { return }
        sockets.removeAll { socket in
            let isOver = now >= socket.until || Self.hasEnded(socket.descriptor)
            if isOver { close(socket.descriptor) }
            return isOver
        }
    }

    mutating func closeAll() {
        sockets.forEach { _ = close($0.descriptor) }
        sockets = []
    }

    private static func hasEnded(_ descriptor: Int32) -> Bool {
        withUnsafeTemporaryAllocation(byteCount: 16 * 1024, alignment: 1) { buffer in
            // A bounded number of reads, so that one fast peer cannot keep the loop.
            for _ in 0..<16 {
                let count = relay_receive_now(descriptor, buffer.baseAddress, buffer.count)
                if count == 0 { return true }
                if count < 0 { return errno != EAGAIN && errno != EINTR }
            }
            return false
        }
    }
}
