import Foundation
import RelayCore
import RelayDepot
import RelayLedger

/// The storage of one node: real files in memory, and what becomes of them when the power goes.
///
/// A file that was written and not synced is empty after a power cut, and a name that came since the last sync of
/// its directory may be gone or the old one again (reliability.md, 0.10).
// Only whoever has the turn looks at it; see `Strand`.
final class SimulatedDisk: @unchecked Sendable {
    private unowned let node: SimulatedNode
    let data: String
    /// Every call fails: the process is gone, or the storage is.
    var isDead = false
    /// There is no room.
    var isFull = false
    /// A planted fault: it says that bytes are kept that are not.
    var lies = false
    private var unsynced: Set<UInt64> = []
    private var durable: [String: [String: UInt64]] = [:]

    init(of node: SimulatedNode, data: String) {
        self.node = node
        self.data = data
    }

    // MARK: Calls

    /// Decides about one system call of the bus.
    func fault(_ call: SystemCall, _ path: String) -> Fault? {
        guard !isDead else { return .fails(EIO) }
        let fleet = node.fleet
        if node.isServing, call == .write || call == .rename || call == .sync || call == .remove,
            fleet.faults.happens(.crashInCall)
        {
            fleet.reach.count(.crashInCall)
            node.crash("at \(call.rawValue)")
            return .fails(EIO)
        }
        switch call {
        case .write where isFull: return .fails(ENOSPC)
        case .write:
            if let inode = Self.inode(path) { unsynced.insert(inode) }
        case .sync:
            if node.isServing, fleet.faults.happens(.syncFails) {
                fleet.reach.count(.syncFails)
                return .fails(EIO)
            }
            sync(path)
        default: break
        }
        return nil
    }

    /// Decides about a commit, whose transaction is rolled back when this throws.
    func beforeCommit() throws(LedgerError) {
        guard !isDead else { throw .files("the process is gone", .media) }
        let fleet = node.fleet
        if node.isServing, fleet.faults.happens(.crashInCommit) {
            fleet.reach.count(.crashInCommit)
            node.crash("in a commit")
            throw .files("the process is gone", .media)
        }
        if isFull, fleet.timeline.chance.happens(300) { throw .files("no room in the ledger", .full) }
    }

    // MARK: Damage

    /// Files that were damaged: their path, and the bytes they had.
    private(set) var rotten: [(path: String, bytes: [UInt8])] = []

    /// Turns a bit in some file that the bus keeps for work to come.
    func rot() {
        let files = ["inbox", "artifacts"].flatMap { root in Self.files("\(data)/\(root)") }
        let candidates = files.filter { !$0.hasSuffix(".part") && !$0.hasSuffix(".json") }
        guard !candidates.isEmpty else { return }
        let path = node.fleet.timeline.chance.pick(candidates)
        guard var bytes = Self.read(path), !bytes.isEmpty else { return }
        rotten.append((path, bytes))
        node.fleet.reach.count(.rot)
        node.fleet.checks.damaged(bytes)
        bytes[bytes.count / 2] ^= 4
        Self.write(bytes, to: path)
    }

    /// Planted: the bytes are looked at as if they were not damaged.
    func hideRot() {
        for (path, bytes) in rotten where Self.inode(path) != nil { Self.write(bytes, to: path) }
    }

    /// The damage is back.
    func showRot() {
        for (path, bytes) in rotten where Self.inode(path) != nil {
            var bytes = bytes
            bytes[bytes.count / 2] ^= 4
            Self.write(bytes, to: path)
        }
    }

    // MARK: The ledger

    private var savedLedger: [(name: String, bytes: [UInt8]?)] = []

    /// Planted: keeps the ledger as it is before a commit.
    func saveLedger() {
        savedLedger = ["ledger.sqlite", "ledger.sqlite-wal"].map { ($0, Self.read("\(data)/\($0)")) }
    }

