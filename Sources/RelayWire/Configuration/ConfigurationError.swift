package import RelayCore

/// Why the files of the configuration cannot be used: all their faults at once.
package struct ConfigurationError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The faults in the order in which the files were read; never empty.
    package let faults: [ConfigurationFault]
    /// A message shows at most so many.
    private static let shown = 100

    package init(faults: [ConfigurationFault]) { self.faults = faults }

    init(_ path: String, _ rule: String, fix: String) {
        self.init(faults: [ConfigurationFault(file: path, key: "", rule: rule, fix: fix)])
    }

    /// One line for each fault; several come under a line that counts them.
    package var description: String {
        guard faults.count > 1 else { return faults.first?.description ?? "the configuration cannot be read" }
        let lines = faults.prefix(Self.shown).map { "\n  \($0)" }.joined()
        let rest = faults.count > Self.shown ? "\n  and \(faults.count - Self.shown) more" : ""
        return "the configuration has \(faults.count) faults:\(lines)\(rest)"
    }
}
