import RelayCore
import RelaySeal

/// Learns the facts of a file from its bytes, piece by piece.
struct Gauge: ~Copyable {
    private var sum = SHA256()
    private var encoding = UTF8Scanner()
    private var headings = HeadingScanner()
    private var hidden = HiddenCharacterScanner()
    private(set) var size: Int64 = 0

    mutating func take(_ piece: some ContiguousBytesSource & Collection<UInt8>) {
        sum.take(piece)
        encoding.take(piece)
        headings.take(piece)
        hidden.take(piece)
        size += Int64(piece.count)
    }

    consuming func finish(named name: AttachmentName) -> FileFacts {
        let texts = headings.finish()
        let (size, isUTF8, hidden) = (size, encoding.holds, hidden.finish())
        return FileFacts(
            name: name,
            size: size,
            digest: sum.finish(),
            isUTF8: isUTF8,
            headings: texts,
            hidden: hidden
        )
    }
}
