/// What protects a node from too much.
package struct NodeLimits: Hashable, Sendable {
    /// The largest upload, in bytes.
    package var uploadBytes: Int64 = 268_435_456
    /// The most tasks that are not final.
    package var inboxTasks: Int64 = 100_000
    /// Below so many free bytes nothing new is taken.
    package var freeDiskBytes: Int64 = 1_073_741_824
    /// The most uploads of one sender that no task has bound.
    package var unboundUploads: Int64 = 1024
    /// How long a stop may take.
    package var stopWithin: Duration = .seconds(10)

    package init() {}
}

extension NodeLimits: ConfigurationReadable {
    package static let keys = [
        "upload_bytes", "inbox_tasks", "free_disk_bytes", "unbound_uploads", "stop_within_s",
    ]

    package init?(reading section: Section) {
        func read(_ key: String, _ range: ClosedRange<Int64>, _ usual: Int64) -> Int64 {
            // After a fault the usual value stands in; the file is refused all the same.
            section.integer(key, range, example: usual, absent: usual) ?? usual
        }
        uploadBytes = read("upload_bytes", 1...(1 << 40), uploadBytes)
        inboxTasks = read("inbox_tasks", 1...10_000_000, inboxTasks)
        freeDiskBytes = read("free_disk_bytes", 0...(1 << 50), freeDiskBytes)
        unboundUploads = read("unbound_uploads", 1...10_000_000, unboundUploads)
        stopWithin = .seconds(read("stop_within_s", 1...600, 10))
    }
}
