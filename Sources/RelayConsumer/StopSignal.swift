import CSpawn
#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif
import RelayCore
import Synchronization

/// A stop that any thread may ask for, once, and that every thread can see and wait for.
///
/// It is a pipe whose writing end is closed by `set`, so that it can be polled together with other descriptors.
package final class StopSignal: Sendable {
    private let reader: Int32
    private let writer: Mutex<Int32>
    private let parent: StopSignal?

    /// A signal of its own; with a parent it is also set as soon as the parent is.
    package init(after parent: StopSignal? = nil) throws {
        let ends = try Descriptors.pipe()
        self.reader = ends.reader
        self.writer = Mutex(ends.writer)
        self.parent = parent
    }

    deinit {
        close(reader)
        writer.withLock { if $0 >= 0 { _ = close($0) } }
    }

    /// Whether the stop was asked for.
    package var isSet: Bool { writer.withLock { $0 < 0 } || (parent?.isSet ?? false) }

    /// Asks for the stop; may be called twice.
    package func set() {
        writer.withLock { writer in
            if writer >= 0 { _ = close(writer) }
            writer = -1
        }
    }

    /// Waits at most so long, by a clock that no one sets, and says whether the stop was asked for.
    @discardableResult
    package func wait(for duration: Duration) -> Bool {
        let end = ContinuousClock.now + duration
        while !isSet {
            let left = end - ContinuousClock.now
            guard left > .zero else { return false }
            _ = Descriptors.ready(descriptors, within: left)
        }
        return true
    }

    /// Waits until the stop is asked for.
    package func wait() {
        while !isSet { _ = Descriptors.ready(descriptors, within: nil) }
    }

    /// Descriptors one of which turns readable with the stop; they are only to be polled.
    var descriptors: [Int32] { [reader] + (parent?.descriptors ?? []) }
}

/// The few calls on descriptors that are not the same everywhere, or need care.
enum Descriptors {
    /// A pipe whose ends no child inherits.
    static func pipe() throws(ConsumerError) -> (reader: Int32, writer: Int32) {
        var ends: [Int32] = [-1, -1]
        guard baton_pipe(&ends, O_CLOEXEC) == 0 else { throw .last("open a pipe") }
        #if !os(Linux)
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        #endif
        return (ends[0], ends[1])
    }

    /// Lets reads on `descriptor` return at once when nothing is there.
    static func setNonBlocking(_ descriptor: Int32) {
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    }

    /// Waits until one of `descriptors` has something to say, or `duration` is over; negative ones are skipped.
    ///
    /// Gives those that have; none after the time, or after a signal.
    static func ready(_ descriptors: [Int32], within duration: Duration?) -> [Int32] {
        var entries = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        // Rounded up, so that nobody turns in circles for the last part of a millisecond.
        let milliseconds = duration.map { Int32(clamping: max(0, $0.milliseconds) + 1) } ?? -1
        let count = poll(&entries, nfds_t(entries.count), milliseconds)
        guard count > 0 else { return [] }
        return entries.filter { $0.revents != 0 }.map(\.fd)
    }

    /// Reads into `buffer` and gives the count of bytes, 0 at the end, `nil` when there is nothing now.
    static func fill(_ buffer: inout [UInt8], from descriptor: Int32, during: String) throws(ConsumerError)
        -> Int?
    {
        while true {
            let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 { return count }
            switch errno {
            case EINTR: continue
            case EAGAIN: return nil
            default: throw .last(during)
            }
        }
    }

    /// Writes all of `bytes`.
    static func drain(_ bytes: ArraySlice<UInt8>, to descriptor: Int32, during: String) throws(ConsumerError)
    {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .last(during) }
            rest = rest.dropFirst(count)
        }
    }
}
