#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Looks at a write-ahead log before SQLite does.
///
/// SQLite ends the log at the first frame whose checksum is wrong and silently forgets what follows. That is right
/// for the last transaction, which a crash may have torn, and loses commits for any other: each was synced before the
/// next one began. So a wrong frame is damage as soon as a later transaction of the same log begins behind it.
/// What a cut or a damage of the last transaction takes away cannot be seen here. The format:
/// <https://www.sqlite.org/fileformat2.html#the_write_ahead_log>.
struct LogCheck {
    private let descriptor: Int32
    private static let headerSize = 32
    private static let frameHeaderSize = 24

    /// One frame's header, and whether its checksum is right.
    private struct Frame {
        let salts: UInt64
        let isCommit: Bool
        let holds: Bool
    }

    /// Looks at the log of the ledger at `path`.
    ///
    /// - Throws: `LedgerError.damaged`. A log that is not there or cannot be read is left to SQLite.
    static func check(ledger path: String) throws(LedgerError) {
        let log = path + "-wal"
        let descriptor = open(log, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        guard let frame = LogCheck(descriptor: descriptor).damagedFrame() else { return }
        throw .damaged(
            "frame \(frame) of \(log) is not what was written, and transactions that were committed later follow it. "
                + "Nothing was changed. Restore the node's last backup; see baton doctor"
        )
    }

    /// The number of the first wrong frame with a later transaction behind it.
    private func damagedFrame() -> Int? {
        guard let header = bytes(Self.headerSize, at: 0) else { return nil }
        let pageSize = Int(Self.word(header, 8))
        guard (512...65_536).contains(pageSize) else { return nil }
        var sum = Checksum(isBigEndian: Self.word(header, 0) & 1 == 1)
        sum.take(header[..<24])
        let isHeaderRight = sum.value == Self.pair(header, 24)
        var salts = Self.pair(header, 16)
        var wrong: Int?
        var hasCommitBehind = false
        var number = 0
        while let bytes = bytes(Self.frameHeaderSize + pageSize, at: offset(of: number, pageSize)) {
            number += 1
            if number == 1, !isHeaderRight {
                // The header says nothing any more: the first frame tells which frames are of one log.
                salts = Self.pair(bytes, 8)
                wrong = 1
            }
            let frame = wrong == nil ? frame(bytes, &sum) : frame(bytes)
            if wrong == nil, !frame.holds || frame.salts != salts { wrong = number }
            guard let wrong else { continue }
            if frame.salts == salts, hasCommitBehind { return wrong }
            if frame.isCommit, frame.salts == salts || number == wrong { hasCommitBehind = true }
        }
        return nil
    }

    private func offset(of frame: Int, _ pageSize: Int) -> Int {
        Self.headerSize + frame * (Self.frameHeaderSize + pageSize)
    }

    private func frame(_ bytes: [UInt8], _ sum: inout Checksum) -> Frame {
        sum.take(bytes[..<8])
        sum.take(bytes[Self.frameHeaderSize...])
        return frame(bytes, holds: sum.value == Self.pair(bytes, 16))
    }

    private func frame(_ bytes: [UInt8], holds: Bool = false) -> Frame {
        Frame(salts: Self.pair(bytes, 8), isCommit: Self.word(bytes, 4) != 0, holds: holds)
    }

    /// `count` bytes at `offset`; `nil` when the file ends before, or cannot be read.
    private func bytes(_ count: Int, at offset: Int) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: count)
        return pread(descriptor, &buffer, count, off_t(offset)) == count ? buffer : nil
    }

    private static func word(_ bytes: [UInt8], _ offset: Int) -> UInt32 {
        bytes[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }

    private static func pair(_ bytes: [UInt8], _ offset: Int) -> UInt64 {
        UInt64(word(bytes, offset)) << 32 | UInt64(word(bytes, offset + 4))
    }

    /// The log's running checksum over pairs of words.
    private struct Checksum {
        let isBigEndian: Bool
        private var first: UInt32 = 0
        private var second: UInt32 = 0

        init(isBigEndian: Bool) { self.isBigEndian = isBigEndian }

        var value: UInt64 { UInt64(first) << 32 | UInt64(second) }

        mutating func take(_ bytes: ArraySlice<UInt8>) {
            bytes.withUnsafeBytes { raw in
                for offset in stride(from: 0, to: raw.count, by: 8) {
                    first = first &+ word(raw, offset) &+ second
                    second = second &+ word(raw, offset + 4) &+ first
                }
            }
        }

        private func word(_ raw: UnsafeRawBufferPointer, _ offset: Int) -> UInt32 {
            let word = raw.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
            return isBigEndian ? UInt32(bigEndian: word) : UInt32(littleEndian: word)
        }
    }
}
