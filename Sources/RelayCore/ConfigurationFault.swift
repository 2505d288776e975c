/// One thing that is wrong in a file of the configuration, in words for whoever wrote the file.
///
/// All texts are made safe for a terminal, as they repeat what is in the file.
package struct ConfigurationFault: Hashable, Sendable, CustomStringConvertible {
    /// The file's path.
    package let file: String
    /// The key's path, such as `takes[0].max_bytes`; empty when it is about the whole file.
    package let key: String
    /// What is there, shortened; `nil` where nothing is.
    package let value: String?
    /// What belongs there.
    package let rule: String
    /// What to do about it.
    package let fix: String

    /// The texts are shortened, and characters that a terminal would act on are replaced.
    package init(file: String, key: String, value: String? = nil, rule: String, fix: String) {
        self.file = ShownText.line(file, atMost: 1024)
        self.key = ShownText.line(key, atMost: 200)
        self.value = value.map { ShownText.line($0, atMost: 80) }
        self.rule = ShownText.line(rule, atMost: 600)
        self.fix = ShownText.line(fix, atMost: 600)
    }

    package var description: String {
        let place = key.isEmpty ? file : "\(file): \(key)"
        return place + (value.map { ": found \($0)" } ?? "") + "; rule: \(rule); fix: \(fix)"
    }
}
