#if os(Linux)
    import Foundation
    import Glibc
    import RelayWire
    import TestSupport
    import Testing

    @testable import batond

    /// That `batond` cannot start a program: tried from inside the filter, and looked up at the real daemon.
    @Suite(.timeLimit(.minutes(10))) struct ExecutionTests {
        /// A way to start something, and the error it must end with.
        private struct Attempt: Sendable {
            let name: String
            let expected: Int32
            /// The errno it failed with, 0 when it did not fail.
            let outcome: @Sendable () -> Int32

            init(_ name: String, _ expected: Int32, _ outcome: @escaping @Sendable () -> Int32) {
                self.name = name
                self.expected = expected
                self.outcome = outcome
            }
        }

        /// Without the filter each fails otherwise or succeeds, and none does harm.
        private static let attempts = [
            Attempt("execve", EPERM) {
                var none: [UnsafeMutablePointer<CChar>?] = [nil]
                return execve("/nonexistent", &none, &none) == 0 ? 0 : errno
            },
            Attempt("execveat", EPERM) { systemCall(322, -1) },
            Attempt("posix_spawn", EPERM) {
                var process: pid_t = 0
                var none: [UnsafeMutablePointer<CChar>?] = [nil]
                return posix_spawn(&process, "/nonexistent", nil, nil, &none, &none)
            },
            // It has no errno of its own to tell.
            Attempt("popen", EPERM) { popen("true", "r").map { pclose($0) } == nil ? EPERM : 0 },
            Attempt("fork", EPERM) { systemCall(57) },
            // Of this process's parent; it would have to be asked to stop before anything came of it.
            Attempt("ptrace", EPERM) { systemCall(101, 0x4206, Int(getppid())) },
            Attempt("clone3", ENOSYS) { systemCall(435) },
        ]

        /// The errno of a system call by its number, 0 when it succeeds; a child that comes of it ends at once.
        private static func systemCall(_ number: Int, _ first: Int = 0, _ second: Int = 0) -> Int32 {
            typealias Call = @convention(c) (Int, Int, Int, Int, Int, Int, Int) -> Int
            guard let symbol = dlsym(nil, "syscall") else { return -1 }
            let result = unsafeBitCast(symbol, to: Call.self)(number, first, second, 0, 0, 0, 0)
            guard result >= 0 else { return errno }
            if number == 57, result == 0 { _exit(0) }
            if number == 57 { waitpid(pid_t(result), nil, 0) }
            return 0
        }

        #if arch(x86_64)
            @Test func nothingCanBeStartedFromInsideTheFilter() async throws {
                let outcomes = await withCheckedContinuation { continuation in
                    // The filter stays on its thread, so the thread must not be one that others use.
                    Thread.detachNewThread {
                        let failure: (any Error)?
                        do {
                            try ExecutionFilter.apply(toEveryThread: false)
                            failure = nil
                        } catch {
                            failure = error
                        }
                        let codes = failure == nil ? Self.attempts.map { $0.outcome() } : []
                        continuation.resume(returning: (failure.map { "\($0)" }, codes))
                    }
                }
                #expect(outcomes.0 == nil)
                try #require(outcomes.1.count == Self.attempts.count)
                for (attempt, code) in zip(Self.attempts, outcomes.1) {
                    #expect(code == attempt.expected, "\(attempt.name)")
                }
            }

            @Test func withoutTheFilterTheSameAttemptsEndOtherwise() {
                for attempt in Self.attempts where !["execveat", "ptrace"].contains(attempt.name) {
                    #expect(attempt.outcome() != attempt.expected, "\(attempt.name)")
                }
            }
        #endif

        @Test func everyThreadOfTheDaemonIsUnderTheFilterAndHealthSaysSo() async throws {
            try await withNode { node in
                let threads = "/proc/\(node.processID)/task"
                let names = try FileManager.default.contentsOfDirectory(atPath: threads)
                #expect(names.count > 4)
                for name in names {
                    let status = try String(contentsOfFile: "\(threads)/\(name)/status", encoding: .utf8)
                    #expect(status.contains("Seccomp:\t2\n") && status.contains("NoNewPrivs:\t1\n"))
                }
                let health = try node.ask(.get("/health"), from: .main)
                #expect(try JSON(parsing: health.body)["exec"]?.stringValue == "denied")
            }
        }
    }
#endif
