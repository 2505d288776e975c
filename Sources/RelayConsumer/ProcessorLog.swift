#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What a command prints: its beginning in a file, its end in memory, the rest counted and dropped.
struct ProcessorLog: ~Copyable {
    private let descriptor: Int32
    private let limit: Int
    private var kept = 0
    private var dropped = 0
    private var end: [UInt8] = []
    private static let endLimit = 4096

    /// Begins the file at `path`, of which at most `limit` bytes are filled; an older one is replaced.
    init(at path: String, limit: Int) throws(ConsumerError) {
        unlink(path)
        descriptor = Files.open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw .last("make \(path)") }
        self.limit = limit
    }

    deinit { close(descriptor) }

    /// Takes the next bytes.
    mutating func take(_ bytes: ArraySlice<UInt8>) {
        let room = max(0, limit - kept)
        let part = bytes.prefix(room)
        kept += part.count
        dropped += bytes.count - part.count
        write(part)
        end += bytes.suffix(Self.endLimit)
        if end.count > Self.endLimit { end.removeFirst(end.count - Self.endLimit) }
    }

    /// Ends the file, with a word about what is missing and the last lines of it.
    mutating func finish() {
        guard dropped > 0 else { return }
        let note = "\n[\(dropped) bytes were left out here; the last \(end.count) bytes follow]\n"
        write(Array(note.utf8)[...])
        write(end[...])
    }

    /// The last lines for people, at most so many bytes of them.
    func lastLines(atMost limit: Int) -> String {
        let text = PlainText.tail(of: end, atMost: limit)
        return text.split(separator: "\n").suffix(12).joined(separator: "\n")
    }

    private func write(_ bytes: ArraySlice<UInt8>) {
        // A full disk must not end the processor: its log is for people, and the end is in memory.
        try? Descriptors.drain(bytes, to: descriptor, during: "write a log")
    }
}
