import Foundation
import RelayConsumer
import Synchronization

/// A program that the demo started, in a process group of its own, so that Ctrl-C reaches only the demo.
final class ChildProcess: Sendable {
    /// What it is, for messages.
    let name: String
    /// Set when it has ended.
    let ended: StopSignal
    private let process: Int32
    private let output: Mutex<Int32>

    /// Starts `program`, whose messages go to the file `log`.
    init(_ name: String, _ program: String, _ arguments: [String], log: String) throws {
        self.name = name
        ended = try StopSignal()
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw Failure(.ioError, "no pipe for \(name)") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[1]) }
        do {
            process = try Self.spawn([program] + arguments, output: ends[1], log: log)
        } catch {
            close(ends[0])
            throw error
        }
        output = Mutex(ends[0])
        let (process, ended) = (process, ended)
        _ = try SideThread(named: name) {
            var status: Int32 = 0
            while waitpid(process, &status, 0) != process, errno == EINTR {}
            ended.set()
        }
    }

    deinit { output.withLock { _ = close($0) } }

    /// Waits until it has printed the line `ready`; `false` when it ended first, or the time was over.
    func isReady(within duration: Duration) -> Bool {
        let descriptor = output.withLock { $0 }
        let end = ContinuousClock.now + duration
        var text: [UInt8] = []
        while ContinuousClock.now < end {
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&entry, 1, 200) > 0 else { continue }
            var buffer = [UInt8](repeating: 0, count: 512)
            let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { return false }
            text += buffer[..<count]
            if text.split(separator: 0x0A).contains(where: { $0.starts(with: "ready".utf8) }) { return true }
        }
        return false
    }

    /// Asks it to end.
    func stop() { if !ended.isSet { _ = kill(process, SIGTERM) } }

    /// Waits for its end, and enforces it after so long.
    func finish(within duration: Duration) {
        if ended.wait(for: duration) { return }
        _ = kill(process, SIGKILL)
        ended.wait(for: .seconds(5))
    }

    private static func spawn(_ words: [String], output: Int32, log: String) throws -> Int32 {
        #if os(Linux)
            var actions = posix_spawn_file_actions_t()
            var attributes = posix_spawnattr_t()
        #else
            var actions: posix_spawn_file_actions_t? = nil
            var attributes: posix_spawnattr_t? = nil
        #endif
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_addopen(&actions, 2, log, O_WRONLY | O_CREAT | O_APPEND, 0o640)
        var (none, all) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(
            &attributes,
            Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF)
        )
        var vector: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        vector.append(nil)
        defer { for word in vector { free(word) } }
        var process: Int32 = 0
        let code = posix_spawn(&process, words[0], &actions, &attributes, vector, environ)
        guard code == 0 else {
            throw Failure(.unavailable, "\(words[0]): \(String(cString: strerror(code)))")
        }
        return process
    }
}
