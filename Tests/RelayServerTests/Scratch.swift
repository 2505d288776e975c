import Foundation

/// A directory that is removed with what the tests put there.
final class Scratch {
    let path: String

    init() throws {
        let directory = FileManager.default.temporaryDirectory.appending(
            path: "relay-server-\(UUID().uuidString)"
        )
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
        path = directory.path
    }

    deinit {
        guard ProcessInfo.processInfo.environment["BATON_KEEP_SCRATCH"] != "1" else { return }
        try? FileManager.default.removeItem(atPath: path)  // a leftover directory harms nobody
    }
}
