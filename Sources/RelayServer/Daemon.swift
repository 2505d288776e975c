import CMicroHTTPD

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// One libmicrohttpd daemon on one listener, run by our loop and stopped when dropped.
///
/// `loop` is lent to the library unretained: the loop owns its daemons and stops them before it ends.
final class Daemon {
    let listener: Listener
    /// The library's epoll descriptor, or -1 where it uses select.
    let events: Int32
    let handle: OpaquePointer
    private var isListening = true
    /// How many connections it has.
    var open = 0
    /// It is left alone until then, as the system has no descriptor for whoever wants to connect.
    var pausedUntil: ContinuousClock.Instant?

    init(_ listener: Listener, limits: ServerLimits, loop: Loop) throws(ServerError) {
        self.listener = listener
        var flags = MHD_ALLOW_SUSPEND_RESUME.rawValue
        #if os(Linux)
            flags |= MHD_USE_EPOLL.rawValue
        #endif
        var calls = relay_mhd_calls(
            access: onAccess,
            completed: onCompleted,
            connection: onConnection,
            target: onTarget,
            unescape: onUnescape,
            context: Unmanaged.passUnretained(loop).toOpaque()
        )
        let started = relay_mhd_start(
            flags,
            listener.descriptor,
            UInt32(clamping: limits.connections),
            listener.isLocal ? 0 : UInt32(clamping: limits.connectionsPerPeer),
            limits.memoryPerConnection,
            &calls
        )
        guard let started else { throw .notStarted(descriptor: listener.descriptor) }
        handle = started
        events = relay_mhd_epoll(started)
    }

    deinit {
        stopListening()
        MHD_stop_daemon(handle)
    }

    /// Takes no further connections and closes the listener; twice is fine.
    func stopListening() {
        guard isListening else { return }
        isListening = false
        MHD_quiesce_daemon(handle)
        close(listener.descriptor)
    }

    /// Serves everything that is ready, once.
    func run() {
        // Answers no only for a daemon that runs itself, which ours never does.
        _ = MHD_run(handle)
    }

    /// How long the library lets us wait before `run`, in milliseconds, or `nil` for as long as we like.
    var patience: UInt64? {
        var timeout: UInt64 = 0
        return MHD_get_timeout(handle, &timeout) == .YES ? timeout : nil
    }
}
