/// Why a task or a job waits or ended, for people and programs.
package struct Reason: Hashable, Sendable {
    /// A constant in kebab case.
    package let code: String
    /// One sentence.
    package let text: String
    /// The file names that would help, if any.
    package let expected: [String]

    package init(code: String, text: String, expected: [String] = []) {
        self.code = code
        self.text = text
        self.expected = expected
    }
}
