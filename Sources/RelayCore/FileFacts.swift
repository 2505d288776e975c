/// What is known of a file's content after reading it once, enough to hold any contract against it.
package struct FileFacts: Hashable, Sendable {
    /// The file's name.
    package let name: AttachmentName
    /// Its size in bytes.
    package let size: Int64
    /// The digest of its bytes.
    package let digest: Digest
    /// Whether the bytes are valid UTF-8.
    package let isUTF8: Bool
    /// The texts of its ATX headings outside code fences, each once, in order; see `HeadingScanner`.
    package let headings: [String]
    /// The hidden characters in it, one entry for each kind.
    package let hidden: [HiddenCharacters]

    package init(
        name: AttachmentName,
        size: Int64,
        digest: Digest,
        isUTF8: Bool,
        headings: [String],
        hidden: [HiddenCharacters] = []
    ) {
        self.name = name
        self.size = size
        self.digest = digest
        self.isUTF8 = isUTF8
        self.headings = headings
        self.hidden = hidden
    }
}
