#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The lock on a work directory that a command's whole process group holds as long as one of it lives.
///
/// The command inherits the locked descriptor, and this process lets go of its own: that the lock is held means
/// that somebody of the group lives, whoever started it.
struct WorkLock: ~Copyable {
    /// Locked, and to be inherited.
    let held: Int32
    /// The same file, opened on its own, to wait with.
    private let observer: Int32

    /// The name of the file in the work directory.
    static let name = ".lock"

    /// Takes the lock of a work directory in which nobody works.
    init(in directory: String) throws(ConsumerError) {
        let path = directory + "/" + Self.name
        let held = Files.open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard held >= 0 else { throw .last("open \(path)") }
        let observer = Files.open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0)
        guard observer >= 0, flock(held, LOCK_EX | LOCK_NB) == 0 else {
            let failure = ConsumerError.last("lock \(path)")
            close(held)
            if observer >= 0 { close(observer) }
            throw failure
        }
        self.held = held
        self.observer = observer
    }

    deinit {
        close(held)
        close(observer)
    }

    /// Notes the group in the file, so that a later process knows which one it was.
    func record(group: Int32) {
        let text = Array("\(group)\n".utf8)
        // The group can be found without it, by its environment; so a failure has no reader.
        _ = text.withUnsafeBytes { pwrite(held, $0.baseAddress, $0.count, 0) }
    }

    /// Lets go of the lock here, and waits in a thread until those who inherited it have, too.
    consuming func handOver() throws(ConsumerError) -> LockWait {
        let observer = observer
        close(held)
        discard self
        return try LockWait(on: observer)
    }
}

/// A thread that waits for a lock and tells with a signal.
struct LockWait: Sendable {
    private let freed: StopSignal

    /// Waits for the lock on `descriptor`, which belongs to the thread from now on.
    init(on descriptor: Int32) throws(ConsumerError) {
        do {
            let freed = try StopSignal()
            self.freed = freed
            _ = try SideThread(named: "lock") {
                while flock(descriptor, LOCK_EX) != 0, errno == EINTR {}
                close(descriptor)
                freed.set()
            }
        } catch {
            close(descriptor)
            throw (error as? ConsumerError) ?? .unusable("\(error)")
        }
    }

    /// Waits at most so long; `true` when the lock was free.
    func wait(for duration: Duration) -> Bool { freed.wait(for: duration) }

    /// To be polled: readable when the lock was free.
    var descriptors: [Int32] { freed.descriptors }

    /// Whether the lock was free.
    var isFree: Bool { freed.isSet }
}
