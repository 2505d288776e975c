import RelayCore
import RelayDepot
import Synchronization
import Testing

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A directory for one test with a data directory and an `outside` that must never change.
struct Scratch: ~Copyable {
    let path: String
    var data: String { path + "/data" }
    var outside: String { path + "/outside.txt" }

    init() {
        var template = Array("/tmp/baton-depot.XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { preconditionFailure("no scratch directory in /tmp") }
        path = String(cString: made)
        Disk.write("outside", to: path + "/outside.txt")
    }

    deinit {
        guard getenv("BATON_KEEP_SCRATCH") == nil else { return }
        Disk.removeTree(path)
    }
}

/// What tests do to the disk behind the depot's back.
enum Disk {
    static func write(_ text: String, to path: String) {
        write(Array(text.utf8), to: path)
    }

    static func write(_ bytes: [UInt8], to path: String) {
        guard let file = fopen(path, "w") else { preconditionFailure("cannot write \(path)") }
        fwrite(bytes, 1, bytes.count, file)
        fclose(file)
    }

    static func append(_ text: String, to path: String) {
        guard let file = fopen(path, "a") else { preconditionFailure("cannot append to \(path)") }
        fputs(text, file)
        fclose(file)
    }

    /// The file's text, `nil` when there is none.
    static func text(_ path: String) -> String? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Permissions and type bits of the entry itself, `nil` when there is none.
    static func mode(_ path: String) -> mode_t? {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_mode : nil
    }

    static func exists(_ path: String) -> Bool { mode(path) != nil }

    static func names(_ path: String) -> [String] {
        guard let stream = opendir(path) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 1) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    static func removeTree(_ path: String) {
        if let mode = mode(path), mode & S_IFMT == S_IFDIR {
            for name in names(path) { removeTree(path + "/" + name) }
            rmdir(path)
        } else {
            unlink(path)
        }
    }
}

/// Things that do not belong where a file belongs.
enum Hostile: CaseIterable {
    case symbolicLink, hardLink, pipe, directory

    /// What the depot calls it.
    var found: EntryKind {
        switch self {
        case .symbolicLink: .symbolicLink
        case .hardLink: .linkedFile(links: 2)
        case .pipe: .pipe
        case .directory: .folder
        }
    }

    /// Makes it at `path`; links lead to `outside`.
    func make(at path: String, outside: String) {
        let status =
            switch self {
            case .symbolicLink: symlink(outside, path)
            case .hardLink: link(outside, path)
            case .pipe: mkfifo(path, 0o600)
            case .directory: mkdir(path, 0o700)
            }
        precondition(status == 0, "cannot make \(self) at \(path)")
    }
}

/// Makes chosen system calls fail and remembers all of them.
final class Saboteur: Sendable {
    private struct State {
        var script: [(call: SystemCall, fault: Fault)] = []
        var passes = Int.max
        var code: Int32 = 0
        var seen: [String] = []
    }

    private let state = Mutex(State())

    /// Spoils calls in the order of `script`; calls that are not next in it pass.
    func arm(_ script: [(SystemCall, Fault)]) { state.withLock { $0.script = script } }

    /// Lets `passes` calls of any kind pass and fails the one after with `code`.
    func fail(after passes: Int, with code: Int32) {
        state.withLock { ($0.passes, $0.code) = (passes, code) }
    }

    /// Whether the call that `fail` chose came.
    var hasFailed: Bool { state.withLock { $0.passes < 0 } }

    /// What the depot calls.
    func answer(_ call: SystemCall, _ path: String) -> Fault? {
        state.withLock { (state) in
            state.seen.append("\(call) \(path)")
            if let next = state.script.first, next.call == call {
                state.script.removeFirst()
                return next.fault
            }
            guard state.passes < Int.max else { return nil }
            state.passes -= 1
            return state.passes == -1 ? .fails(state.code) : nil
        }
    }

    /// The calls since the last time this was asked, as `<call> <path>`, repeated ones once.
    func calls() -> [String] {
        state.withLock { (state) in
            defer { state.seen.removeAll() }
            return state.seen.reduce(into: []) { if $0.last != $1 { $0.append($1) } }
        }
    }
}

/// Values the tests share.
enum Sample {
    static func name(_ text: String) throws -> AttachmentName { try #require(AttachmentName(rawValue: text)) }
    static func job(_ text: String = "weekly-brief") throws -> JobID { try #require(JobID(rawValue: text)) }
    static func node(_ text: String = "nano") throws -> NodeName { try #require(NodeName(rawValue: text)) }
    static func task(_ text: String = "weekly-brief.sg.1") throws -> TaskID {
        try #require(TaskID(rawValue: text))
    }
    static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    /// One place of each kind, all of one job.
    static func places() throws -> [Place] {
        let (job, name, round) = (try job(), try name("brief.md"), Round.first)
        let folder = FolderName.round(round)
        return [
            .unbound(job, round, name, sender: try node()), .bound(job, round, name),
            .output(try task(), epoch: 3, name), .artifact(job, name), .archived(job, [], name),
            .archived(job, [folder, .late(.main, round, epoch: 2)], name), .late(job, [folder], name),
        ]
    }
}

extension Depot {
    /// Receives `text` in one piece and gives it a place.
    func store(_ text: String, at place: Place) throws {
        let file = try receive()
        try file.take(Array(text.utf8))
        _ = try file.finish(named: try Sample.name("brief.md"))
        try self.place(file, at: place)
    }
}
