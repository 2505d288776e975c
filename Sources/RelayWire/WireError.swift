/// Why bytes are not a document of ours.
package struct WireError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Where: a path such as `attachments[0].size`, or empty for the whole.
    package let path: String
    /// What is wrong there and what belongs there.
    package let problem: String

    package init(at path: String, _ problem: String) {
        self.path = path
        self.problem = problem
    }

    package var description: String { path.isEmpty ? problem : "\(path): \(problem)" }
}
