import Foundation
import TestSupport

/// A wall clock that a test sets while the program runs (libfaketime, Debian's package faketime).
struct FakeTime {
    /// What the program must find in its environment.
    let environment: [String: String]
    private let path: String

    private static let library: String? = {
        let folders = (try? Files.names(in: "/usr/lib")) ?? []
        return folders.map { "/usr/lib/\($0)/faketime/libfaketimeMT.so.1" }.first { Files.exists($0) }
    }()

    static var isInstalled: Bool { library != nil }

    /// A clock that is right, and is kept in a file at `path`.
    init(at path: String) throws {
        self.path = path
        environment = [
            "LD_PRELOAD": Self.library ?? "", "FAKETIME_TIMESTAMP_FILE": path,
            // Only what a wrong clock is: timers and waits go on as they are.
            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_NO_CACHE": "1",
        ]
        try set(by: "+0")
    }

    /// Removes what the library shares between the processes of a program that was killed.
    static func forget(_ process: Int32) {
        for name in ["sem.faketime_sem_\(process)", "faketime_shm_\(process)"] {
            // Without the library nothing is there.
            try? Files.remove("/dev/shm/" + name)
        }
    }

    /// Sets the clock by so much from the right time, such as `-3600` or `+90d`.
    func set(by offset: String) throws { try Files.write(offset + "\n", to: path) }
}
