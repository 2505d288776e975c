package import RelayCore
import Synchronization

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The sole owner of a node's `inbox`, `artifacts`, `archive` and `logs`.
///
/// Calls may come from several threads at once. Nothing is synced that a call does not name: what must outlive
/// a power cut is either uploaded (`finish`, `place`, then one sync of the directory), written or archived with
/// `durable: true`, or can be made again from the ledger.
package final class Depot: Sendable {
    /// The data directory's absolute path, without a slash at its end.
    package let data: String

    let kernel: Kernel
    let inbox: Directory
    let artifacts: Directory
    let archive: Directory
    let audit: Journal
    let events: Journal
    /// The descriptor that holds the lock.
    let home: Directory
    /// Part of the name of every `.part` of this object, so that recovery can run while uploads come in.
    private let instance: String
    private let parts = Atomic<UInt64>(0)

    /// Makes the directories that are missing and takes the data directory for the life of the object.
    ///
    /// The data directory's own parent must be there. All directories are on stable storage on return. What
    /// exists keeps its content; the modes of our own directories below `data` are set as the design has them.
    ///
    /// - Throws: `DepotError.locked` when another object has it, in this process or another one;
    ///   `DepotError.notFolder` and `DepotError.notRegular` for what does not belong there.
    package convenience init(data: String) throws(DepotError) {
        try self.init(data: data, fault: nil)
    }

    /// Takes a data directory that is whole, and makes and changes nothing in it.
    ///
    /// - Throws: what `init(data:)` throws; `DepotError.missing` for what is not there.
    package convenience init(existing data: String) throws(DepotError) {
        try self.init(data: data, making: false, fault: nil)
    }

    /// The same as `init(data:)`, with system calls that fail when `fault` says so, and with a given `instance` in the
    /// names of files that arrive: for tests.
    package convenience init(
        data: String,
        instance: UInt64 = .random(in: .min ... .max),
        fault: (@Sendable (SystemCall, String) -> Fault?)?
    ) throws(DepotError) {
        try self.init(data: data, making: true, instance: instance, fault: fault)
    }

    private init(
        data: String,
        making: Bool,
        instance: UInt64 = .random(in: .min ... .max),
        fault: (@Sendable (SystemCall, String) -> Fault?)?
    ) throws(DepotError) {
        kernel = Kernel(fault: fault)
        self.data = try Self.absolute(data)
        self.instance = String(instance, radix: 16)
        home = try Directory(at: self.data, mode: 0o750, making: making, kernel)
        guard try home.lock() else { throw .locked(self.data) }
        inbox = try home.ours(Root.inbox.rawValue, mode: 0o750, making: making)
        artifacts = try home.ours(Root.artifacts.rawValue, mode: 0o750, making: making)
        archive = try home.ours(Root.archive.rawValue, mode: 0o750, making: making)
        let logs = try home.ours("logs", mode: 0o700, making: making)
        let flags = making ? Journal.flags : Journal.flags & ~O_CREAT
        audit = Journal(try logs.file(Component(checked: "audit.jsonl"), flags))
        events = Journal(try logs.file(Component(checked: "bus.jsonl"), flags))
        let work = try home.ours("work", mode: 0o2770, making: making)
        _ = try work.ours("logs", mode: 0o2770, making: making)
        if making {
            for directory in [logs, work, home] { try directory.sync() }
            try syncParent()
        }
        try requireOneFileSystem()
    }

    deinit { home.unlock() }

    /// `<data>/work/<task>.<epoch>`, where the consumer's processor runs; only the path.
    package func workDirectory(_ task: TaskID, epoch: Int64) -> String {
        "\(data)/work/\(task).\(epoch)"
    }

    /// The absolute path of `place`.
    package func path(of place: Place) -> String { path(of: place.location) }

    /// What is left for files that are not root's.
    ///
    /// `inodes` is `Int64.max` on file systems that make them as needed.
    package func freeSpace() throws(DepotError) -> (bytes: Int64, inodes: Int64) {
        let status = try home.fileSystem()
        let product = Int64(clamping: status.f_bavail)
            .multipliedReportingOverflow(by: Int64(clamping: status.f_frsize))
        let inodes = status.f_files == 0 ? Int64.max : Int64(clamping: status.f_favail)
        return (product.overflow ? Int64.max : product.partialValue, inodes)
    }

    // MARK: For the parts of the depot

    func path(of location: Location) -> String { data + "/" + location.path }

    func directory(_ root: Root) -> Directory {
        switch root {
        case .inbox: inbox
        case .artifacts: artifacts
        case .archive: archive
        }
    }

    /// The directories on the way to `location`, outermost first.
    ///
    /// - Throws: `DepotError.missing` when one is not there and `making` is false.
    func folders(to location: Location, making: Bool) throws(DepotError) -> [Directory] {
        var chain = [directory(location.root)]
        for name in location.folders {
            let last = chain[chain.count - 1]
            chain.append(try making ? last.makeFolder(name, mode: 0o750) : last.folder(name))
        }
        return chain
    }

    /// The directory that `location` is in.
    func folder(of location: Location, making: Bool = false) throws(DepotError) -> Directory {
        let chain = try folders(to: location, making: making)
        return chain[chain.count - 1]
    }

    /// A new empty file `inbox/<unique>.part`, 0640.
    func makePart() throws(DepotError) -> Part {
        let number = parts.add(1, ordering: .relaxed).newValue
        let name = Component(checked: "\(instance)-\(number).part")
        do throws(DepotError) {
            return Part(name: name, file: try inbox.makeFile(name, mode: 0o640))
        } catch {
            // The first error is the one to report; a file that stays behind is found by recovery.
            try? inbox.remove(name)
            throw error
        }
    }

    /// Whether the bytes are the name of a `.part` that this object made.
    func isOwnPart(_ name: some BidirectionalCollection<UInt8>) -> Bool {
        name.starts(with: "\(instance)-".utf8) && name.reversed().starts(with: "trap.".utf8)
    }

    // MARK: Opening

    private func syncParent() throws(DepotError) {
        let parent: Directory
        do throws(DepotError) {
            parent = try home.parent()
        } catch .system(EACCES, _, _) {
            // We may not read it, so somebody else made our directory in it, and long ago.
            return
        }
        try parent.sync()
    }

    private func requireOneFileSystem() throws(DepotError) {
        let device = try inbox.status().st_dev
        for directory in [artifacts, archive] where try directory.status().st_dev != device {
            throw .otherFileSystem(directory.path)
        }
    }

    private static func absolute(_ path: String) throws(DepotError) -> String {
        guard !path.isEmpty, !path.utf8.contains(0) else { throw .badName(path) }
        var bytes = Array(path.utf8)
        while bytes.count > 1, bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
        let trimmed = String(decoding: bytes, as: UTF8.self)
        guard bytes.first != UInt8(ascii: "/") else { return trimmed }
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        guard getcwd(&buffer, buffer.count) != nil else {
            let code = errno
            throw .system(errno: code, during: SystemCall.open.rawValue, path: path)
        }
        let here = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return String(decoding: here, as: UTF8.self) + "/" + trimmed
    }
}
