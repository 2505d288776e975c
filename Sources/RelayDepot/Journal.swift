import Synchronization

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A file of lines that only grows.
///
/// A line is in it as a whole or not at all.
final class Journal: Sendable {
    static let flags = O_RDWR | O_APPEND | O_CREAT
    /// A last line beyond this is not ours.
    private static let lineLimit = 16 << 20

    private struct State: ~Copyable {
        let file: File
        /// Where a write that failed in the middle began, until what it left is cut off.
        var torn: Int64?
    }

    private let state: Mutex<State>

    init(_ file: consuming File) { state = Mutex(State(file: file)) }

    /// Adds the lines with one write, in order with those of other threads; not synced.
    ///
    /// - Throws: the first error; none of the lines is in the file then, or all are cut off before the next.
    func append(_ lines: [[UInt8]]) throws(DepotError) {
        let newline = UInt8(ascii: "\n")
        var bytes: [UInt8] = []
        bytes.reserveCapacity(lines.reduce(0) { $0 + $1.count + 1 })
        var areWhole = true
        for line in lines {
            areWhole = areWhole && !line.isEmpty && !line.contains(newline)
            bytes += line
            bytes.append(newline)
        }
        try state.withLock { (state) throws(DepotError) in
            guard areWhole else { throw .brokenLine(state.file.path) }
            try Self.mend(&state)
            let size = Int64(try state.file.status().st_size)
            do throws(DepotError) {
                try state.file.write(bytes)
            } catch {
                state.torn = size
                // The first error is the one to report; the next line tries again.
                try? Self.mend(&state)
                throw error
            }
        }
    }

    /// The last line without its line feed, `nil` when there is none.
    ///
    /// What follows the last line feed was torn by a crash and is cut off, and so are lines that are empty or
    /// hold a NUL, which is how blocks look that never reached the disk. The cut is durable on return.
    func lastLine() throws(DepotError) -> [UInt8]? {
        try state.withLock { (state) throws(DepotError) in
            try Self.mend(&state)
            let size = Int64(try state.file.status().st_size)
            let tail = try Self.tail(of: state.file, size)
            if tail.end < size {
                try state.file.truncate(to: tail.end)
                try state.file.sync()
            }
            return tail.line
        }
    }

    private static func mend(_ state: inout State) throws(DepotError) {
        guard let torn = state.torn else { return }
        if Int64(try state.file.status().st_size) > torn { try state.file.truncate(to: torn) }
        state.torn = nil
    }

    /// The last whole line, and the offset behind its line feed.
    private static func tail(
        of file: borrowing File,
        _ size: Int64
    ) throws(DepotError) -> (line: [UInt8]?, end: Int64) {
        let newline = UInt8(ascii: "\n")
        var start = size
        var bytes: [UInt8] = []
        while true {
            // Line feeds close lines; the bytes before the first one may be the end of a longer line.
            while let close = bytes.lastIndex(of: newline) {
                let open = bytes[..<close].lastIndex(of: newline).map { $0 + 1 }
                guard open != nil || start == 0 else { break }
                let line = bytes[(open ?? 0)..<close]
                if !line.isEmpty, !line.contains(0) { return (Array(line), start + Int64(close) + 1) }
                bytes.removeSubrange((open ?? 0)...)
            }
            if start == 0 { return (nil, 0) }
            guard bytes.count < lineLimit else { throw .tooLarge(path: file.path, limit: lineLimit) }
            let step = min(start, 65_536)
            start -= step
            var block = [UInt8](repeating: 0, count: Int(step))
            guard try file.read(into: &block, from: start) == Int(step) else { throw .changed(file.path) }
            bytes = block + bytes
        }
    }
}

extension Depot {
    /// Adds lines to `logs/audit.jsonl` with one write, all of them or none; not synced.
    ///
    /// - Throws: `DepotError.brokenLine`, or the failed write; nothing was added.
    package func appendAudit(_ lines: [[UInt8]]) throws(DepotError) { try audit.append(lines) }

    /// The last whole line of `logs/audit.jsonl`, so that recovery can add what is missing; `nil` when none.
    ///
    /// What a crash tore is cut off; the cut is durable on return.
    package func auditTail() throws(DepotError) -> [UInt8]? { try audit.lastLine() }

    /// Adds a line to `logs/bus.jsonl`; a line that cannot be written is lost.
    package func log(_ line: [UInt8]) {
        // The error has no reader: this is where errors are told.
        try? events.append([line])
    }
}
