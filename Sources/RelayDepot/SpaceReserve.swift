#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Disk space that is kept allocated for the day when others have filled the disk.
///
/// Nothing is ever written into it: it is given up as a whole, and allocated again when there is room.
package struct SpaceReserve: Sendable {
    private let home: Directory
    private let kernel: Kernel
    private static let name = Component(checked: "ledger.reserve")

    init(_ home: Directory, _ kernel: Kernel) {
        self.home = home
        self.kernel = kernel
    }

    /// Has `bytes` allocated on return; a file of another size becomes that large.
    ///
    /// - Throws: `DepotError` with `isFull` when there is no room, and then nothing is kept.
    package func hold(_ bytes: Int64) throws(DepotError) {
        let file = try home.file(Self.name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW)
        try file.allow(0o600)
        try file.truncate(to: bytes)
        do throws(DepotError) {
            try file.allocate(bytes)
            try file.sync()
            try home.sync()
        } catch {
            // The first error counts; what this one leaves behind is freed by the next call.
            try? file.truncate(to: 0)
            throw error
        }
    }

    /// Frees what is held; the file system has it back on return.
    package func giveUp() throws(DepotError) {
        let file = try home.file(Self.name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW)
        try file.truncate(to: 0)
        // Freed blocks are given out again only after the file system's own transaction has ended.
        try file.sync()
    }
}

extension Depot {
    /// The reserve beside the ledger.
    package var reserve: SpaceReserve { SpaceReserve(home, kernel) }
}
