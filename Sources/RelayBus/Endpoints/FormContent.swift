import RelayCore
import RelaySeal

/// The file in a form that is uploaded, checked on the way.
///
/// `Content-Digest` is that of the whole body (RFC 9530, 2), so of a form it covers boundaries and part heads too and
/// is summed up here. The digest of the file alone is in the answer.
struct FormContent: ~Copyable {
    private var reader: MultipartReader
    private var sum: SHA256?
    private var size: Int64 = 0
    private let limit: Int64
    private let given: AttachmentName?
    private var name: AttachmentName?

    /// How much larger than its file a form may be: the part's head and two boundaries with their line breaks.
    static let overhead = Int64(MultipartHead.limit + 256)

    /// - Parameters:
    ///   - reader: a reader that has taken nothing yet.
    ///   - given: the name that the request gives the file; without one the form's file name serves.
    ///   - limit: the largest file, in bytes.
    ///   - sums: whether the digest of the body will be asked for.
    init(_ reader: MultipartReader, named given: AttachmentName?, limit: Int64, sums: Bool) {
        self.reader = reader
        self.given = given
        self.limit = limit
        sum = sums ? SHA256() : nil
    }

    /// Takes the next bytes of the body and returns those of the file among them.
    mutating func take(_ piece: [UInt8]) throws(MultipartFault) -> [UInt8] {
        sum?.take(piece)
        let content = try reader.take(piece)
        if name == nil, let head = reader.head {
            name = given ?? AttachmentName(rawValue: head.fileName)
            guard name != nil else { throw .fileName(String(head.fileName.prefix(128))) }
        }
        size += Int64(content.count)
        guard size <= limit else { throw .fileTooLarge(limit: limit) }
        return content
    }

    /// Ends the form, and gives the file's name and the digest of the whole body when it was to be summed up.
    mutating func finish() throws(MultipartFault) -> (AttachmentName, body: Digest?) {
        try reader.finish()
        guard let name else { throw .truncated }
        guard let sum = sum.take() else { return (name, nil) }
        return (name, sum.finish())
    }
}