    /// Planted: the last commit was not durable after all.
    func loseLastCommit() {
        guard !savedLedger.isEmpty else { return }
        unlink("\(data)/ledger.sqlite-shm")
        for (name, bytes) in savedLedger {
            unlink("\(data)/\(name)")
            if let bytes { Self.write(bytes, to: "\(data)/\(name)") }
        }
        savedLedger = []
    }

    // MARK: What is durable

    private func sync(_ path: String) {
        guard !lies else { return }
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        if status.st_mode & S_IFMT == S_IFDIR {
            let entries = Self.entries(path)
            // A rename is one step on every file system that is meant here: with the old name gone for good, the
            // new one is there for good, in whatever directory it is.
            let gone = Set((durable[path] ?? [:]).values).subtracting(entries.values)
            if !gone.isEmpty {
                for folder in folders where folder != path {
                    durable[folder, default: [:]].merge(
                        Self.entries(folder).filter { gone.contains($0.value) }
                    ) { $1 }
                }
            }
            durable[path] = entries
        } else {
            unsynced.remove(UInt64(status.st_ino))
        }
    }

    /// All that is there is durable.
    func settle() {
        unsynced = []
        for folder in folders { durable[folder] = Self.entries(folder) }
    }

    /// Loses what was not durable.
    func losePower() {
        for folder in folders {
            let kept = durable[folder] ?? [:]
            for (name, inode) in Self.entries(folder).sorted(by: { $0.key < $1.key }) {
                let path = "\(folder)/\(name)"
                guard kept[name] != inode else { continue }
                // The file system may have written the new name by itself.
                if lies || node.fleet.timeline.chance.happens(500) { undo(path, inode) }
            }
        }
        for folder in folders {
            for (name, inode) in Self.entries(folder) where unsynced.contains(inode) {
                truncate("\(folder)/\(name)", 0)
            }
        }
        settle()
    }

    /// Gives the file at `path` its durable name again, or takes away the one it has.
    private func undo(_ path: String, _ inode: UInt64) {
        for (folder, names) in durable.sorted(by: { $0.key < $1.key }) {
            guard let name = names.first(where: { $0.value == inode })?.key else { continue }
            let old = "\(folder)/\(name)"
            if Self.inode(old) == nil { rename(path, old) }
            return
        }
        unlink(path)
    }

    private var folders: [String] {
        var found = ["inbox", "artifacts", "archive"].map { "\(data)/\($0)" }
        var next = 0
        while next < found.count {
            let folder = found[next]
            next += 1
            for name in Self.names(folder) {
                var status = stat()
                guard lstat("\(folder)/\(name)", &status) == 0 else { continue }
                if status.st_mode & S_IFMT == S_IFDIR { found.append("\(folder)/\(name)") }
            }
        }
        return found
    }

    // MARK: Files

    static func inode(_ path: String) -> UInt64? {
        var status = stat()
        return lstat(path, &status) == 0 ? UInt64(status.st_ino) : nil
    }

    /// The paths of all regular files below a directory.
    static func files(_ folder: String) -> [String] {
        names(folder).flatMap { name -> [String] in
            let path = "\(folder)/\(name)"
            var status = stat()
            guard lstat(path, &status) == 0 else { return [] }
            return status.st_mode & S_IFMT == S_IFDIR ? files(path) : [path]
        }
    }

    /// The regular files of a directory and their numbers.
    private static func entries(_ folder: String) -> [String: UInt64] {
        var found: [String: UInt64] = [:]
        for name in names(folder) {
            var status = stat()
            guard lstat("\(folder)/\(name)", &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
                continue
            }
            found[name] = UInt64(status.st_ino)
        }
        return found
    }

    static func names(_ folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// The bytes of a file, `nil` when there is none.
    static func read(_ path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
        return count == bytes.count ? bytes : nil
    }

    static func write(_ bytes: [UInt8], to path: String) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { preconditionFailure("no file can be made at \(path): \(errno)") }
        defer { close(descriptor) }
        let count = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        guard count == bytes.count else { preconditionFailure("\(path) cannot be written: \(errno)") }
    }
}
