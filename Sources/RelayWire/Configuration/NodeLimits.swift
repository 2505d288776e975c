/// What protects a node from too much.
package struct NodeLimits: Hashable, Sendable {
    /// The largest upload, in bytes.
    package var uploadBytes: Int64 = 268_435_456
    /// The most tasks that are not final.
    package var inboxTasks: Int64 = 100_000
    /// The most uploads of one sender that no task has bound.
    package var unboundUploads: Int64 = 1024
    /// Below so many free bytes nothing new is taken.
    package var freeDiskBytes: Int64 = 1_073_741_824
    /// Below so many free inodes nothing new is taken.
    package var freeDiskInodes: Int64 = 1024
    /// What is kept allocated for the ledger, in bytes, and given up when others have filled the disk.
    package var ledgerReserveBytes: Int64 = 16_777_216
    /// The most connections over TCP; as many again may be open to the Unix socket.
    package var connections: Int64 = 1024
    /// The most connections from one address.
    package var connectionsPerPeer: Int64 = 256
    /// The most connections from all addresses together that are of no node of the fleet.
    package var connectionsOfStrangers: Int64 = 64
    /// The most bytes that the bodies of all requests in hand may hold in memory.
    package var inHandBytes: Int64 = 67_108_864
    /// From a request's first byte, or the connection's, to the end of its head.
    package var headWithin: Duration = .seconds(10)
    /// From a request's first byte to the end of its body.
    package var requestWithin: Duration = .seconds(600)
    /// How long a connection may lie open between two requests.
    package var idleWithin: Duration = .seconds(60)
    /// The slowest body, and the slowest reading of an answer.
    package var bytesPerSecond: Int64 = 1024
    /// How long a claim lasts without being renewed.
    package var lease: Duration = .seconds(60)
    /// How often a task is tried before it is blocked.
    package var attempts: Int64 = 10
    /// How long a stop may take.
    package var stopWithin: Duration = .seconds(10)

    package init() {}
}

extension NodeLimits: ConfigurationReadable {
    package static let keys = [
        "upload_bytes", "inbox_tasks", "unbound_uploads", "free_disk_bytes", "free_disk_inodes",
        "ledger_reserve_bytes", "connections", "connections_per_peer", "connections_of_strangers",
        "in_hand_bytes", "head_within_s", "request_within_s", "idle_within_s", "bytes_per_second", "lease_s",
        "attempts", "stop_within_s",
    ]

    package init?(reading section: Section) {
        func read(_ key: String, _ range: ClosedRange<Int64>, _ usual: Int64) -> Int64 {
            // After a fault the usual value stands in; the file is refused all the same.
            section.integer(key, range, example: usual, absent: usual) ?? usual
        }
        func read(_ key: String, _ range: ClosedRange<Int64>, _ usual: Duration) -> Duration {
            .seconds(read(key, range, usual.components.seconds))
        }
        uploadBytes = read("upload_bytes", 1...(1 << 40), uploadBytes)
        inboxTasks = read("inbox_tasks", 1...10_000_000, inboxTasks)
        unboundUploads = read("unbound_uploads", 1...10_000_000, unboundUploads)
        freeDiskBytes = read("free_disk_bytes", 0...(1 << 50), freeDiskBytes)
        freeDiskInodes = read("free_disk_inodes", 0...(1 << 40), freeDiskInodes)
        ledgerReserveBytes = read("ledger_reserve_bytes", 0...(1 << 30), ledgerReserveBytes)
        connections = read("connections", 8...65_536, connections)
        connectionsPerPeer = read("connections_per_peer", 4...65_536, connectionsPerPeer)
        connectionsOfStrangers = read("connections_of_strangers", 0...65_536, connectionsOfStrangers)
        inHandBytes = read("in_hand_bytes", 1_048_576...(1 << 40), inHandBytes)
        headWithin = read("head_within_s", 1...600, headWithin)
        requestWithin = read("request_within_s", 1...86_400, requestWithin)
        idleWithin = read("idle_within_s", 1...86_400, idleWithin)
        bytesPerSecond = read("bytes_per_second", 1...(1 << 30), bytesPerSecond)
        lease = read("lease_s", 3...3600, lease)
        attempts = read("attempts", 1...1_000_000, attempts)
        stopWithin = read("stop_within_s", 1...600, stopWithin)
    }
}
