/// What lies where in the checkout.
enum LayoutRules {
    /// The fixed names of the top level, beside those that begin with a dot.
    static let topLevel: Set = [
        "Package.swift", "Sources", "Tests", "roles", "contracts", "deploy", "README.md", "LICENSE",
    ]

    /// The entries of the top level that are not among the fixed names; from paths, or from bare names.
    static func topLevelViolations(_ paths: [String]) -> [Violation] {
        let names = Set(paths.compactMap { $0.split(separator: "/").first.map(String.init) })
        return names.filter { !topLevel.contains($0) && !$0.hasPrefix(".") }.sorted().map {
            Violation(
                $0,
                "the top level holds only \(topLevel.sorted().joined(separator: ", ")) and dot files"
            )
        }
    }

    /// The files that begin with `#!` and cannot be executed by everybody.
    static func modeViolations(_ scripts: [(path: String, firstBytes: [UInt8], mode: Int)]) -> [Violation] {
        scripts.filter { $0.firstBytes.starts(with: "#!".utf8) && $0.mode & 0o111 != 0o111 }.map {
            Violation(
                $0.path,
                "is a script and not executable (mode \(String($0.mode & 0o777, radix: 8))); chmod +x it"
            )
        }
    }
}
