/// What the command line asks for.
struct Options {
    /// How many clients at once, one level after the other.
    var clients = [1, 16, 64, 256]
    /// How long each level lasts.
    var seconds = 5.0
    /// Each task brings one upload.
    var uploads = false
    /// A level ends after so many tasks, too.
    var tasks: Int?
    /// Also measure bare `fdatasync` and `GET /health`.
    var hasBaselines = true
    /// One JSON object a level instead of the table.
    var json = false
    /// Write the system calls of the bus to this file, by strace.
    var trace: String?

    /// The baselines need less time, as they vary less.
    var baselineSeconds: Double { min(seconds, 2) }

    static let help = """
        usage: LoadGenerator [--clients N,N,…] [--seconds S] [--uploads] [--tasks N] [--no-baselines] [--json]
                             [--trace FILE]

        Starts the batond that lies beside it on a scratch directory, posts distinct valid relay documents to it
        over keep-alive connections, checks each answer, and prints for each level:

          tasks/s     acknowledged tasks a second, each durable before its answer
          p50 p99 max from the first byte of the request to the last one of the answer, in milliseconds
          health      the slowest GET /health during that time, in milliseconds, by a bystander that also asks for the
                      status, claims and uploads through the Unix socket; a wrong or late answer to it counts, too
          GET/s       tiny GET /health a second with as many clients: what server and this program can do at most
          sync/s      raw fdatasync of 1 KiB appended, as many threads with a file each: what the disk can do
          ratio       tasks/s to sync/s

          --clients N,N,…   the levels (default 1,16,64,256)
          --seconds S       how long each level lasts (default 5)
          --uploads         each task brings one upload of 1 KiB, which is sent before it
          --tasks N         a level ends after N tasks, if that is sooner
          --no-baselines    without GET/s and sync/s
          --json            one JSON object a level
          --trace FILE      run batond under strace and write its system calls to FILE

        The directory is in TMPDIR, else in /tmp; it must be on a disk, as memory acknowledges at once.

        Exit status: 0 every answer was right and every client got one, 1 not so, 64 usage, 70 it could not run.
        """

    init(_ arguments: [String]) throws(Usage) {
        var rest = arguments[...]
        func value(_ option: String) throws(Usage) -> String {
            guard let value = rest.popFirst() else { throw .wrong("\(option) needs a value") }
            return value
        }
        while let argument = rest.popFirst() {
            switch argument {
            case "--help", "-h": throw .asked
            case "--uploads": uploads = true
            case "--no-baselines": hasBaselines = false
            case "--json": json = true
            case "--trace": trace = try value(argument)
            case "--tasks": tasks = try Self.count(try value(argument), argument)
            case "--seconds":
                guard let seconds = Double(try value(argument)), seconds > 0, seconds <= 3600 else {
                    throw .wrong("--seconds is a number up to 3600")
                }
                self.seconds = seconds
            case "--clients":
                clients = []
                for text in try value(argument).split(separator: ",") {
                    clients.append(try Self.count(String(text), argument))
                }
            default: throw .wrong("unknown argument \(argument)")
            }
        }
    }

    private static func count(_ text: String, _ option: String) throws(Usage) -> Int {
        guard let count = Int(text), count > 0 else { throw .wrong("\(option) takes numbers from 1") }
        return count
    }
}

/// The help, asked for or not.
enum Usage: Error {
    case asked
    case wrong(String)

    var isAnError: Bool {
        if case .wrong = self { return true }
        return false
    }

    var text: String {
        switch self {
        case .asked: Options.help
        case .wrong(let why): "LoadGenerator: \(why)\n\n\(Options.help)"
        }
    }
}
