#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Ends what an earlier run of a processor left behind, of this consumer or of one that crashed.
enum Leftovers {
    /// Ends every process of the run in `directory`; `false` when one is there even then.
    ///
    /// First SIGTERM, after `grace` SIGKILL.
    static func end(in directory: String, grace: Duration) throws(ConsumerError) -> Bool {
        let path = directory + "/" + WorkLock.name
        let descriptor = Files.open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0)
        guard descriptor >= 0 else {
            guard errno == ENOENT else { throw .last("open \(path)") }
            return true
        }
        let group = recordedGroup(descriptor)
        let isHeld = flock(descriptor, LOCK_EX | LOCK_NB) != 0
        guard isHeld || !workers(in: directory, group: group, isHeld: false).isEmpty else {
            close(descriptor)
            return true
        }
        let lock = try LockWait(on: descriptor)
        for (sent, patience) in [(SIGTERM, grace), (SIGKILL, Duration.seconds(5))] {
            signal(workers(in: directory, group: group, isHeld: isHeld), sent)
            // A consumer that was frozen while it started the run has the lock itself: it runs nothing there any more
            // that counts, and its claim is lost.
            let isFree = lock.wait(for: patience) || ProcessTable.isHeldByOwnProgramOnly(path)
            if isFree, areGone(from: directory, group: nil, within: patience) { return true }
        }
        return false
    }

    /// Sends `signal` to the groups of `workers`, and SIGKILL also to each of them.
    static func signal(_ workers: [ProcessTable.Entry], _ signal: Int32) {
        let own = getpgrp()
        for group in Set(workers.map(\.group)) where group > 1 && group != own { _ = kill(-group, signal) }
        guard signal == SIGKILL else { return }
        for worker in workers where worker.process > 1 && worker.process != getpid() {
            _ = kill(worker.process, signal)
        }
    }

    /// Waits until no process of the run in `directory` is left, at most so long.
    ///
    /// Only those who closed the inherited lock are waited for here. Nothing tells when somebody else's child
    /// ends, so the table of processes is looked at again and again; there is hardly ever a second time.
    static func areGone(from directory: String, group: Int32?, within duration: Duration) -> Bool {
        let end = ContinuousClock.now + duration
        while !ProcessTable.workers(in: directory, group: group).isEmpty {
            guard ContinuousClock.now < end else { return false }
            _ = Descriptors.ready([], within: .milliseconds(5))
        }
        return true
    }

    /// Those to signal; a recorded group counts only while one of it holds the lock, as numbers come again.
    private static func workers(in directory: String, group: Int32?, isHeld: Bool) -> [ProcessTable.Entry] {
        #if os(Linux)
            let path = directory + "/" + WorkLock.name
            let holders = group.map { ProcessTable.holders(of: path, inGroup: $0) } ?? []
            return Array(Set(ProcessTable.workers(in: directory, group: nil) + holders))
        #else
            return group.map { isHeld ? [.init(process: $0, group: $0)] : [] } ?? []
        #endif
    }

    private static func recordedGroup(_ descriptor: Int32) -> Int32? {
        var buffer = [UInt8](repeating: 0, count: 16)
        let count = buffer.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
        guard count > 0 else { return nil }
        return Int32(String(decoding: buffer[..<count].prefix { $0 != 0x0A }, as: UTF8.self))
    }
}
