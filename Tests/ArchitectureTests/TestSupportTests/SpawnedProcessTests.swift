import Foundation
import TestSupport
import Testing

/// Real programs of the system, run by the helper the process tests stand on.
@Suite(.timeLimit(.minutes(10))) struct SpawnedProcessTests {
    private let limit = Duration.seconds(20)

    @Test func linesAndExitStatusArriveWhole() async throws {
        let process = try SpawnedProcess("/bin/sh", ["-c", "echo one; echo two >&2; printf three; exit 7"])
        let result = try await process.finish(within: limit)
        #expect(result.status == .exited(7))
        #expect(result.output == ["one", "three"])
        #expect(result.errors == ["two"])
    }

    @Test func manyLinesKeepTheirOrder() async throws {
        let script = "i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done"
        let result = try await SpawnedProcess("/bin/sh", ["-c", script]).finish(within: limit)
        #expect(result.output == (0..<20000).map { "line \($0)" })
    }

    @Test func environmentAndDirectoryAreThoseGiven() async throws {
        try await withScratchDirectory { path in
            let process = try SpawnedProcess(
                "/bin/sh",
                ["-c", "pwd; echo $A; echo ${HOME-none}"],
                environment: ["A": "b c"],
                directory: path
            )
            let result = try await process.finish(within: limit)
            #expect(result.output == [path, "b c", "none"])
        }
    }

    @Test func onlyTheStandardDescriptorsAreInherited() async throws {
        let descriptor = open("/dev/null", O_RDONLY)
        defer { close(descriptor) }
        try #require(descriptor > 2)
        let script = "for n in \(descriptor) 30 31; do if true <&$n; then echo open $n; fi; done 2>/dev/null"
        let result = try await SpawnedProcess("/bin/sh", ["-c", script]).finish(within: limit)
        #expect(result.output.isEmpty)
    }

    @Test func aLineIsWaitedForAndSoIsTheNext() async throws {
        let process = try SpawnedProcess(
            "/bin/sh",
            ["-c", "echo ready 1; sleep 0.1; echo ready 2; exec sleep 60"]
        )
        let first = try await process.waitForLine(containing: "ready", within: limit)
        let second = try await process.waitForLine(containing: "ready", within: limit, from: first.index + 1)
        #expect([first.text, second.text] == ["ready 1", "ready 2"])
        #expect(process.status == nil)
        process.kill()
        #expect(try await process.waitForExit(within: limit) == .signalled(SIGKILL))
    }

    @Test func aSignalIsAnsweredByTheProgram() async throws {
        let script = "trap 'echo bye; exit 3' TERM; echo ready; while :; do sleep 0.05; done"
        let process = try SpawnedProcess("/bin/sh", ["-c", script])
        _ = try await process.waitForLine(containing: "ready", within: limit)
        process.terminate()
        let result = try await process.finish(within: limit)
        #expect(result.status == .exited(3))
        #expect(result.output == ["ready", "bye"])
        process.terminate()
    }

    @Test func aSuspendedProgramGoesOnWhenResumed() async throws {
        let process = try SpawnedProcess(
            "/bin/sh",
            ["-c", "echo ready; while :; do echo tick; sleep 0.02; done"]
        )
        _ = try await process.waitForLine(containing: "tick", within: limit)
        process.suspend()
        let failure = await #expect(throws: WaitFailure.self) {
            try await process.waitForLine(
                containing: "tick",
                within: .milliseconds(300),
                from: process.lines.count + 5
            )
        }
        #expect(failure?.description.hasPrefix("no line with \"tick\" within") == true)
        process.resume()
        _ = try await process.waitForLine(containing: "tick", within: limit, from: process.lines.count + 5)
        process.kill()
    }

    @Test func anEndWithoutTheLineIsToldAtOnce() async throws {
        let process = try SpawnedProcess("/bin/sh", ["-c", "echo no config; exit 78"])
        let failure = await #expect(throws: WaitFailure.self) {
            try await process.waitForLine(containing: "ready", within: .seconds(3600))
        }
        #expect(failure?.description.contains("ended without a line with \"ready\"") == true)
        #expect(failure?.description.contains("no config") == true)
    }

    @Test func aMissingProgramIsAFailureOfTheStart() {
        #expect(throws: SystemFailure(code: ENOENT, during: "start of /nowhere/batond")) {
            try SpawnedProcess("/nowhere/batond")
        }
    }

    @Test func theWholeGroupDiesWithTheValue() async throws {
        try await withScratchDirectory { path in
            try #require(mkfifo("\(path)/held", 0o600) == 0)
            let held = open("\(path)/held", O_RDONLY | O_NONBLOCK)
            defer { close(held) }
            let script = "exec 3>\(path)/held; sleep 60 & echo started; wait"
            var process: SpawnedProcess? = try SpawnedProcess("/bin/sh", ["-c", script])
            _ = try await process?.waitForLine(containing: "started", within: limit)
            var entry = pollfd(fd: held, events: Int16(POLLIN), revents: 0)
            #expect(poll(&entry, 1, 0) == 0)
            process = nil
            // The shell and its child both hold the other end, so it hangs up when both are dead.
            #expect(poll(&entry, 1, 20_000) == 1 && entry.revents & Int16(POLLHUP) != 0)
        }
    }

    @Test func cancellingATaskEndsItsWait() async throws {
        let process = try SpawnedProcess("/bin/sh", ["-c", "exec sleep 60"])
        let wait = Task { try await process.waitForExit(within: .seconds(3600)) }
        wait.cancel()
        await #expect(throws: CancellationError.self) { try await wait.value }
        process.kill()
    }

    @Test func theProductsAreNextToTheTests() throws {
        #expect(try builtProduct("batond").hasSuffix("/batond"))
        #expect(throws: MissingProduct.self) { try builtProduct("no-such-product") }
    }
}
