import RelayCore
import RelaySQL

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The time since this machine started, which nobody sets; it goes on while the machine sleeps.
package struct BootClock: Sendable {
    /// Different for each start of the machine.
    let boot: String
    /// Milliseconds since then.
    let uptime: @Sendable () -> Int64

    /// - Parameters:
    ///   - boot: names the start of the machine.
    ///   - uptime: milliseconds since then.
    package init(boot: String, uptime: @escaping @Sendable () -> Int64) {
        self.boot = boot
        self.uptime = uptime
    }

    /// The steady clock of the node whose ledger this is.
    ///
    /// After a start of the machine nobody lives who held anything: all leases and waits are over, and the clock
    /// begins anew at `now`.
    func steady(
        in connection: inout Connection,
        now: UnixMilliseconds
    ) throws(SQLError) -> @Sendable () -> UnixMilliseconds {
        let known = try connection.first("SELECT id, ahead FROM boot") { ($0.text(0), $0.integer(1)) }
        if let known, known.0 == boot { return { [uptime] in UnixMilliseconds(uptime() + known.1) } }
        let ahead = now.value - uptime()
        try connection.transaction { (db: inout Connection) throws(SQLError) in
            try db.run(
                "INSERT INTO boot VALUES (1, ?, ?) ON CONFLICT (one) DO UPDATE SET id = excluded.id, ahead = excluded.ahead",
                [.text(boot), .integer(ahead)]
            )
            try db.execute(Self.endOfAllWaits)
        }
        return { [uptime] in UnixMilliseconds(uptime() + ahead) }
    }

    private static let endOfAllWaits = """
        UPDATE task SET lease_until = NULL, holder_pid = NULL, holder_start = NULL
            WHERE state = 'claimed' AND holder_by = 'consumer';
        UPDATE task SET not_before = 0 WHERE state = 'stored' AND not_before > 0;
        UPDATE delivery SET next_at = 0, lease_until = 0, holder_pid = NULL, holder_start = NULL
            WHERE state = 'waiting';
        """

    #if canImport(Darwin)
        /// The clock of this machine; `nil` when the system does not say which start it is.
        package static var ofThisMachine: BootClock? {
            var text = [CChar](repeating: 0, count: 64)
            var size = text.count
            guard sysctlbyname("kern.bootsessionuuid", &text, &size, nil, 0) == 0 else { return nil }
            let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            return BootClock(boot: String(decoding: bytes, as: UTF8.self)) { milliseconds(CLOCK_MONOTONIC) }
        }
    #else
        /// The clock of this machine; `nil` when the system does not say which start it is.
        package static var ofThisMachine: BootClock? {
            let descriptor = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { return nil }
            defer { close(descriptor) }
            var bytes = [UInt8](repeating: 0, count: 36)
            guard read(descriptor, &bytes, bytes.count) == bytes.count else { return nil }
            return BootClock(boot: String(decoding: bytes, as: UTF8.self)) { milliseconds(CLOCK_BOOTTIME) }
        }
    #endif

    private static func milliseconds(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
