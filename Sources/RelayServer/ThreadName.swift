import CMicroHTTPD

/// Names by which tools such as `top -H`, `perf` and `strace` tell the threads of a process apart.
package enum ThreadName {
    /// Names the calling thread; on Linux a name has at most 15 bytes.
    ///
    /// The name of a process's first thread is the process's own there, so only other threads should be named.
    package static func set(_ name: String) {
        // A name that was not taken harms nobody.
        _ = relay_name_thread(name)
    }
}
