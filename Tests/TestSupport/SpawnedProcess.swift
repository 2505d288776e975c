import Foundation

/// A program run by a test, in a process group of its own, whose lines of output and whose end can be waited for.
///
/// The group is killed when the value is dropped, which Swift may do after its last use: hold on to it with
/// `withExtendedLifetime` or a `defer { process.kill() }` for as long as the program must live.
package final class SpawnedProcess: Sendable {
    /// The process id, which is also that of the group; no other process has it while this value lives.
    package let processID: Int32
    /// The program and its arguments, for messages.
    package let commandLine: String
    private let record: Watched<Record>

    /// Starts the program at `path`, without input, and begins to collect its output.
    ///
    /// `environment` replaces the one of the tests unless it is `nil`. Only the standard descriptors are inherited,
    /// and no signal is blocked or ignored.
    ///
    /// - Throws: `SystemFailure` when the program cannot be started.
    package init(
        _ path: String,
        _ arguments: [String] = [],
        environment: [String: String]? = nil,
        directory: String? = nil
    ) throws {
        let output = try Pipe()
        let errors = try Pipe()
        processID = try Launch(
            path: path,
            arguments: arguments,
            environment: environment ?? ProcessInfo.processInfo.environment,
            directory: directory,
            output: output.writing,
            errors: errors.writing
        ).start(closing: [output, errors])
        commandLine = ([path] + arguments).joined(separator: " ")
        record = Watched(Record())
        collect(output.reading, errors.reading)
        watchForExit()
    }

    deinit {
        // The group is there as long as its first process is not reaped, so its number is still its own.
        _ = killpg(processID, SIGKILL)
        var status: Int32 = 0
        while waitpid(processID, &status, 0) == -1, errno == EINTR {}
    }

    /// All lines written until now, in the order they were read in.
    package var lines: [OutputLine] { record.value.lines }

    /// How the program ended, or `nil` while it runs.
    package var status: ExitStatus? { record.value.status }

    /// The first line, on either stream, that contains `text`; also one that is already there.
    ///
    /// Lines before the index `first` do not count.
    ///
    /// - Throws: `WaitFailure`, with the last lines, at the deadline or when both streams have ended without it.
    package func waitForLine(
        containing text: String,
        within limit: Duration,
        from first: Int = 0
    ) async throws -> OutputLine {
        try await explaining {
            try await record.wait(for: "line with \"\(text)\"", within: limit) { record in
                if let line = record.lines.dropFirst(first).first(where: { $0.text.contains(text) }) {
                    return line
                }
                guard record.openStreams.isEmpty else { return nil }
                throw WaitFailure("the output ended without a line with \"\(text)\"")
            }
        }
    }

    /// How the program ended; some of its output may not have been read yet.
    ///
    /// - Throws: `WaitFailure`, with the last lines, at the deadline.
    package func waitForExit(within limit: Duration) async throws -> ExitStatus {
        try await explaining { try await record.wait(for: "end", within: limit, \.status) }
    }

    /// How the program ended, with all of its output.
    ///
    /// - Throws: `WaitFailure`, with the last lines, at the deadline, also when only a child still holds a stream open.
    package func finish(within limit: Duration) async throws -> FinishedProcess {
        try await explaining {
            try await record.wait(for: "end of the program and its output", within: limit) { record in
                guard let status = record.status, record.openStreams.isEmpty else { return nil }
                return FinishedProcess(status: status, lines: record.lines)
            }
        }
    }

    /// Asks the program to stop (SIGTERM); its children are not asked.
    package func terminate() { signal(SIGTERM) }
    /// Ends the program at once (SIGKILL); its children go on.
    package func kill() { signal(SIGKILL) }
    /// Ends the program and all its children in the group at once.
    package func killGroup() { _ = killpg(processID, SIGKILL) }
    /// Stops the program from running until `resume()` (SIGSTOP).
    package func suspend() { signal(SIGSTOP) }
    /// Lets a suspended program run on (SIGCONT).
    package func resume() { signal(SIGCONT) }

    /// Sends `number` to the program; nothing happens when it has ended.
    package func signal(_ number: Int32) {
        _ = Foundation.kill(processID, number)
    }

    /// Reads both streams in a thread that ends with them.
    ///
    /// Dispatch sources would do it without a thread, but libdispatch on Linux was seen to crash in its
    /// event loop when many of them end at once.
    private func collect(_ output: Int32, _ errors: Int32) {
        let record = record
        Thread.detachNewThread {
            var streams = [StreamReader(output, .output), StreamReader(errors, .errors)]
            while !streams.isEmpty {
                var entries = streams.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
                _ = poll(&entries, nfds_t(entries.count), -1)
                for index in streams.indices where entries[index].revents != 0 {
                    let (lines, ended) = streams[index].take()
                    record.update { $0.append(lines, to: streams[index].stream, ended: ended) }
                }
                streams.removeAll { $0.hasEnded }
            }
        }
    }

    private func watchForExit() {
        let record = record
        let processID = processID
        Thread.detachNewThread {
            var info = siginfo_t()
            // It stays unreaped, so that its number is not given to another until `deinit`.
            while waitid(P_PID, id_t(processID), &info, WEXITED | WNOWAIT) == -1 {
                guard errno == EINTR else { return }
            }
            record.update { $0.status = ExitStatus(info) }
        }
    }

    private func explaining<Result>(_ wait: () async throws -> Result) async throws -> Result {
        do {
            return try await wait()
        } catch let failure as WaitFailure {
            let state = record.value
            let tail = state.lines.suffix(20).map { "    \($0.text)" }.joined(separator: "\n")
            let status = state.status.map { "\($0)" } ?? "still running"
            throw WaitFailure("\(failure.description); \(commandLine) (\(status)) wrote last:\n\(tail)")
        }
    }
}
