import Foundation

/// One line a program wrote.
package struct OutputLine: Equatable, Sendable {
    /// Where a line was written to.
    package enum Stream: Sendable {
        /// Standard output.
        case output
        /// Standard error.
        case errors
    }

    /// Where it was written to.
    package let stream: Stream
    /// The line without its end.
    package let text: String
    /// Its place among all lines of the program, from 0.
    package let index: Int
}

/// How a program ended.
package enum ExitStatus: Equatable, Sendable {
    /// By itself, with this exit status.
    case exited(Int32)
    /// By this signal.
    case signalled(Int32)
}

extension ExitStatus {
    /// Reads what `waitid` says of a process that ended.
    init(_ info: siginfo_t) {
        #if canImport(Darwin)
            let status = info.si_status
        #else
            let status = info._sifields._sigchld.si_status
        #endif
        self = info.si_code == Int32(CLD_EXITED) ? .exited(status) : .signalled(status)
    }
}

/// A program that has ended, with all it wrote.
package struct FinishedProcess: Equatable, Sendable {
    /// How it ended.
    package let status: ExitStatus
    /// All lines, of both streams.
    package let lines: [OutputLine]

    /// The lines of standard output.
    package var output: [String] { lines.filter { $0.stream == .output }.map(\.text) }
    /// The lines of standard error.
    package var errors: [String] { lines.filter { $0.stream == .errors }.map(\.text) }
}

/// What is known of a running program.
struct Record: Sendable {
    var lines: [OutputLine] = []
    var openStreams: Set<OutputLine.Stream> = [.output, .errors]
    var status: ExitStatus?

    mutating func append(_ texts: [String], to stream: OutputLine.Stream, ended: Bool) {
        for text in texts { lines.append(OutputLine(stream: stream, text: text, index: lines.count)) }
        if ended { openStreams.remove(stream) }
    }
}

/// One stream of a program on its way to lines.
struct StreamReader {
    let descriptor: Int32
    let stream: OutputLine.Stream
    /// Whether the stream is over, and its descriptor closed.
    private(set) var hasEnded = false
    private var rest: [UInt8] = []

    init(_ descriptor: Int32, _ stream: OutputLine.Stream) {
        self.descriptor = descriptor
        self.stream = stream
    }

    /// The lines that were completed, without waiting; at the end also one that lacks its line break.
    mutating func take() -> (lines: [String], ended: Bool) {
        readAvailable()
        var parts = rest.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if !hasEnded {
            rest = Array(parts.removeLast())
        } else if parts.last?.isEmpty == true {
            parts.removeLast()
        }
        return (parts.map { String(decoding: $0, as: UTF8.self) }, hasEnded)
    }

    private mutating func readAvailable() {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while !hasEnded {
            let count = read(descriptor, &buffer, buffer.count)
            if count > 0 {
                rest += buffer[..<count]
            } else if count < 0, errno == EAGAIN {
                return
            } else if count == 0 || errno != EINTR {
                hasEnded = true
                close(descriptor)
            }
        }
    }
}
