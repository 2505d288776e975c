import Foundation

/// A directory of one test, with a path short enough for Unix sockets, removed with all in it in the end.
///
/// With `BATON_KEEP_SCRATCH=1` in the environment it is kept, and its path printed. Swift may drop a value after its
/// last use, so a test that only uses `path` takes `withScratchDirectory` instead.
package final class ScratchDirectory: Sendable {
    /// The absolute path, without symbolic links and a slash in the end.
    package let path: String

    /// Makes an empty directory that only its owner can enter.
    ///
    /// It is made in `TMPDIR` if that is set and short, else in `/tmp`.
    package init() throws {
        let wished = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
        let parent = wished.hasPrefix("/") && wished.utf8.count <= 32 ? wished : "/tmp"
        var template = Array("\(parent)/baton.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemFailure(during: "mkdtemp in \(parent)") }
        let made = template.withUnsafeBufferPointer { $0.baseAddress.flatMap { realpath($0, nil) } }
        guard let made else { throw SystemFailure(during: "realpath of the new directory in \(parent)") }
        defer { free(made) }
        path = String(cString: made)
    }

    deinit { remove() }

    /// The path of `name` in this directory; nothing is made there.
    package func path(_ name: String) -> String { "\(path)/\(name)" }

    /// Removes the directory, or says where it is kept; may be called twice.
    package func remove() {
        guard Files.exists(path) else { return }
        if ProcessInfo.processInfo.environment["BATON_KEEP_SCRATCH"] == "1" {
            print("kept scratch directory \(path)")
            return
        }
        do {
            try Files.remove(path)
        } catch {
            print("the scratch directory \(path) stays: \(error)")
        }
    }
}

/// Runs `body` with the path of a new directory that is removed when `body` ends.
package func withScratchDirectory<Result>(_ body: (String) throws -> Result) throws -> Result {
    let scratch = try ScratchDirectory()
    defer { scratch.remove() }
    return try body(scratch.path)
}

/// Runs `body` with the path of a new directory that is removed when `body` ends.
package func withScratchDirectory<Result>(
    isolation: isolated (any Actor)? = #isolation,
    _ body: (String) async throws -> Result
) async throws -> Result {
    let scratch = try ScratchDirectory()
    defer { scratch.remove() }
    return try await body(scratch.path)
}
