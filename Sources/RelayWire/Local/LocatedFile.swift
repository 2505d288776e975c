/// A file and where the bus keeps it.
package struct LocatedFile: Hashable, Sendable, WireReadable, WireWritable {
    /// The file.
    package let file: Attachment
    /// Its absolute path; to be opened without following links and checked against the digest.
    package let path: String

    package init(file: Attachment, path: String) {
        self.file = file
        self.path = path
    }

    package init(from fields: inout Fields) throws(WireError) {
        file = try Attachment(from: &fields)
        path = try fields.string("path")
    }

    package var json: JSON {
        guard case .object(let members) = file.json else { preconditionFailure("a file is an object") }
        return .object(members + [.init("path", .string(path))])
    }
}
