/// Why bytes are not a document of ours.
package struct WireError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Where: a path such as `attachments[0].size`, or empty for the whole.
    package let path: String
    /// What is wrong there and what belongs there.
    package let problem: String

    /// The fault at `path`, which is empty for the whole; both texts are cut where they get long.
    package init(at path: String, _ problem: String) {
        self.path = Self.bounded(path)
        self.problem = Self.bounded(problem)
    }

    /// A sender's own words are not sent back to it at any length.
    private static func bounded(_ text: String) -> String {
        text.utf8.count <= 256 ? text : String(decoding: text.utf8.prefix(200), as: UTF8.self) + "…"
    }

    package var description: String { path.isEmpty ? problem : "\(path): \(problem)" }
}
