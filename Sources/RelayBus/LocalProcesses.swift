import RelayLedger

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Which local processes live, told from later ones of the same number by their start.
enum LocalProcesses {
    /// The process that has the number `pid` now.
    static func identity(of pid: Int32) -> ProcessIdentity? {
        start(of: pid).map { ProcessIdentity(pid: pid, start: $0) }
    }

    /// Whether the process, not only its number, is there.
    static func isAlive(_ process: ProcessIdentity) -> Bool { start(of: process.pid) == process.start }

    #if canImport(Darwin)
        private static func start(of pid: Int32) -> Int64? {
            var info = proc_bsdinfo()
            let size = Int32(MemoryLayout<proc_bsdinfo>.size)
            guard proc_pidinfo(pid, PROC_PIDTBSDINFO, 0, &info, size) == size else { return nil }
            return Int64(info.pbi_start_tvsec) * 1_000_000 + Int64(info.pbi_start_tvusec)
        }
    #else
        /// Field 22 of `/proc/<pid>/stat` (proc(5)), in ticks since boot; zombies count as gone.
        private static func start(of pid: Int32) -> Int64? {
            let descriptor = open("/proc/\(pid)/stat", O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { return nil }
            defer { close(descriptor) }
            var bytes = [UInt8](repeating: 0, count: 1024)
            let count = read(descriptor, &bytes, bytes.count)
            // The second field is the program's name in brackets, which may itself hold blanks and brackets.
            guard count > 0, let bracket = bytes[..<count].lastIndex(of: UInt8(ascii: ")")) else {
                return nil
            }
            let fields = bytes[(bracket + 1)..<count].split(separator: UInt8(ascii: " "))
            guard fields.count > 19, fields[0] != [UInt8(ascii: "Z")] else { return nil }
            return Int64(String(decoding: fields[19], as: UTF8.self))
        }
    #endif
}
