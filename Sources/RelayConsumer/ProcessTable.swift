#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What the system says about processes that are not our children; empty where there is no `/proc`.
enum ProcessTable {
    /// A process and the group it is in.
    struct Entry: Hashable {
        let process: Int32
        let group: Int32
    }

    /// The processor time of the members of a process group and of their children that ended, in milliseconds.
    static func processorTime(ofGroup group: Int32) -> Int64 {
        let ticksPerSecond = Int64(max(1, sysconf(Int32(_SC_CLK_TCK))))
        let ticks = statuses().filter { $0.entry.group == group }.reduce(0) { $0 + $1.ticks }
        return ticks * 1000 / ticksPerSecond
    }

    /// The living processes that descend from a processor's run in `directory`, this process excepted.
    ///
    /// They have its `BATON_OUT` in their environment, or are of `group` when it is known to be that run's.
    static func workers(in directory: String, group: Int32?) -> [Entry] {
        let variable = Array("BATON_OUT=\(directory)/out".utf8)
        return statuses().filter { status in
            !status.isDead && status.entry.process != getpid()
                && (status.entry.group == group
                    || environment(of: status.entry.process).contains(variable[...]))
        }.map(\.entry)
    }

    /// The processes of `group` that have the file at `path` open.
    static func holders(of path: String, inGroup group: Int32) -> [Entry] {
        holders(of: path) { $0.group == group }
    }

    /// Whether all that have the file at `path` open run the same program as this process, and there are some.
    static func isHeldByOwnProgramOnly(_ path: String) -> Bool {
        let all = holders(of: path) { _ in true }
        return !all.isEmpty && all.allSatisfy { isSame("/proc/\($0.process)/exe", "/proc/self/exe") }
    }

    private static func holders(of path: String, _ isWanted: (Entry) -> Bool) -> [Entry] {
        statuses().map(\.entry).filter { entry in
            isWanted(entry)
                && names(in: "/proc/\(entry.process)/fd").contains {
                    isSame("/proc/\(entry.process)/fd/\($0)", path)
                }
        }
    }

    /// Whether two paths lead to the same file.
    private static func isSame(_ path: String, _ other: String) -> Bool {
        var (one, two) = (stat(), stat())
        return stat(path, &one) == 0 && stat(other, &two) == 0 && one.st_dev == two.st_dev
            && one.st_ino == two.st_ino
    }

    /// The fields of `/proc/PID/stat` that are of use (proc(5)).
    private struct Status {
        let entry: Entry
        let isDead: Bool
        let ticks: Int64

        init?(of process: Int32) {
            guard let bytes = ProcessTable.bytes(at: "/proc/\(process)/stat") else { return nil }
            // The name, second, may contain anything but ends with the last parenthesis.
            let text = String(decoding: bytes.suffix(from: bytes.lastIndex(of: 0x29) ?? 0), as: UTF8.self)
            let fields = text.split(separator: " ")
            guard fields.count > 15, let group = Int32(fields[3]) else { return nil }
            entry = Entry(process: process, group: group)
            isDead = fields[1] == "Z" || fields[1] == "X"
            ticks = fields[12...15].compactMap { Int64($0) }.reduce(0, +)
        }
    }

    private static func statuses() -> [Status] {
        names(in: "/proc").compactMap { Int32($0) }.compactMap(Status.init)
    }

    private static func environment(of process: Int32) -> [ArraySlice<UInt8>] {
        bytes(at: "/proc/\(process)/environ")?.split(separator: 0) ?? []
    }

    private static func names(in directory: String) -> [String] {
        // A process may end at any time; what cannot be listed any more has nothing in it.
        (try? Folder(directory).names()) ?? []
    }

    private static func bytes(at path: String) -> [UInt8]? {
        let descriptor = Files.open(path, O_RDONLY | O_CLOEXEC, 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        // As above: a process that has just ended has no files, which is an answer, too.
        while let count = try? Descriptors.fill(&buffer, from: descriptor, during: path), count > 0 {
            bytes += buffer[..<count]
        }
        return bytes
    }
}
