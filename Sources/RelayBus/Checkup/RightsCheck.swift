import RelayDepot
import RelayWire

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The directories and files that a node has, their owners and rights (design.md, section 2); by their paths, so that
/// it can be asked before anything is opened.
struct RightsCheck {
    private let data: String
    private let owner: uid_t

    private struct Entry {
        let path: String
        let mode: mode_t
        let isFolder: Bool
        let isNeeded: Bool

        init(_ path: String, _ mode: mode_t, isFolder: Bool = false, isNeeded: Bool = true) {
            self.path = path
            self.mode = mode
            self.isFolder = isFolder
            self.isNeeded = isNeeded
        }
    }

    private static let entries = [
        Entry("inbox", 0o750, isFolder: true), Entry("artifacts", 0o750, isFolder: true),
        Entry("archive", 0o750, isFolder: true), Entry("logs", 0o700, isFolder: true),
        Entry("work", 0o2770, isFolder: true), Entry("work/logs", 0o2770, isFolder: true),
        Entry("ledger.sqlite", 0o600), Entry("ledger.sqlite-wal", 0o600, isNeeded: false),
        Entry("ledger.sqlite-shm", 0o600, isNeeded: false),
        Entry("bus.sock", 0o660, isNeeded: false), Entry("logs/bus.jsonl", 0o600),
        Entry("logs/audit.jsonl", 0o600),
    ]

    /// A check of the directory at `data`, which belongs to the user of this process.
    init(data: String) {
        self.data = data
        owner = geteuid()
    }

    /// Whether nothing would have to be made before the node's parts can be opened.
    var isComplete: Bool {
        Self.entries.allSatisfy { entry in
            guard entry.isNeeded else { return true }
            guard let status = status(entry.path) else { return false }
            return (status.st_mode & S_IFMT == S_IFDIR) == entry.isFolder
        }
    }

    var faults: [NodeFault] {
        guard let status = status(""), status.st_mode & S_IFMT == S_IFDIR else {
            return [
                NodeFault(
                    "directories",
                    data,
                    "there is no such directory",
                    why: "a node keeps everything in it",
                    fix: "start the bus, which makes it; or correct data in the role file"
                )
            ]
        }
        var found = openHome(status).map { [$0] } ?? []
        for entry in Self.entries { found += fault(of: entry).map { [$0] } ?? [] }
        return found
    }

    private func openHome(_ status: stat) -> NodeFault? {
        guard status.st_mode & 0o027 != 0 else { return nil }
        return NodeFault(
            "directories",
            data,
            "its mode is \(octal(status.st_mode)), and 0750 belongs there",
            why: "others than the bus and its group could look into it, or put something there",
            fix: "chmod 0750 \(data)",
            isNote: status.st_mode & 0o022 == 0
        )
    }

    private func fault(of entry: Entry) -> NodeFault? {
        let path = "\(data)/\(entry.path)"
        let kind = entry.isFolder ? "directory" : "file"
        guard let status = status(entry.path) else {
            guard entry.isNeeded else { return nil }
            let fix = entry.path == "ledger.sqlite" ? Checkup.isLost : Self.mends
            return NodeFault(
                "directories",
                path,
                "the \(kind) is missing",
                why: "the node works with it",
                fix: fix
            )
        }
        let isFolder = status.st_mode & S_IFMT == S_IFDIR
        guard isFolder == entry.isFolder, status.st_mode & S_IFMT != S_IFLNK else {
            let why = "the bus takes nothing else in its place"
            return NodeFault(
                "directories",
                path,
                "it is no \(kind)",
                why: why,
                fix: "move it away and start the bus again"
            )
        }
        guard status.st_uid == owner else {
            let why = "it is the bus's alone"
            return NodeFault(
                "directories",
                path,
                "it belongs to user \(status.st_uid), and the bus is user \(owner)",
                why: why,
                fix: "chown \(owner) \(path)"
            )
        }
        guard status.st_mode & 0o7777 != entry.mode else { return nil }
        let what = "its mode is \(octal(status.st_mode)), and \(octal(entry.mode)) belongs there"
        let why = "others could read or change what is the bus's, or its consumer could not"
        return NodeFault("directories", path, what, why: why, fix: Self.mends)
    }

    private static let mends = "baton doctor --repair makes it so"

    private func status(_ name: String) -> stat? {
        var status = stat()
        return lstat(name.isEmpty ? data : "\(data)/\(name)", &status) == 0 ? status : nil
    }

    private func octal(_ mode: mode_t) -> String {
        let digits = String(mode & 0o7777, radix: 8)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    /// Gives what is there and ours the rights it should have.
    func mend() {
        for entry in Self.entries {
            guard let status = status(entry.path), status.st_uid == owner,
                status.st_mode & S_IFMT == (entry.isFolder ? S_IFDIR : S_IFREG)
            else { continue }
            // What cannot be changed is told by the next look.
            if status.st_mode & 0o7777 != entry.mode { _ = chmod("\(data)/\(entry.path)", entry.mode) }
        }
    }
}
