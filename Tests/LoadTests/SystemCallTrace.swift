import TestSupport

/// What strace wrote of a bus: which thread made which system call.
///
/// Made with `-f -Y -yy`, so that a line begins with the thread's number and name, and descriptors tell what they are:
/// `4711<loop> read(9<anon_inode:[eventfd]>, …) = 8`.
struct SystemCallTrace {
    /// One call, also one whose end is on another line.
    struct Call: CustomStringConvertible {
        /// The name of the thread that made it.
        let thread: String
        /// The name of the call.
        let name: String
        /// The arguments as strace shows them, with what follows.
        let rest: String

        var description: String { "<\(thread)> \(name)(\(rest)" }

        /// The first argument.
        var first: Substring { rest.prefix { $0 != "," && $0 != ")" } }

        /// Whether the first argument is a socket, a pipe, an eventfd or an epoll descriptor.
        var isOnChannel: Bool {
            ["<TCP:", "<TCPv6:", "<UNIX-STREAM:", "<UNIX:", "<socket:", "<pipe:", "<anon_inode:[event"]
                .contains(where: first.contains)
        }

        /// Whether it reads, by an open descriptor, what lies in a directory of the node's files.
        var readsNodeFile: Bool {
            ["read", "pread64", "readv", "preadv", "preadv2", "mmap", "sendfile", "copy_file_range"]
                .contains(name) && isNodeFile(first)
        }

        /// Whether it opens such a file otherwise than to make a new one.
        var opensNodeFile: Bool {
            guard name == "openat" || name == "open", !rest.contains("O_DIRECTORY") else { return false }
            let opened = rest.split(separator: " = ").last ?? ""
            return isNodeFile(opened) && !rest.contains("O_EXCL")
        }

        private func isNodeFile(_ text: Substring) -> Bool {
            text.contains("/data/inbox/") || text.contains("/data/artifacts/")
        }
    }

    /// The calls since the bus said that it is ready, in their order.
    let calls: [Call]

    /// Reads the file that strace wrote.
    init(of path: String) throws {
        let calls = try Files.readText(path).split(separator: "\n").compactMap(Self.call)
        guard let ready = calls.firstIndex(where: { $0.name == "write" && $0.rest.contains("\"ready ") })
        else {
            throw WaitFailure("the trace \(path) does not show that the bus was ready")
        }
        self.calls = Array(calls[ready...])
    }

    private static func call(in line: Substring) -> Call? {
        guard let open = line.firstIndex(of: "<"), let close = line[open...].firstIndex(of: ">") else {
            return nil
        }
        let text = line[line.index(after: close)...].drop { $0 == " " }
        guard let parenthesis = text.firstIndex(of: "("), !text.hasPrefix("<... ") else { return nil }
        return Call(
            thread: String(line[line.index(after: open)..<close]),
            name: String(text[..<parenthesis]),
            rest: String(text[text.index(after: parenthesis)...])
        )
    }
}
