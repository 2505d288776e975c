import Foundation
import Synchronization
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
            guard write(descriptor, bytes, bytes.count) == bytes.count, sync(descriptor) == 0 else { return -1 }
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

/// Asks `GET /health` again and again over a connection of its own while others load the bus.
final class HealthWatch: Sendable {
    /// What it saw.
    struct Result: Sendable {
        var answers = 0
        var slowest = Duration.zero
        var fault: String?
    }

    private let isOver = Atomic<Bool>(false)
    private let result = Watched<Result?>(nil)
    /// An answer that takes longer is a fault.
    static let deadline = Duration.seconds(5)

    /// Begins at once, through the Unix socket, which has no limit of connections per peer.
    init(socket path: String) {
        Thread.detachNewThread { [self] in
            var seen = Result()
            do {
                let connection = try RawConnection(unixPath: path)
                while !isOver.load(ordering: .relaxed) {
                    let began = ContinuousClock.now
                    try connection.send("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n", within: Self.deadline)
                    let status = try connection.readResponse(within: Self.deadline).status
                    guard status == 200 else { throw WaitFailure("GET /health was answered \(status)") }
                    seen.answers += 1
                    seen.slowest = max(seen.slowest, ContinuousClock.now - began)
                    usleep(20_000)
                }
            } catch {
                seen.fault = "GET /health: \(error)"
            }
            result.update { [seen] in $0 = seen }
        }
    }

    /// Ends it and tells what it saw.
    func stop() -> Result {
        isOver.store(true, ordering: .relaxed)
        while true {
            if let seen = result.value { return seen }
            usleep(1000)
        }
    }
}
