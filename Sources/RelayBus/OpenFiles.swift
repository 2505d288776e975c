#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The process's limit of open files, which its connections must stay well under.
enum OpenFiles {
    /// Ledger, logs, directories, threads and what a moment needs beside the connections.
    private static let own = 128
    /// To TCP and to the Unix socket as many connections each, and each may write one file.
    private static let eachConnection = 4

    /// How many connections can be served of `wanted`; raises the soft limit as far as that needs and the hard one allows.
    ///
    /// - Throws: `BusError.system` when not even a few can be.
    static func connections(wanted: Int) throws(BusError) -> Int {
        let needed = rlim_t(own + wanted * eachConnection)
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else {
            throw .system("the limit of open files cannot be asked for: \(String(cString: strerror(errno)))")
        }
        if limit.rlim_cur < needed {
            var raised = limit
            raised.rlim_cur = min(limit.rlim_max, needed)
            if setrlimit(resource, &raised) == 0 { limit = raised }
        }
        let room = (Int(clamping: limit.rlim_cur) - own) / eachConnection
        guard room >= 8 else {
            throw .system(
                "only \(limit.rlim_cur) files may be open, which leaves no room for connections; raise it to \(needed) (ulimit -n, or LimitNOFILE= of the service)"
            )
        }
        return min(wanted, room)
    }

    #if canImport(Glibc)
        private static let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
        private static let resource = RLIMIT_NOFILE
    #endif
}
