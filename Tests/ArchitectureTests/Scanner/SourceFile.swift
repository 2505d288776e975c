import Foundation
import TestSupport

/// One Swift file of the checkout, scanned once for all rules.
struct SourceFile {
    /// The path from the top of the repository, such as `Sources/RelayCore/TaskID.swift`.
    let path: String
    /// The directory below `Sources` or `Tests` it is in.
    let target: String
    let text: SwiftText
    let tokens: [Token]

    /// A file of `source`; the target is the second part of `path`.
    init(path: String, source: String) {
        self.path = path
        let parts = path.split(separator: "/")
        target = parts.count > 1 ? String(parts[1]) : ""
        text = SwiftText(source)
        tokens = text.tokens
    }
}

/// The checkout the rules are held against: this one, or the one `BATON_ARCHITECTURE_ROOT` names.
enum Checkout {
    /// Its top directory.
    static let root = ProcessInfo.processInfo.environment["BATON_ARCHITECTURE_ROOT"] ?? repositoryRoot

    /// The Swift files of all targets.
    static let sources = files(below: "Sources")
    /// The Swift files of all test targets.
    static let tests = files(below: "Tests")

    /// The text of the file at `path`, from the top.
    static func text(of path: String) throws -> String {
        try String(decoding: Files.read("\(root)/\(path)"), as: UTF8.self)
    }

    /// The names in the directory at `path`, sorted.
    static func names(in path: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(root)/\(path)").sorted()
    }

    private static func files(below directory: String) -> [SourceFile] {
        let found = FileManager.default.enumerator(atPath: "\(root)/\(directory)")
        let paths = (found?.compactMap { $0 as? String } ?? []).filter { $0.hasSuffix(".swift") }.sorted()
        return paths.compactMap { path in
            guard let source = try? text(of: "\(directory)/\(path)") else { return nil }
            return SourceFile(path: "\(directory)/\(path)", source: source)
        }
    }
}

/// What breaks a rule, where, and what to do.
struct Violation: Equatable, CustomStringConvertible {
    let place: String
    let text: String

    /// A violation on `line` of the file at `path`.
    init(_ path: String, line: Int, _ text: String) {
        place = "\(path):\(line)"
        self.text = text
    }

    /// A violation of the whole of `place`.
    init(_ place: String, _ text: String) {
        self.place = place
        self.text = text
    }

    var description: String { "\(place): \(text)" }
}

extension [Violation] {
    /// One line each, for the text of a failed test.
    var report: String { "\n" + map(\.description).joined(separator: "\n") }
    /// The places alone, which is what the tables of planted violations compare.
    var places: [String] { map(\.place) }
}
