import Foundation
import TestSupport

/// Threads that append 1 KiB to a file of their own and `fdatasync` it, again and again.
struct RawAppends {
    private let directory: String
    private let threads: Int

    init(in directory: String, threads: Int) {
        self.directory = directory
        self.threads = threads
    }

    /// How many of all threads together were on disk in a second.
    func rate(for seconds: Double) throws -> Double {
        let counts = Watched<[Int]>([])
        let end = ContinuousClock.now + .seconds(seconds)
        for index in 0..<threads {
            let path = "\(directory)/raw.\(index)"
            Thread.detachNewThread {
                let count = Self.append(to: path, until: end)
                counts.update { $0.append(count) }
            }
        }
        while counts.value.count < threads { usleep(10_000) }
        guard !counts.value.contains(-1) else { throw WaitFailure("the raw appends failed in \(directory)") }
        return Double(counts.value.reduce(0, +)) / seconds
    }

    private static func append(to path: String, until end: ContinuousClock.Instant) -> Int {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        guard descriptor >= 0 else { return -1 }
        defer {
            close(descriptor)
            unlink(path)
        }
        let bytes = [UInt8](repeating: 0x78, count: 1024)
        var count = 0
        while ContinuousClock.now < end {
            let written = write(descriptor, bytes, bytes.count)
            guard written == bytes.count, sync(descriptor) == 0 else { return -1 }
            count += 1
        }
        return count
    }

    private static func sync(_ descriptor: Int32) -> Int32 {
        #if os(Linux)
            fdatasync(descriptor)
        #else
            fcntl(descriptor, F_FULLFSYNC)
        #endif
    }
}
