import Foundation
import RelayConsumer
import RelayWire

/// One command of `baton`.
protocol Command {
    /// How it is called.
    static var syntax: Syntax { get }

    /// Runs it.
    static func run(_ arguments: Arguments) throws -> ExitStatus
}

/// How a command ended; the failures are those of sysexits(3).
enum ExitStatus: Int32 {
    /// It did what was asked.
    case success = 0
    /// The answer is no: not closed, not there, refused.
    case no = 1
    /// The command line is wrong.
    case usage = 2
    /// A file is not what was recorded of it (`EX_DATAERR`).
    case data = 65
    /// A file that was named cannot be read (`EX_NOINPUT`).
    case noInput = 66
    /// The bus does not answer (`EX_UNAVAILABLE`).
    case unavailable = 69
    /// A file or directory cannot be made (`EX_CANTCREAT`).
    case cannotCreate = 73
    /// Reading or writing failed (`EX_IOERR`).
    case ioError = 74
    /// The bus says "not now" (`EX_TEMPFAIL`).
    case notNow = 75
    /// The bus says that this user may not (`EX_NOPERM`).
    case noPermission = 77
    /// A file of the configuration is wrong (`EX_CONFIG`).
    case configuration = 78

    /// The status of a command that threw `error`.
    init(of error: any Error) {
        switch error {
        case let failure as Failure: self = failure.status
        case is ConfigurationError: self = .configuration
        case BusFailure.lost, BusFailure.stopped: self = .unavailable
        case BusFailure.refused(let refusal):
            self = refusal.status == 403 ? .noPermission : refusal.isTemporary ? .notNow : .no
        case ConsumerError.unusable: self = .configuration
        case ConsumerError.system(_, ENOENT): self = .noInput
        default: self = .ioError
        }
    }
}

/// A failure with an exit status of its own.
struct Failure: Error, CustomStringConvertible {
    let status: ExitStatus
    let description: String

    init(_ status: ExitStatus, _ description: String) {
        self.status = status
        self.description = description
    }
}

/// What a person reads.
enum Terminal {
    /// Writes one line, or several, to standard output at once.
    static func write(_ text: String) { FileHandle.standardOutput.write(line: text) }

    /// Writes one line, or several, to standard error.
    static func complain(_ text: String) { FileHandle.standardError.write(line: text) }
}

extension FileHandle {
    fileprivate func write(line: String) {
        // A reader that went away, as `head` does, is no failure of ours.
        try? write(contentsOf: Data((line + "\n").utf8))
    }
}
