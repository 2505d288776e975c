import TestSupport
import Testing

/// What the threads of a bus ask of the system while it is under load, as strace sees it.
@Suite struct LoopTests {
    /// What the loop may do that can never wait for a disk; further calls only on sockets, pipes and the like.
    private static let harmless: Set = [
        "poll", "ppoll", "epoll_wait", "epoll_pwait", "epoll_ctl", "epoll_create1", "accept", "accept4",
        "recvfrom", "recvmsg",
        "sendto", "sendmsg", "shutdown", "setsockopt", "getsockopt", "getsockname", "getpeername", "futex",
        "munmap", "mprotect", "madvise", "brk", "gettid", "rt_sigprocmask", "sched_yield", "clock_gettime",
        "prctl", "restart_syscall", "sigaltstack", "exit",
    ]

    /// Three hundred tasks, each with an upload, by 16 clients, and all that goes through the Unix socket.
    @Test(
        .enabled("strace is not installed or may not trace here, so nobody can see what the loop calls") {
            let probe = try? SpawnedProcess(
                "/usr/bin/strace",
                ["-f", "-Y", "-yy", "-o", "/dev/null", "/bin/true"]
            )
            return try await probe?.waitForExit(within: .seconds(30)) == .exited(0)
        },
        .timeLimit(.minutes(10))
    )
    func nothingBlocksTheLoopAndNoAcknowledgementReadsAFileAgain() async throws {
        let scratch = try ScratchDirectory()
        defer { scratch.remove() }
        let path = scratch.path("trace")
        let load = try SpawnedProcess(
            builtProduct("LoadGenerator"),
            ["--clients", "16", "--tasks", "300", "--seconds", "120", "--uploads", "--no-baselines"]
                + ["--trace", path]
        )
        let finished = try await load.finish(within: .seconds(240))
        try #require(finished.status == .exited(0), "\(finished.lines.map(\.text))")
        let calls = try SystemCallTrace(of: path).calls

        let onTheLoop = calls.filter { $0.thread == "loop" }
        let blocking = onTheLoop.filter { call in
            switch call.name {
            case "mmap": !call.rest.contains("MAP_ANONYMOUS")
            case "read", "write", "close", "fcntl", "socket": !call.isOnChannel
            default: !Self.harmless.contains(call.name)
            }
        }
        #expect(blocking.isEmpty, "on the loop: \(blocking.prefix(10))")
        let made = calls.filter { ["mkdir", "mkdirat"].contains($0.name) }
        #expect(made.isEmpty, "directories made: \(made.prefix(10))")
        let read = calls.filter { $0.readsNodeFile || $0.opensNodeFile }
        #expect(read.isEmpty, "files read again: \(read.prefix(10))")
        try expectWork(in: calls)
    }

    /// A trace of nothing would show no fault either.
    private func expectWork(in calls: [SystemCallTrace.Call]) throws {
        func count(_ thread: String, _ name: String) -> Int {
            calls.count { $0.thread == thread && $0.name == name }
        }
        #expect(count("loop", "recvfrom") >= 600, "each upload and each task was received on the loop")
        #expect(count("pool", "fdatasync") + count("pool", "fsync") >= 300, "each upload was synced")
        #expect(
            count("committer", "renameat") + count("committer", "renameat2") >= 300,
            "each upload was placed"
        )
        #expect(count("committer", "fdatasync") > 0, "the ledger was synced")
        #expect(count("projector", "renameat") + count("projector", "renameat2") > 0, "tasks were shown")
    }
}
