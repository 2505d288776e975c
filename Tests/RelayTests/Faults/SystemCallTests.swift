#if os(Linux)
    import RelayCore
    import RelayWire
    import TestSupport
    import Testing

    extension RelayTests {
        /// Each system call of a node fails once, one after the other: nothing is acknowledged that is not durable.
        @Suite(
            .enabled("needs strace and the right to trace (deploy/setup.sh --tools)") {
                await FailingCall.isPermitted()
            }
        )
        struct SystemCallTests {
            /// What fails in every run.
            static let usual = [
                FailingCall.Failure(calls: "fsync", effect: "error=EIO", isFatal: true),
                FailingCall.Failure(calls: "fdatasync", effect: "error=EIO", isFatal: true),
                FailingCall.Failure(calls: "pwrite64", effect: "error=ENOSPC"),
                FailingCall.Failure(calls: "rename,renameat,renameat2", effect: "error=EIO"),
                FailingCall.Failure(calls: "fdatasync,renameat,renameat2", effect: "error=EIO:signal=KILL"),
            ]
            /// What fails only in the long run.
            ///
            /// `write` is not among them: threads wake each other by it. A full disk and the depot's tests see to it.
            static let others = [
                FailingCall.Failure(calls: "fdatasync", effect: "error=ENOSPC", isFatal: true),
                FailingCall.Failure(calls: "pwrite64", effect: "error=EIO"),
                FailingCall.Failure(calls: "rename,renameat,renameat2", effect: "error=ENOSPC"),
                FailingCall.Failure(calls: "openat", effect: "error=ENOSPC"),
                FailingCall.Failure(calls: "openat", effect: "error=EIO"),
                FailingCall.Failure(calls: "pread64", effect: "error=EIO"),
                FailingCall.Failure(calls: "ftruncate", effect: "error=EIO"),
                FailingCall.Failure(calls: "close", effect: "error=EIO"),
                FailingCall.Failure(calls: "pwrite64", effect: "error=EIO:signal=KILL"),
            ]

            @Test(arguments: usual + (Tool.isLong ? others : []))
            func nothingIsAcknowledgedThatACallThatFailedLeftUndone(failure: FailingCall.Failure) async throws
            {
                var random = SeededNumbers(Tool.seed)
                var numbers: [Int] = []
                var acknowledged = 0
                while true {
                    let last = numbers.last ?? 0
                    // Each call in the long run, else ever fewer of them.
                    numbers.append(
                        Tool.isLong ? last + 1 : last + Int.random(in: 1...last + 1, using: &random)
                    )
                    let run = try await FailingCall(failure, numbers[numbers.count - 1]).run()
                    acknowledged += run.acknowledged
                    guard run.wasHit else { break }
                }
                let calls = Tool.isLong ? "1 to \(numbers.count)" : "\(numbers)"
                print(
                    "\(failure.testDescription) at call \(calls): \(acknowledged) acknowledged, seed \(Tool.seed)"
                )
            }
        }
    }
#endif
